/**
 * The order in which the parts start and stop.
 *
 * The HTTP port opens first: `/livez` then tells a starting node from a dead one, while `/readyz`
 * and every request are refused until Redis has answered and the store is claimed. gRPC opens after
 * that: a refused connection is what its clients pass on to the next node. On the way out clients
 * and peers are told before anything is closed.
 */

import { once } from "node:events";
import type { Server } from "node:http";
import { setTimeout as sleepFor } from "node:timers/promises";
import { StoreUnavailable } from "@ringkv/core";
import type { Log } from "@ringkv/engine";
import { tlsIn } from "./access-config.js";
import type { Parts } from "./compose.js";
import type { Config } from "./config.js";
import { drain } from "./drain.js";
import { watchEventLoopLag } from "./event-loop-lag.js";
import { systemClock } from "./system-clock.js";

const CLAIM_RETRY_MS = 500;

export class Lifecycle {
  readonly #parts: Parts;
  readonly #config: Config;
  readonly #log: Log;
  readonly #leaving = new AbortController();
  #stopped: Promise<void> | null = null;

  constructor(parts: Parts, { config, log }: { config: Config; log: Log }) {
    this.#parts = parts;
    this.#config = config;
    this.#log = log;
  }

  /**
   * Resolves when the node serves. Rejects when a port is taken, and with `ForeignStore` when Redis
   * holds another node's data; waits as long as Redis does not answer.
   */
  async start(): Promise<void> {
    const { node, peers, peerServer, httpServer, grpcApi, queue, notices, scheduled } = this.#parts;
    void this.#parts.tokenFile?.run();
    const { HTTP_HOST, HTTP_PORT, GRPC_HOST, GRPC_PORT, PEER_HOST, PEER_PORT } = this.#config;
    const lag = { load: this.#parts.load, clock: systemClock };
    const lagMsMax = this.#config.EVENT_LOOP_LAG_MAX_MS;
    void watchEventLoopLag({ ...lag, lagMsMax }, this.#leaving.signal);
    await listen(httpServer, HTTP_PORT, HTTP_HOST);
    await peerServer.listen({ host: PEER_HOST, port: PEER_PORT });
    await this.#startNode();
    if (this.#leaving.signal.aborted) return;
    await grpcApi.listen({ host: GRPC_HOST, port: GRPC_PORT });
    peers.connect();
    queue.work((job) => node.runJob(job));
    notices?.work({
      deliver: async (job) => node.notices?.deliver(job),
      givenUp: (job) => node.notices?.givenUp(job),
    });
    const { schedule, snapshots } = scheduled;
    if (snapshots !== null) schedule.work(() => snapshots.run());
    const scheme = tlsIn(this.#config) === null ? "http" : "https";
    const url = `${scheme}://${HTTP_HOST}:${HTTP_PORT}`;
    this.#log.info({ url, grpc: `${GRPC_HOST}:${GRPC_PORT}` }, "serving");
  }

  /** Leaves cleanly; the second call waits for the first. Never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#leave();
    return this.#stopped;
  }

  /** As `stop`, but first what this node holds for others is brought to them. Never rejects. */
  drain(): Promise<void> {
    this.#stopped ??= this.#handOff().then(() => this.#leave());
    return this.#stopped;
  }

  async #handOff(): Promise<void> {
    const { node } = this.#parts;
    this.#log.info({}, "draining: no more clients");
    await node.leave();
    const signal = AbortSignal.timeout(this.#config.DRAIN_TIMEOUT_MS);
    const left = await node.handOffAll(signal).catch(() => null);
    this.#log.info({ foreignPartitionsLeft: left }, "drained");
  }

  async #startNode(): Promise<void> {
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      try {
        await this.#parts.node.start();
        return;
      } catch (thrown) {
        if (!(thrown instanceof StoreUnavailable)) throw thrown;
        await sleepFor(CLAIM_RETRY_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async #leave(): Promise<void> {
    const { node, httpServer, grpcApi, queue, notices, scheduled } = this.#parts;
    const { peers, peerServer, stores } = this.#parts;
    const { DRAIN_TIMEOUT_MS } = this.#config;
    this.#log.info({}, "leaving");
    this.#leaving.abort();
    await node.leave();
    await Promise.all([drain(httpServer, DRAIN_TIMEOUT_MS), grpcApi.close(DRAIN_TIMEOUT_MS)]);
    await queue.close();
    await notices?.close();
    this.#parts.tokenFile?.close();
    await scheduled.schedule.close();
    await node.stop();
    await peerServer.close();
    await peers.close();
    await stores.close();
    this.#log.info({}, "left");
  }
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  await once(server, "listening"); // Rejects with the error that comes instead.
}
