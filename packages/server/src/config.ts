/**
 * Everything an operator can set. The only file that knows the environment's names.
 *
 * Names end in their unit. A bad environment stops the process before it opens a socket, and the
 * message lists every problem at once. `.env.example` is checked against this schema by a test.
 */

import { collidingMembers, type NodeId } from "@ringkv/core";
import { BUDGET_MS_MAX } from "@ringkv/peers-resp";
import { CronExpressionParser } from "cron-parser";
import { z } from "zod";
import { accessRelations, accessShape, tooOpenIn } from "./access-config.js";
import { notifyRelations, notifyShape } from "./notify-config.js";
import { storeRelations, storeShape } from "./store-config.js";

const MEMBERS_MAX = 64;

/** A hundred partitions a second. A quicker round would do nothing else. */
const SCRUB_ROUND_MS_MIN = 10_000;

const nodeId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "1 to 32 of a-z, 0-9 and -")
  .transform((id) => id as NodeId);
const milliseconds = z.coerce.number().int().min(1).max(86_400_000);
const count = z.coerce.number().int().min(1).max(MEMBERS_MAX);
const port = z.coerce.number().int().min(1).max(65_535);
const name = z.string().regex(/^[\w.-]{1,64}$/, "1 to 64 letters, digits, dots, dashes");

/** `node1=http://127.0.0.1:8001,…`: where browsers find each member. */
const memberUrls = z
  .string()
  .regex(/^[a-z0-9-]+=https?:\/\/[^=,\s/?#]+\/?(,[a-z0-9-]+=https?:\/\/[^=,\s/?#]+\/?)*$/, {
    error: "must look like node1=http://127.0.0.1:8001,node2=http://127.0.0.1:8002",
    abort: true,
  })
  .refine((text) => text.split(",").every((pair) => URL.canParse(urlIn(pair))), {
    error: "holds something that is no URL",
    abort: true,
  })
  .transform((text) => new Map(text.split(",").map((it) => [nameIn(it), urlIn(it)] as const)));

/** `node1=127.0.0.1:7001,node2=…`: each member's peer address. */
const members = z
  .string()
  .regex(
    /^[a-z0-9-]+=[^=,\s]+:\d+(,[a-z0-9-]+=[^=,\s]+:\d+)*$/,
    // Aborts: the rules between settings need a list to look at.
    { error: "must look like node1=127.0.0.1:7001,node2=127.0.0.1:7002", abort: true },
  )
  .transform((text, issues) => {
    const pairs = text.split(",").map((pair) => pair.split("=") as [NodeId, string]);
    const list = new Map(pairs);
    if (list.size !== pairs.length) issues.addIssue("names a member twice");
    if (list.size > MEMBERS_MAX) issues.addIssue(`names more than ${MEMBERS_MAX} members`);
    return new Map(pairs.map(([node, address]) => [node, addressOf(address)]));
  });

/** Five fields, or six with seconds first. */
const cron = z.string().refine(isCron, {
  error: "must be a cron pattern of five or six fields, such as 0 3 * * *",
});

export interface Address {
  readonly host: string;
  readonly port: number;
}

