/** Scheduled snapshots, put together: the schedule, the directory, and the chore between them. */

import { createHash } from "node:crypto";
import { DirectoryArchive } from "@ringkv/archive-fs";
import {
  type Log,
  type Node,
  recordsInFile,
  ScheduledSnapshots,
  snapshotFile,
} from "@ringkv/engine";
import { SnapshotSchedule } from "@ringkv/jobs-bullmq";
import type { Config } from "./config.js";
import { queueUrlOf } from "./store-config.js";
import { systemClock } from "./system-clock.js";

const FILE = { form: "ndjson", sha256: () => createHash("sha256") } as const;

export interface Scheduled {
  readonly schedule: SnapshotSchedule;
  /** Null: none are wanted. */
  readonly snapshots: ScheduledSnapshots | null;
}

export function scheduledSnapshots(config: Config, node: Node, log: Log): Scheduled {
  const { NODE_ID: self, SNAPSHOT_CRON: cron = null, SNAPSHOT_DIR: directory } = config;
  const schedule = new SnapshotSchedule({
    url: queueUrlOf(config),
    node: self,
    cron,
    log,
    onGivenUp: ({ message }) => node.notices?.alert("snapshot-failed", message),
  });
  if (cron === null || directory === undefined) return { schedule, snapshots: null };
  const clock = systemClock;
  const { SNAPSHOT_KEEP: keep, VALUE_BYTES_MAX: valueBytesMax } = config;
  async function* take() {
    const snapshot = await node.snapshot({ scope: "cluster", prefix: "" });
    yield* snapshotFile(snapshot, { ...FILE, clock });
  }
  const snapshots = new ScheduledSnapshots({
    self,
    clock,
    log,
    archive: new DirectoryArchive(directory),
    leads: () => node.leadership().isLeader,
    take,
    check: (file) => recordsInFile(file, { ...FILE, valueBytesMax }),
    keep,
  });
  return { schedule, snapshots };
}
