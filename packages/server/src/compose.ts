/** Builds a node on the real adapters. Which adapter goes where stands here and nowhere else. */

import type { Server } from "node:http";
import { fileURLToPath } from "node:url";
import { GrpcApi } from "@ringkv/api-grpc";
import {
  BOARD_PATH,
  Cursors,
  createApi,
  createServerFor,
  letMembersRead,
  originsOf,
} from "@ringkv/api-http";
import { buildRing, membershipHash } from "@ringkv/core";
import { Load, type Log, Node, type NodeOptions } from "@ringkv/engine";
import { type NoticeQueue, ReplicationQueue } from "@ringkv/jobs-bullmq";
import { BUDGET_MS_MAX, PeerFaults, PeerServer, RespPeers, type Self } from "@ringkv/peers-resp";
import { createQueueBoard } from "@ringkv/queue-board";
import { openStores, type RedisStores } from "@ringkv/store-redis";
import { peerTlsIn, secretIn, tlsIn } from "./access-config.js";
import { composeAccess } from "./compose-access.js";
import { composeNotices } from "./compose-notices.js";
import type { Config } from "./config.js";
import { drillWith } from "./drills.js";
import { newMeters } from "./meters.js";
import { type Scheduled, scheduledSnapshots } from "./scheduled.js";
import { queueUrlOf, storeUrlOf } from "./store-config.js";
import { systemClock } from "./system-clock.js";
import { systemRandom } from "./system-random.js";
import type { TokenFile } from "./token-file.js";
import { VERSION } from "./version.js";

/** One process's parts. None of them is listening or working yet. */
export interface Parts {
  readonly node: Node;
  readonly stores: RedisStores;
  readonly queue: ReplicationQueue;
  /** Null: notifications are off. */
  readonly notices: NoticeQueue | null;
  readonly scheduled: Scheduled;
  readonly peers: RespPeers;
  readonly peerServer: PeerServer;
  readonly httpServer: Server;
  readonly grpcApi: GrpcApi;
  /** Shared by all doors. */
  readonly load: Load;
  /** Null: there is no file of tokens. */
  readonly tokenFile: TokenFile | null;
}

/** Where `npm run build` puts the dashboard. */
const PAGES = fileURLToPath(new URL("../../dashboard/dist/", import.meta.url));

/** @param drain begins to leave, on an operator's request. */
export async function compose(config: Config, log: Log, drain: () => void): Promise<Parts> {
  const { NODE_ID: self, MEMBERS } = config;
  const members = [...MEMBERS.keys()];
  const identity = identityIn(config, () => node.incarnation);
  const clock = systemClock;
  const meters = newMeters(clock);
  const stores = openStores({ ...storeIn(config), log, ...meters.ofStore });
  const notices = await composeNotices(config, { stores, clock, random: systemRandom, log });
  const queue = replicationQueue(config, log, () => node);
  const faults = config.FAULTS === "enabled" ? new PeerFaults(clock) : null;
  const drilled = faults === null ? {} : { faults };
  const ring = buildRing(members);
  const secured = { tls: peerTlsIn(config) };
  const linked = { ...drilled, ...secured, ...meters.ofPeers };
  const peers = new RespPeers({ self: identity, addresses: MEMBERS, clock, log, ...linked });
  const node = new Node({
    self,
    ring,
    clock,
    store: stores.records,
    meta: stores.meta,
    peers,
    jobs: queue,
    random: systemRandom,
    log,
    ...(faults === null ? {} : { drill: drillWith({ faults, wipe: () => stores.wipe() }) }),
    options: nodeOptions(config),
    ...(notices && { notices: notices.ports }),
  });
  const scheduled = scheduledSnapshots(config, node, log);
  const called = { self: identity, service: node.service, clock, log, ...drilled, ...secured };
  const peerServer = new PeerServer(called);
  const { load, bounds } = doorLimits(config);
  const { access, tokenFile } = composeAccess(config, { clock, log });
  const tls = tlsIn(config);
  const asked = { clock, log, load, access, tls, ...meters.ofGrpc };
  const connectionsMax = config.CONNECTIONS_MAX;
  const grpcApi = new GrpcApi({ node, members, ...asked, options: { ...bounds, connectionsMax } });
  const boarded = () => [queue.queue, scheduled.schedule.queue, notices?.queue.queue ?? null];
  const pages = pagesIn(config);
  const api = createApi({
    node,
    queues: [queue, scheduled.schedule, ...(notices === null ? [] : [notices.queue])],
    scheduledSnapshots: scheduled.snapshots,
    cursors: new Cursors(secretIn(config)),
    self,
    access,
    clock,
    log,
    ...meters.told,
    load,
    operator: {
      ring,
      ...pages,
      drain,
      board: createQueueBoard({ path: BOARD_PATH, queues: boarded }),
      activeFaults: faults === null ? null : () => faults.active(),
    },
    options: { version: VERSION, httpPort: config.HTTP_PORT, ...bounds },
  });
  const httpServer = createServerFor(api, { connectionsMax }, tls);
  letMembersRead(httpServer, pages.origins, access !== null);
  const served = { peers, peerServer, httpServer, grpcApi, load, tokenFile };
  return { node, stores, queue, notices: notices?.queue ?? null, scheduled, ...served };
}

