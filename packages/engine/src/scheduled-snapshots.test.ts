import type { NodeId } from "@ringkv/core";
import { MemorySnapshotArchive } from "@ringkv/testing";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import { ScheduledSnapshots, type ScheduledSnapshotsDeps } from "./scheduled-snapshots.js";

const self = "node1" as NodeId;
const TAKEN_AT_MS = Date.UTC(2026, 10, 28, 13, 0, 0, 123);

function stage(change: Partial<ScheduledSnapshotsDeps> = {}) {
  const clock = new ManualClock();
  clock.epochMs = TAKEN_AT_MS;
  const archive = new MemorySnapshotArchive();
  const log = new LogBook();
  const snapshots = new ScheduledSnapshots({
    self,
    clock,
    log,
    archive,
    leads: () => true,
    take: () => fileOf("one", "two"),
    check: async (file) => linesIn(file),
    keep: 2,
    ...change,
  });
  return { clock, archive, log, snapshots };
}

async function* fileOf(...lines: string[]): AsyncIterable<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${line}\n`);
}

async function linesIn(file: AsyncIterable<Uint8Array>): Promise<number> {
  let lines = 0;
  for await (const chunk of file) lines += Buffer.from(chunk).toString().split("\n").length - 1;
  return lines;
}

describe("scheduled snapshots", () => {
  it("takes one, reads it back, and keeps it under the time of its beginning", async () => {
    const { archive, snapshots } = stage();
    await snapshots.run();
    const name = "snapshot-20261128T130000Z-node1";
    expect(await archive.names()).toEqual([name]);
    expect(snapshots.view).toEqual({
      taken: 1,
      failed: 0,
      last: {
        name,
        takenAtMs: Date.UTC(2026, 10, 28, 13, 0, 0, 123),
        records: 2,
        bytes: 8,
        tookMs: 0,
      },
    });
  });

  it("declines where it does not lead", async () => {
    const { archive, snapshots } = stage({ leads: () => false });
    await snapshots.run();
    expect(await archive.names()).toEqual([]);
    expect(snapshots.view).toEqual({ taken: 0, failed: 0, last: null });
  });

  it("keeps the newest, and whatever is not its own", async () => {
    const { archive, clock, snapshots } = stage();
    await archive.write("a-copy-by-hand", fileOf("x"));
    await archive.publish("a-copy-by-hand");
    for (let run = 0; run < 4; run++) {
      await snapshots.run();
      clock.epochMs += 3_600_000;
    }
    expect(await archive.names()).toEqual([
      "a-copy-by-hand",
      "snapshot-20261128T150000Z-node1",
      "snapshot-20261128T160000Z-node1",
    ]);
  });

  it("counts the snapshots of other nodes among those to keep", async () => {
    const { archive, snapshots } = stage();
    for (const name of ["snapshot-20261128T110000Z-node2", "snapshot-20261128T120000Z-node3"]) {
      await archive.write(name, fileOf("x"));
      await archive.publish(name);
    }
    await snapshots.run();
    expect(await archive.names()).toEqual([
      "snapshot-20261128T120000Z-node3",
      "snapshot-20261128T130000Z-node1",
    ]);
  });

  it("keeps nothing of one that could not be taken, and says so", async () => {
    async function* failing(): AsyncIterable<Uint8Array> {
      yield Buffer.from("begun");
      throw new Error("nobody answers");
    }
    const { archive, log, snapshots } = stage({ take: failing });
    await expect(snapshots.run()).rejects.toThrow("nobody answers");
    expect([...(await archive.names()), ...(await archive.drafts())]).toEqual([]);
    expect(snapshots.view).toMatchObject({ taken: 0, failed: 1 });
    expect(log.lines).toContain("error a scheduled snapshot failed");
  });

  it("keeps nothing of one that reads back otherwise, nor lets go of an older one", async () => {
    const refuse = () => Promise.reject(new Error("its sum is wrong"));
    const kept = ["snapshot-20261128T100000Z-node1", "snapshot-20261128T110000Z-node1"];
    const { archive, snapshots } = stage({ check: refuse, keep: 1 });
    for (const name of kept) {
      await archive.write(name, fileOf("x"));
      await archive.publish(name);
    }
    await expect(snapshots.run()).rejects.toThrow("its sum is wrong");
    expect(await archive.names()).toEqual(kept);
    expect(await archive.drafts()).toEqual([]);
  });

  it("reads back what is in the archive, not what it sent there", async () => {
    const { archive, snapshots } = stage({
      check: async (file) => {
        if ((await linesIn(file)) !== 2) throw new Error("altered");
        return 2;
      },
    });
    const read = archive.read.bind(archive);
    archive.read = (name) => {
      archive.alter(name, (all) => all.subarray(0, 4));
      return read(name);
    };
    await expect(snapshots.run()).rejects.toThrow("altered");
  });

  it("clears away its own drafts that a crash left, and nobody else's", async () => {
    const { archive, snapshots } = stage();
    for (const node of ["node1", "node2"]) {
      await archive.write(`snapshot-20261128T120000Z-${node}`, fileOf("half"));
    }
    await snapshots.run();
    expect(await archive.drafts()).toEqual(["snapshot-20261128T120000Z-node2"]);
  });

  it("has taken one even if the old ones cannot be removed", async () => {
    const { archive, log, snapshots } = stage();
    archive.names = () => Promise.reject(new Error("a read-only directory"));
    await snapshots.run();
    expect(snapshots.view.taken).toBe(1);
    expect(log.lines).toContain("error old snapshots cannot be removed");
  });
});
