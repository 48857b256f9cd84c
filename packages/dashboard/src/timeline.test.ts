import { addHappenings, linesOf } from "./timeline.js";
import type { Happening } from "./wire.js";

const down: Happening = { kind: "member", atMs: 1_000, node: "node2", from: "up", to: "down" };
const handoff = (atMs: number, records: number): Happening => {
  return { kind: "handoff", atMs, node: "node3", records };
};

it("says what happened, newest first", () => {
  const happenings: Happening[] = [
    down,
    { kind: "leader", atMs: 2_000, node: "node1", term: 4 },
    handoff(3_000, 1_204),
    { kind: "member", atMs: 4_000, node: "node2", from: "recovering", to: "up" },
    { kind: "damage", atMs: 5_000, node: "node1", records: 1 },
  ];
  expect(
    linesOf(addHappenings([], happenings)).map(({ tone, text }) => `${tone}: ${text}`),
  ).toEqual([
    "bad: node1 replaced 1 damaged record",
    "good: node2 is up",
    "calm: node3 handed off 1,204 records",
    "calm: node1 leads, term 4",
    "bad: node2 is down",
  ]);
});

it("makes one line of records that trickle, and two of what lies apart", () => {
  const together = addHappenings([handoff(1_000, 4)], [handoff(2_000, 3)]);
  expect(together).toEqual([handoff(2_000, 7)]);
  expect(addHappenings(together, [handoff(60_000, 1)])).toHaveLength(2);
});

it("does not say twice what two nodes have seen", () => {
  const seenLater = { ...down, atMs: 3_000 };
  expect(addHappenings([down], [seenLater])).toEqual([down]);
  const again = { ...down, atMs: 120_000 };
  expect(addHappenings([down], [again])).toEqual([down, again]);
});

it("keeps the last three hundred", () => {
  const many = Array.from({ length: 400 }, (_, index) => ({ ...down, atMs: index * 60_000 }));
  const kept = addHappenings([], many);
  expect(kept).toHaveLength(300);
  expect(kept.at(-1)).toEqual(many.at(-1));
});