function pagesIn({ MEMBERS_HTTP }: Config) {
  const urls = MEMBERS_HTTP ?? new Map();
  return { urls, origins: originsOf(urls.values()), pagesFolder: PAGES };
}

function storeIn(config: Config) {
  const { STORE_TIMEOUT_MS: timeoutMs, NOTIFY_OUTBOX_MAX: outboxMax } = config;
  return { url: storeUrlOf(config), timeoutMs, outboxMax };
}

function identityIn(config: Config, incarnation: () => number): Self {
  const members = [...config.MEMBERS.keys()];
  return {
    clusterId: config.CLUSTER_ID,
    membershipHash: membershipHash(members, config.REPLICA_COUNT),
    node: config.NODE_ID,
    members,
    secret: secretIn(config),
    incarnation,
  };
}

/** Load is shared by all doors. */
function doorLimits(config: Config) {
  const { IN_FLIGHT_MAX: requestsMax, IN_FLIGHT_BYTES_MAX: bytesMax } = config;
  const bounds = {
    replicaCount: config.REPLICA_COUNT,
    valueBytesMax: config.VALUE_BYTES_MAX,
    restoreBytesMax: config.RESTORE_BYTES_MAX,
  };
  return { load: new Load({ requestsMax, bytesMax }), bounds };
}

function replicationQueue(config: Config, log: Log, node: () => Node): ReplicationQueue {
  return new ReplicationQueue({
    url: queueUrlOf(config),
    node: config.NODE_ID,
    log,
    onGivenUp: (job, cause) => {
      // What comes round by itself will be tried again soon; a debt was tried for a minute.
      if (job === undefined || !("partition" in job)) return;
      node().notices?.alert("jobs-failing", `${job.kind}: ${cause.message}`);
    },
  });
}

function nodeOptions(config: Config): NodeOptions {
  return {
    clusterId: config.CLUSTER_ID,
    replicaCount: config.REPLICA_COUNT,
    writeQuorum: config.WRITE_QUORUM,
    readQuorum: config.READ_QUORUM,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    peerTimeoutMs: config.PEER_TIMEOUT_MS,
    heartbeatIntervalMs: config.HEARTBEAT_INTERVAL_MS,
    suspectAfterMs: config.SUSPECT_AFTER_MS,
    downAfterMs: config.DOWN_AFTER_MS,
    statusRecordIntervalMs: config.STATUS_RECORD_INTERVAL_MS,
    handoffIntervalMs: config.HANDOFF_INTERVAL_MS,
    antiEntropyIntervalMs: config.ANTI_ENTROPY_INTERVAL_MS,
    purgeIntervalMs: config.PURGE_INTERVAL_MS,
    messageBudgetMaxMs: BUDGET_MS_MAX,
    scrubIntervalMs: config.SCRUB_INTERVAL_MS,
    clockDriftMaxMs: config.CLOCK_DRIFT_MAX_MS,
    recoveryPatienceMs: config.RECOVERY_PATIENCE_MS,
  };
}
