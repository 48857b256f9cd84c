/**
 * The geometry of the ring: where members stand, which stretches of the circle are whose, and how a
 * key's walk is drawn. Angles in degrees, clockwise from the top; lengths in the picture's units.
 */

export const SIZE = 440;
export const CENTER = SIZE / 2;
export const BAND_RADIUS = 198;
export const NODE_RADIUS = 118;

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Arc {
  /** The member list's index of the primary. */
  readonly member: number;
  readonly fromDegrees: number;
  readonly toDegrees: number;
}

export function pointAt(degrees: number, radius: number): Point {
  const radians = ((degrees - 90) * Math.PI) / 180;
  return {
    x: round(CENTER + radius * Math.cos(radians)),
    y: round(CENTER + radius * Math.sin(radians)),
  };
}

/** Members stand at equal distances, the first at the top. */
export function placesOf(count: number): Point[] {
  return Array.from({ length: count }, (_, index) => pointAt((index * 360) / count, NODE_RADIUS));
}

export function degreesOf(partition: number, partitions: number): number {
  return ((partition + 0.5) * 360) / partitions;
}

/** Neighbouring partitions of the same primary are one arc. */
export function arcsOf(primaries: readonly number[]): Arc[] {
  const arcs: Arc[] = [];
  const step = 360 / primaries.length;
  for (const [partition, member] of primaries.entries()) {
    const last = arcs.at(-1);
    const toDegrees = (partition + 1) * step;
    if (last?.member === member) arcs[arcs.length - 1] = { ...last, toDegrees };
    else arcs.push({ member, fromDegrees: partition * step, toDegrees });
  }
  return arcs;
}

/** All arcs of one member as one path: a picture of some elements, not of hundreds. */
export function pathOf(arcs: readonly Arc[], radius: number): string {
  return arcs
    .map(({ fromDegrees, toDegrees }) => {
      const from = pointAt(fromDegrees, radius);
      const to = pointAt(toDegrees, radius);
      const large = toDegrees - fromDegrees > 180 ? 1 : 0;
      return `M${from.x} ${from.y}A${radius} ${radius} 0 ${large} 1 ${to.x} ${to.y}`;
    })
    .join("");
}

/** From a point of the band to a member, bent so that several lines can be told apart. */
export function walkPath(from: Point, to: Point): string {
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  const bend = { x: round((middle.x * 2 + CENTER) / 3), y: round((middle.y * 2 + CENTER) / 3) };
  return `M${from.x} ${from.y}Q${bend.x} ${bend.y} ${to.x} ${to.y}`;
}

/** How much of a member's circle is filled while it recovers: 0 to 1. */
export function progressOf(partitionsLeft: number, owned: number): number {
  if (owned <= 0) return 1;
  return Math.min(1, Math.max(0, 1 - partitionsLeft / owned));
}

function round(length: number): number {
  return Math.round(length * 100) / 100;
}