const shape = {
  NODE_ID: nodeId.describe("This node's name. Unique in the cluster, and never reused."),
  MEMBERS: members.describe("All members, this one included: name=host:port of the peer port."),
  MEMBERS_HTTP: memberUrls
    .optional()
    .describe("Where browsers reach the members: name=URL. The dashboard moves between them."),
  CLUSTER_ID: name.default("ringkv").describe("Nodes and stores of another cluster are refused."),
  ...accessShape,
  HTTP_HOST: z.string().default("127.0.0.1").describe("Address on which clients are served."),
  HTTP_PORT: port.default(8080).describe("Port on which clients are served."),
  GRPC_HOST: z.string().default("127.0.0.1").describe("Address on which gRPC is served."),
  GRPC_PORT: port.default(9090).describe("Port on which gRPC is served."),
  PEER_HOST: z.string().default("127.0.0.1").describe("Address on which members are served."),
  PEER_PORT: port.default(7000).describe("Port on which members are served. Never publish it."),
  ...storeShape,
  REPLICA_COUNT: count.default(2).describe("N: how many nodes hold each key."),
  WRITE_QUORUM: count.default(2).describe("W: how many must store a write before the answer."),
  READ_QUORUM: count.default(1).describe("R: how many must answer a read."),
  REQUEST_TIMEOUT_MS: milliseconds.default(2_000).describe("A request without ?timeout= ends."),
  PEER_TIMEOUT_MS: milliseconds.default(400).describe("After this a stand-in is asked instead."),
  STORE_TIMEOUT_MS: milliseconds.default(1_000).describe("After this Redis counts as away."),
  HEARTBEAT_INTERVAL_MS: milliseconds
    .max(30_000)
    .default(1_000)
    .describe("How often members are asked."),
  SUSPECT_AFTER_MS: milliseconds
    .default(2_000)
    .describe("Silence that makes a member suspect, and a leader lost."),
  DOWN_AFTER_MS: milliseconds.default(5_000).describe("Silence after which it is not asked."),
  STATUS_RECORD_INTERVAL_MS: milliseconds
    .default(30_000)
    .describe("How often node_status:* is rewritten in Redis; changes are written at once."),
  HANDOFF_INTERVAL_MS: milliseconds
    .default(10_000)
    .describe("How often records held for others are looked for."),
  ANTI_ENTROPY_INTERVAL_MS: milliseconds
    .default(10_000)
    .describe("How often owners compare what they hold; what differs is repaired."),
  RECOVERY_PATIENCE_MS: milliseconds
    .default(10_000)
    .describe("How long a starting node waits for members it must compare with."),
  PURGE_INTERVAL_MS: milliseconds
    .default(60_000)
    .describe("How often deletion marks and expired records that nobody needs are purged."),
  SCRUB_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(30 * 86_400_000)
    .refine((ms) => ms === 0 || ms >= SCRUB_ROUND_MS_MIN, {
      error: `0 for never, or at least ${SCRUB_ROUND_MS_MIN}`,
    })
    .default(86_400_000)
    .describe("How long a round takes in which a node checks all its records; 0: no rounds."),
  CLOCK_DRIFT_MAX_MS: milliseconds
    .default(10_000)
    .describe("A member whose clock is further ahead is not listened to."),
  VALUE_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(8 * 1024 * 1024)
    .default(1024 * 1024)
    .describe("The largest value, in bytes."),
  IN_FLIGHT_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(100_000)
    .default(2_000)
    .describe("Requests served at once, over HTTP and gRPC; more are refused."),
  IN_FLIGHT_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(1024 * 1024 * 1024)
    .default(32 * 1024 * 1024)
    .describe("Bytes of bodies taken at once; more are refused. Memory: about ten times it."),
  CONNECTIONS_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(65_000)
    .default(1_024)
    .describe(
      "Connections over HTTP, and as many over gRPC; an idle one makes room for a new one.",
    ),
  EVENT_LOOP_LAG_MAX_MS: milliseconds
    .max(10_000)
    .default(200)
    .describe("A node whose event loop is later than this takes fewer requests at once."),
  FAULTS: z
    .enum(["enabled", "disabled"])
    .default("disabled")
    .describe("Whether drills may break this node on purpose. Never where data matters."),
  RESTORE_BYTES_MAX: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 50)
    .default(16 * 1024 ** 3)
    .describe("The largest snapshot that is restored, in bytes after decompression."),
  SNAPSHOT_CRON: cron
    .optional()
    .describe("When the leader takes a snapshot of the cluster, in UTC; empty: never."),
  SNAPSHOT_DIR: z.string().min(1).optional().describe("Where scheduled snapshots are kept."),
  SNAPSHOT_KEEP: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(7)
    .describe("How many scheduled snapshots are kept: the newest."),
  DRAIN_TIMEOUT_MS: milliseconds
    .default(10_000)
    .describe("How long a leaving node lets running requests end."),
  ...notifyShape,
  LOG_LEVEL: z
    .enum(["fatal", "error", "warn", "info", "debug", "trace", "silent"])
    .default("info")
    .describe("The least severe log lines written."),
};

export const configSchema = z.object(shape).superRefine((config, issues) => {
  for (const { path, holds, message } of relationsIn(config)) {
    if (!holds) issues.addIssue({ code: "custom", path: [path], message });
  }
});

