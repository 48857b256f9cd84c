/** Builds a node on the real adapters. Which adapter goes where stands here and nowhere else. */

import type { Server } from "node:http";
import { GrpcApi } from "@ringkv/api-grpc";
import { BOARD_PATH, Cursors, createApi, createServerFor } from "@ringkv/api-http";
import { buildRing, membershipHash } from "@ringkv/core";
import { Load, type Log, Node, type NodeOptions } from "@ringkv/engine";
import { type NoticeQueue, ReplicationQueue } from "@ringkv/jobs-bullmq";
import { BUDGET_MS_MAX, PeerServer, RespPeers, type Self } from "@ringkv/peers-resp";
import { createQueueBoard } from "@ringkv/queue-board";
import { openStores, type RedisStores } from "@ringkv/store-redis";
import { composeNotices } from "./compose-notices.js";
import { type Config, queueUrlOf } from "./config.js";
import { type Scheduled, scheduledSnapshots } from "./scheduled.js";
import { systemClock } from "./system-clock.js";
import { systemRandom } from "./system-random.js";
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
}

export function compose(config: Config, log: Log): Parts {
  const { NODE_ID: self, MEMBERS, REPLICA_COUNT } = config;
  const members = [...MEMBERS.keys()];
  const identity: Self = {
    clusterId: config.CLUSTER_ID,
    membershipHash: membershipHash(members, REPLICA_COUNT),
    node: self,
    members,
    secret: config.CLUSTER_SECRET,
    incarnation: () => node.incarnation,
  };
  const clock = systemClock;
  const stores = openStores({
    url: config.REDIS_URL,
    timeoutMs: config.STORE_TIMEOUT_MS,
    log,
    outboxMax: config.NOTIFY_OUTBOX_MAX,
  });
  const notices = composeNotices(config, { stores, clock, random: systemRandom, log });
  const queue = new ReplicationQueue({
    url: queueUrlOf(config),
    node: self,
    log,
    onGivenUp: (job, cause) => {
      // What comes round by itself will be tried again soon; a debt was tried for a minute.
      if (job === undefined || !("partition" in job)) return;
      node.notices?.alert("jobs-failing", `${job.kind}: ${cause.message}`);
    },
  });
  const peers = new RespPeers({ self: identity, addresses: MEMBERS, clock, log });
  const node = new Node({
    self,
    ring: buildRing(members),
    clock,
    store: stores.records,
    meta: stores.meta,
    peers,
    jobs: queue,
    random: systemRandom,
    log,
    options: nodeOptions(config),
    ...(notices && { notices: notices.ports }),
  });
  const scheduled = scheduledSnapshots(config, node, log);
  const peerServer = new PeerServer({ self: identity, service: node.service, clock, log });
  const load = new Load({
    requestsMax: config.IN_FLIGHT_MAX,
    bytesMax: config.IN_FLIGHT_BYTES_MAX,
  });
  const bounds = {
    replicaCount: REPLICA_COUNT,
    valueBytesMax: config.VALUE_BYTES_MAX,
    restoreBytesMax: config.RESTORE_BYTES_MAX,
  };
  const grpcApi = new GrpcApi({ node, members, clock, log, load, options: bounds });
  const api = createApi({
    node,
    queues: [queue, scheduled.schedule, ...(notices === null ? [] : [notices.queue])],
    board: createQueueBoard({
      path: BOARD_PATH,
      queues: () => [queue.queue, notices?.queue.queue ?? null],
    }),
    scheduledSnapshots: scheduled.snapshots,
    cursors: new Cursors(config.CLUSTER_SECRET),
    self,
    clock,
    log,
    load,
    options: {
      version: VERSION,
      httpPort: config.HTTP_PORT,
      ...bounds,
    },
  });
  const httpServer = createServerFor(api);
  return {
    node,
    stores,
    queue,
    notices: notices?.queue ?? null,
    scheduled,
    peers,
    peerServer,
    httpServer,
    grpcApi,
  };
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
