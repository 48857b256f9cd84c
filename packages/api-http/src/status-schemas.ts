/** What a node says of itself: `/health`, `/heartbeat`, `/status`, and a recovery that began. */

import type {
  ArchivedSnapshot,
  CounterValues,
  JobCounts,
  NodeStatus,
  RecoveryProgress,
  ScheduledSnapshotsView,
  TrafficValues,
} from "@ringkv/engine";
import { z } from "zod";
import { countSchema, leadershipShape, memberStateSchema, nodeIdSchema } from "./words.js";

export const healthSchema = z
  .object({
    status: z.enum(["ok", "unavailable"]),
    node: nodeIdSchema,
    state: memberStateSchema,
    ...leadershipShape,
  })
  .meta({ id: "Health" });

export const heartbeatSchema = z
  .object({
    status: z.literal("alive"),
    node: nodeIdSchema,
    port: z.int().min(1).max(65_535).describe("Where the node itself listens for clients."),
    ...leadershipShape,
  })
  .meta({ id: "Heartbeat" });

const recoveryShape = {
  isOver: z.boolean(),
  partitionsLeft: countSchema.describe("Partitions not compared with every member yet."),
  recordsLeft: countSchema.describe("Known to be missing here, at least."),
  recordsCopied: countSchema,
  bytesCopied: countSchema,
  secondsLeft: z.number().min(0).nullable().describe("At the pace so far; null: not known."),
  notCompared: z
    .array(nodeIdSchema)
    .describe("Members not compared with yet; after the end: that could not be asked."),
} satisfies Record<keyof RecoveryProgress, z.ZodType>;

export const recoverySchema = z
  .object(recoveryShape)
  .meta({ id: "Recovery", description: "How far this node has compared itself with the others." });

export const recoveryStartedSchema = z
  .object({ node: nodeIdSchema, recovery: recoverySchema })
  .meta({ id: "RecoveryStarted" });

const jobCountsSchema = z.object({
  handoff: countSchema,
  repair: countSchema,
  "anti-entropy": countSchema,
  purge: countSchema,
  scrub: countSchema,
} satisfies Record<keyof JobCounts, z.ZodType>);

const countersShape = {
  recordsDamaged: countSchema.describe("Damaged records that were mended or discarded."),
  digestsRebuilt: countSchema.describe("Running sums that did not match their records."),
  recordsPulled: countSchema.describe("By repair, from another owner."),
  recordsPushed: countSchema.describe("By repair, to another owner."),
  recordsHandedOff: countSchema.describe(
    "Copies for others, let go of once their owners had them.",
  ),
  recordsPurged: countSchema.describe("Tombstones and expired records that all owners forgot."),
  writesReached: countSchema.describe("Coordinated here, deletions included: W had it on disk."),
  writesUnreachable: countSchema.describe("Too few nodes, and nothing was stored."),
  writesUnknown: countSchema.describe("Too few nodes; some may have stored it."),
  writesRestamped: countSchema.describe("Attempts that lost to a newer version."),
  readsReached: countSchema.describe("Coordinated here: R nodes answered."),
  readsUnreachable: countSchema,
  standInsUsed: countSchema.describe("Stand-ins that had a write when it was acknowledged."),
  heartbeatsSent: countSchema,
  heartbeatsMissed: countSchema.describe("Not answered in time, or by a clock too far ahead."),
  leaderChanges: countSchema.describe("How often a new leader was heard of."),
  snapshotsTaken: countSchema.describe("Read to their end, scheduled ones included."),
  snapshotsFailed: countSchema.describe("Could not be begun, or were not read to their end."),
  snapshotRecords: countSchema,
  restoresDone: countSchema.describe("Without dry runs."),
  restoresFailed: countSchema,
  recordsRestored: countSchema.describe("Brought back, or there already."),
  jobsDone: jobCountsSchema,
  jobsFailed: jobCountsSchema.describe("Runs that failed; they may be tried again."),
} satisfies Record<keyof CounterValues, z.ZodType>;

const memberSchema = z
  .object({
    node: nodeIdSchema,
    state: memberStateSchema,
    heardAgoMs: countSchema.nullable().describe("Since it answered last; null: never."),
    incarnation: countSchema.nullable().describe("How often it has started on its store."),
  })
  .meta({ id: "Member", description: "A member, as the answering node sees it." });

const scheduledSnapshotsSchema = z.object({
  taken: countSchema,
  failed: countSchema,
  last: z
    .object({
      name: z.string(),
      takenAtMs: countSchema.describe("Milliseconds since the epoch: when it was begun."),
      records: countSchema,
      bytes: countSchema.describe("As it lies in the archive."),
      tookMs: z.number().min(0),
    } satisfies Record<keyof ArchivedSnapshot, z.ZodType>)
    .nullable()
    .describe("Null: this node has taken none."),
} satisfies Record<keyof ScheduledSnapshotsView, z.ZodType>);

export const queuesSchema = z.record(z.string(), z.record(z.string(), countSchema).nullable());

/** What a node knows of itself alone, and tells the others too. */
export const nodeStatusShape = {
  node: nodeIdSchema,
  state: memberStateSchema,
  incarnation: countSchema.describe("How often this node has started on its store."),
  members: z.array(memberSchema),
  storeAnswers: z.boolean().describe("Whether this node's Redis answers."),
  durability: z.enum(["always", "everysec", "none"]).nullable(),
  records: countSchema.describe("Held here, tombstones and copies for others included."),
  foreignRecords: countSchema.describe("Held for their owners."),
  partitions: z.object({
    owned: countSchema.describe("Own ones that hold a record at least."),
    foreign: countSchema.describe("Held here, owned elsewhere: debts."),
    differing: countSchema.describe("Differed from another owner's when compared last."),
  }),
  owed: z
    .record(z.string(), countSchema)
    .describe("By member: of how many partitions it may lack records that this node holds."),
  counters: z.object(countersShape).describe("Since this start of the node."),
  recovery: recoverySchema,
} satisfies Record<keyof Omit<NodeStatus, "traffic">, z.ZodType>;

const latenciesSchema = z
  .array(countSchema)
  .describe("How many that went well took 0.1 ms or less, then a fifth longer at each place.");

const trafficSchema = z.object({
  reads: countSchema.describe("Answered, well or not."),
  writes: countSchema,
  quorumFailures: countSchema.describe("Of those: too few nodes answered."),
  otherFailures: countSchema.describe("Of those: failed for another reason."),
  standIns: countSchema.describe("Copies of acknowledged writes that a stand-in took."),
  readLatencies: latenciesSchema,
  writeLatencies: latenciesSchema,
} satisfies Record<keyof TrafficValues, z.ZodType>);

export const statusSchema = z
  .object({
    ...nodeStatusShape,
    traffic: trafficSchema.describe("What clients asked, since this start of the node."),
    version: z.string().describe("Of this program."),
    uptimeSeconds: countSchema,
    ...leadershipShape,
    persistence: z.string().describe("What durability means for acknowledged writes, in words."),
    queues: queuesSchema.describe(
      "Jobs by queue and state; null where the queue's Redis does not answer.",
    ),
    scheduledSnapshots: scheduledSnapshotsSchema
      .nullable()
      .describe("Since this start of the node; null: none are scheduled."),
    memory: z.object({ rssBytes: countSchema, heapUsedBytes: countSchema }),
    requestsInFlight: countSchema,
  })
  .meta({ id: "Status" });
