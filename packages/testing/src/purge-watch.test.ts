import type { Key, NodeId } from "@ringkv/core";
import { DiskShadow } from "./disk-shadow.js";
import type { Purged } from "./history.js";
import { record } from "./hostile-data.js";
import { PurgeWatch } from "./purge-watch.js";

const [A, B] = ["a", "b"] as [NodeId, NodeId];

function openWatch() {
  const disks = new Map([A, B].map((node) => [node, new DiskShadow()]));
  const reports: string[] = [];
  const purged: Purged[] = [];
  const diskOf = (node: NodeId) => disks.get(node) as DiskShadow;
  const watch = new PurgeWatch({
    members: [A, B],
    diskOf,
    fastestWallMs: () => 1_000,
    nowMs: () => 7,
    purgeAgeMs: 100,
    purged,
    report: (message, key) => reports.push(`${key}: ${message}`),
  });
  return { watch, reports, purged, diskOf };
}

describe("the watch over purges", () => {
  it.each([
    { held: record("k", 900, null), reports: 0, why: "a tombstone that is old enough" },
    { held: record("k", 901, null), reports: 1, why: "a tombstone that is too young" },
    { held: record("k", 5, "v"), reports: 1, why: "a value" },
    { held: record("k", 5, "v", { expiresAtMs: 900 }), reports: 0, why: "a value long expired" },
    { held: record("k", 5, "v", { expiresAtMs: 950 }), reports: 1, why: "a value just expired" },
  ])("reports $reports when $why is to be purged", ({ held, reports }) => {
    const opened = openWatch();
    opened.diskOf(A).apply(held, 1);
    opened.watch.reached(A, held, 900);
    expect(opened.reports).toHaveLength(reports);
  });

  it.each([
    { theirs: record("k", 8, "old"), reports: 1, why: "another disk holds an older copy" },
    { theirs: record("k", 9, null), reports: 0, why: "it holds the same" },
    { theirs: record("k", 10, "new"), reports: 0, why: "it holds a newer one" },
    { theirs: record("other", 1, "v"), reports: 0, why: "it holds something else" },
  ])("reports $reports when $why", ({ theirs, reports }) => {
    const opened = openWatch();
    const held = record("k", 9, null);
    opened.diskOf(A).apply(held, 1);
    opened.diskOf(B).apply(theirs, 1);
    expect(opened.watch.reached(A, held, 900)).toBe(true);
    expect(opened.reports).toHaveLength(reports);
    expect(opened.diskOf(A).held("k" as Key)).toBeNull();
    const { version } = held;
    expect(opened.purged).toEqual([{ key: "k", version, atMs: 7, hadExpired: false }]);
  });

  it("lets the store refuse what is not held so, or younger than the order wants it", () => {
    const { watch, reports, diskOf } = openWatch();
    diskOf(A).apply(record("k", 9, null), 1);
    expect(watch.reached(A, record("k", 8, null), 900)).toBe(false);
    expect(watch.reached(A, record("k", 9, null), 8)).toBe(false);
    expect([reports, watch.copies]).toEqual([[], 0]);
  });

  it("counts what had been a value apart", () => {
    const { watch, diskOf } = openWatch();
    const [expired, deleted] = [record("e", 1, "v", { expiresAtMs: 5 }), record("d", 1, null)];
    for (const held of [expired, deleted]) {
      diskOf(A).apply(held, 1);
      watch.reached(A, held, 900);
    }
    expect([watch.copies, watch.expiredCopies]).toEqual([2, 1]);
  });
});
