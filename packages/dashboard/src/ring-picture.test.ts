import {
  arcsOf,
  BAND_RADIUS,
  CENTER,
  degreesOf,
  NODE_RADIUS,
  pathOf,
  placesOf,
  pointAt,
  progressOf,
  walkPath,
} from "./ring-picture.js";

it("begins at the top and goes clockwise", () => {
  expect(pointAt(0, 100)).toEqual({ x: CENTER, y: CENTER - 100 });
  expect(pointAt(90, 100)).toEqual({ x: CENTER + 100, y: CENTER });
  expect(placesOf(4)[2]).toEqual({ x: CENTER, y: CENTER + NODE_RADIUS });
  expect(degreesOf(511, 1_024)).toBeCloseTo(180, 0);
});

it("makes one arc of neighbouring partitions of one primary", () => {
  expect(arcsOf([0, 0, 1, 0])).toEqual([
    { member: 0, fromDegrees: 0, toDegrees: 180 },
    { member: 1, fromDegrees: 180, toDegrees: 270 },
    { member: 0, fromDegrees: 270, toDegrees: 360 },
  ]);
  expect(arcsOf([])).toEqual([]);
});

it("takes the long way round where an arc is more than half", () => {
  expect(pathOf([{ member: 0, fromDegrees: 0, toDegrees: 270 }], BAND_RADIUS)).toContain(" 0 1 1 ");
  expect(pathOf([{ member: 0, fromDegrees: 0, toDegrees: 90 }], BAND_RADIUS)).toContain(" 0 0 1 ");
});

it("bends a walk towards the middle", () => {
  expect(walkPath({ x: 0, y: 0 }, { x: 100, y: 0 })).toMatch(/^M0 0Q106\.67 73\.33 100 0$/);
});

it.each([
  { left: 683, owned: 683, progress: 0 },
  { left: 0, owned: 683, progress: 1 },
  { left: 700, owned: 683, progress: 0 },
  { left: 0, owned: 0, progress: 1 },
])("$left of $owned left is $progress done", ({ left, owned, progress }) => {
  expect(progressOf(left, owned)).toBe(progress);
});
