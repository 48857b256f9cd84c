/**
 * How many wrong tokens an address has sent, and whether it has to wait.
 *
 * Twenty within ten seconds of the first one close the door to it until those seconds are over. A
 * token that this address has used before, and rightly, still passes: behind a proxy or a shared
 * address one stranger would otherwise lock everybody out, and a guesser learns nothing from it.
 * Both tables are bounded; the oldest goes first.
 */

const WRONG_MAX = 20;
const WINDOW_MS = 10_000;
const ADDRESSES_MAX = 4_096;
const KNOWN_MAX = 4_096;

interface Window {
  readonly beganAtMs: number;
  wrong: number;
}

export class Attempts {
  readonly #windows = new Map<string, Window>();
  /** Address and digest of tokens that were right. */
  readonly #known = new Set<string>();

  /** Milliseconds until tokens of this address are looked at again; 0: they are. */
  waitMs(address: string, nowMs: number): number {
    if (this.#windows.size === 0) return 0;
    const window = this.#windows.get(placeOf(address));
    if (window === undefined || window.wrong < WRONG_MAX) return 0;
    return Math.max(0, window.beganAtMs + WINDOW_MS - nowMs);
  }

  /** Whether it is the one with which the door closes. */
  addWrong(address: string, nowMs: number): boolean {
    const place = placeOf(address);
    const window = this.#windows.get(place);
    if (window !== undefined && nowMs - window.beganAtMs < WINDOW_MS) {
      window.wrong++;
      return window.wrong === WRONG_MAX;
    }
    this.#windows.delete(place); // So that the newest is the last one.
    this.#windows.set(place, { beganAtMs: nowMs, wrong: 1 });
    dropOldest(this.#windows, ADDRESSES_MAX);
    return false;
  }

  addRight(address: string, digest: Buffer): void {
    this.#known.add(pairOf(address, digest));
    dropOldest(this.#known, KNOWN_MAX);
  }

  wasRight(address: string, digest: Buffer): boolean {
    return this.#known.has(pairOf(address, digest));
  }
}

function dropOldest(table: Map<string, unknown> | Set<string>, sizeMax: number): void {
  if (table.size <= sizeMax) return;
  const [oldest] = table.keys();
  if (oldest !== undefined) table.delete(oldest);
}

function pairOf(address: string, digest: Buffer): string {
  return digest.toString("latin1") + address;
}

/**
 * Who is counted as one. Of IPv6 that is the network of 64 bits: whoever has one address of it has
 * all of them.
 */
export function placeOf(address: string): string {
  if (!address.includes(":")) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail = ""] = address.split("%")[0]?.split("::") ?? [];
  const left = head === "" ? [] : head.split(":");
  const right = tail === "" ? [] : tail.split(":");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const groups = [...left, ...zeros, ...right].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(":");
}
