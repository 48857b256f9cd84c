/**
 * What people look at: the whole cluster, now and second by second. The events of `/events` are
 * described here too; which of them comes when stands at its route.
 */

import { PARTITION_COUNT } from "@ringkv/core";
import { z } from "zod";
import type { MemberOverview, Overview, Share } from "./cluster-overview.js";
import type { History, Moment } from "./cluster-watch.js";
import type { RecordsKind } from "./happenings.js";
import type { Percentiles, Rates } from "./rates.js";
import { nodeStatusShape, queuesSchema } from "./status-schemas.js";
import { countSchema, leadershipShape, memberStateSchema, nodeIdSchema } from "./words.js";

const atMsSchema = z
  .number()
  .min(0)
  .describe("Milliseconds since the epoch, of this node's clock.");

const memberOverviewSchema = z.object({
  node: nodeIdSchema,
  state: memberStateSchema.describe("As the answering node sees it."),
  heardAgoMs: countSchema.nullable().describe("Since it answered last; null: never."),
  http: z.string().nullable().describe("Where clients reach it; null: this node was not told."),
  share: z
    .object({ primary: countSchema, owned: countSchema } satisfies Record<keyof Share, z.ZodType>)
    .describe("Of how many partitions it is the primary, and an owner."),
  status: z
    .object(nodeStatusShape)
    .nullable()
    .describe("What it says of itself; null: it did not answer."),
} satisfies Record<keyof MemberOverview, z.ZodType>);

const overviewShape = {
  node: nodeIdSchema.describe("Who tells this."),
  version: z.string().describe("Of its program."),
  atMs: atMsSchema,
  replicaCount: z.int().min(1).describe("N."),
  leader: leadershipShape.leader,
  term: leadershipShape.term,
  drills: z.boolean().describe("Whether `/admin/faults` is served here."),
  queues: queuesSchema,
  members: z.array(memberOverviewSchema),
} satisfies Record<keyof Overview, z.ZodType>;

const primariesSchema = z
  .array(countSchema)
  .length(PARTITION_COUNT)
  .describe("By partition: its primary, by its place in the member list.");

/** What `GET /cluster` answers. */
export const clusterSchema = z
  .object({ ...overviewShape, primaries: primariesSchema })
  .meta({ id: "Cluster" });

const percentileSchema = z.number().min(0).nullable();

const percentilesSchema = z.object({
  p50: percentileSchema,
  p95: percentileSchema,
  p99: percentileSchema,
} satisfies Record<keyof Percentiles, z.ZodType>);

const rateSchema = z.number().min(0);

const ratesShape = {
  reads: rateSchema,
  writes: rateSchema,
  quorumFailures: rateSchema,
  otherFailures: rateSchema,
  standIns: rateSchema,
  handedOff: rateSchema,
  repaired: rateSchema,
  readMs: percentilesSchema,
  writeMs: percentilesSchema,
} satisfies Record<keyof Rates, z.ZodType>;

const RECORDS_KINDS = [
  "standIn",
  "handoff",
  "repair",
  "purge",
  "damage",
] as const satisfies readonly RecordsKind[];

const happeningSchema = z.union([
  z.object({
    kind: z.literal("member"),
    node: nodeIdSchema,
    from: memberStateSchema,
    to: memberStateSchema,
    atMs: atMsSchema,
  }),
  z.object({
    kind: z.literal("leader"),
    node: nodeIdSchema,
    term: countSchema,
    atMs: atMsSchema,
  }),
  z.object({
    kind: z.enum(RECORDS_KINDS),
    node: nodeIdSchema,
    records: countSchema,
    atMs: atMsSchema,
  }),
]);

/** The first event of a subscription. */
export const historySchema = z
  .object({
    primaries: primariesSchema,
    rates: z.array(z.object({ ...ratesShape, atMs: atMsSchema })),
    happenings: z.array(happeningSchema),
  } satisfies Record<keyof History | "primaries", z.ZodType>)
  .meta({ id: "History", description: "The event `history` of `/events`: 15 minutes at most." });

/** All later ones. */
export const momentSchema = z
  .object({
    overview: z.object(overviewShape),
    rates: z.object(ratesShape).nullable().describe("Per second; null with the first look."),
    happenings: z.array(happeningSchema).describe("Since the moment before."),
  } satisfies Record<keyof Moment, z.ZodType>)
  .meta({ id: "Moment", description: "The event `moment` of `/events`." });
