/** Builds a node on the real adapters. Which adapter goes where stands here and nowhere else. */

import type { Server } from "node:http";
import { Cursors, createApi, createServerFor } from "@ringkv/api-http";
import { buildRing, membershipHash } from "@ringkv/core";
import { Durations, type Log, Node, type NodeOptions } from "@ringkv/engine";
import { ReplicationQueue } from "@ringkv/jobs-bullmq";
import { BUDGET_MS_MAX, PeerServer, RespPeers, type Self } from "@ringkv/peers-resp";
import { openStores, type RedisStores } from "@ringkv/store-redis";
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
  readonly scheduled: Scheduled;
  readonly peers: RespPeers;
  readonly peerServer: PeerServer;
  readonly httpServer: Server;
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
  const durations = { store: new Durations(clock), peers: new Durations(clock) };
  const stores = openStores({
    url: config.REDIS_URL,
    timeoutMs: config.STORE_TIMEOUT_MS,
    log,
    durations: durations.store,
  });
  const queue = new ReplicationQueue({ url: queueUrlOf(config), node: self, log });
  const peers = new RespPeers({
    self: identity,
    addresses: MEMBERS,
    clock,
    log,
    durations: durations.peers,
  });
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
  });
  const scheduled = scheduledSnapshots(config, node, log);
  const peerServer = new PeerServer({ self: identity, service: node.service, clock, log });
  const api = createApi({
    node,
    queues: [queue, scheduled.schedule],
    scheduledSnapshots: scheduled.snapshots,
    cursors: new Cursors(config.CLUSTER_SECRET),
    self,
    clock,
    log,
    durations,
    options: {
      version: VERSION,
      httpPort: config.HTTP_PORT,
      replicaCount: REPLICA_COUNT,
      valueBytesMax: config.VALUE_BYTES_MAX,
      inFlightMax: config.IN_FLIGHT_MAX,
      inFlightBytesMax: config.IN_FLIGHT_BYTES_MAX,
      restoreBytesMax: config.RESTORE_BYTES_MAX,
    },
  });
  const httpServer = createServerFor(api);
  return { node, stores, queue, scheduled, peers, peerServer, httpServer };
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