/** The rules between settings, in the words that an operator needs when one is broken. */
function relationsIn(config: z.infer<z.ZodObject<typeof shape>>) {
  const { MEMBERS, MEMBERS_HTTP, NODE_ID, REPLICA_COUNT } = config;
  const strangers = [...(MEMBERS_HTTP?.keys() ?? [])].filter((node) => !MEMBERS.has(node));
  const twins = collidingMembers([...MEMBERS.keys()]);
  const rule = (path: keyof typeof shape, holds: boolean, message: string) => {
    return { path, holds, message };
  };
  return [
    rule("MEMBERS", MEMBERS.has(NODE_ID), `must list this node, ${NODE_ID}`),
    rule("MEMBERS", twins === null, `${twins?.join(", ")} stamp equal versions; rename one`),
    rule("MEMBERS_HTTP", strangers.length === 0, `${strangers.join(", ")}: not in MEMBERS`),
    rule("REPLICA_COUNT", REPLICA_COUNT <= MEMBERS.size, `only ${MEMBERS.size} members`),
    rule("WRITE_QUORUM", config.WRITE_QUORUM <= REPLICA_COUNT, "cannot exceed REPLICA_COUNT"),
    rule("READ_QUORUM", config.READ_QUORUM <= REPLICA_COUNT, "cannot exceed REPLICA_COUNT"),
    rule(
      "SUSPECT_AFTER_MS",
      config.HEARTBEAT_INTERVAL_MS < config.SUSPECT_AFTER_MS,
      "must exceed HEARTBEAT_INTERVAL_MS, or everybody is always suspect",
    ),
    rule(
      "DOWN_AFTER_MS",
      config.SUSPECT_AFTER_MS < config.DOWN_AFTER_MS,
      "must exceed SUSPECT_AFTER_MS",
    ),
    rule(
      "SNAPSHOT_DIR",
      config.SNAPSHOT_CRON === undefined || config.SNAPSHOT_DIR !== undefined,
      "must be set where SNAPSHOT_CRON is",
    ),
    rule(
      "IN_FLIGHT_BYTES_MAX",
      config.IN_FLIGHT_BYTES_MAX >= config.VALUE_BYTES_MAX,
      "must not be below VALUE_BYTES_MAX",
    ),
    rule(
      "REQUEST_TIMEOUT_MS",
      config.REQUEST_TIMEOUT_MS <= BUDGET_MS_MAX,
      `cannot exceed ${BUDGET_MS_MAX}: purging relies on every request being over by then`,
    ),
    rule(
      "PEER_TIMEOUT_MS",
      config.PEER_TIMEOUT_MS <= config.REQUEST_TIMEOUT_MS,
      "cannot exceed REQUEST_TIMEOUT_MS, or no stand-in is ever asked",
    ),
    ...storeRelations(config),
    ...accessRelations(config),
    ...notifyRelations(config),
  ];
}

export type Config = Readonly<z.infer<typeof configSchema>>;

/** Every setting with its meaning and default: the material of the README's table. */
export const settings = shape;

/** Throws an Error whose message lists every problem. An empty variable counts as not set. */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Config {
  const set = Object.entries(environment).filter(
    ([, value]) => value !== undefined && value !== "",
  );
  const result = configSchema.safeParse(Object.fromEntries(set));
  if (!result.success) throw new Error(`invalid configuration\n${z.prettifyError(result.error)}`);
  const complaints = tooOpenIn(result.data, environment["NODE_ENV"] === "production");
  if (complaints.length > 0) throw new Error(`too open to start\n✖ ${complaints.join("\n✖ ")}`);
  return result.data;
}

function nameIn(pair: string): NodeId {
  return pair.slice(0, pair.indexOf("=")) as NodeId;
}

function urlIn(pair: string): string {
  return pair.slice(pair.indexOf("=") + 1).replace(/\/$/, "");
}

function isCron(text: string): boolean {
  const fields = text.trim().split(/\s+/).length;
  if (fields !== 5 && fields !== 6) return false;
  try {
    CronExpressionParser.parse(text);
    return true;
  } catch {
    return false;
  }
}

function addressOf(text: string): Address {
  const colon = text.lastIndexOf(":");
  return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
