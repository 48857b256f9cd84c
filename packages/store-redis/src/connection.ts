/**
 * The connection to this node's Redis: how long it may take to answer, what happens when it does
 * not, and which error a caller sees. It knows no keys and no commands' meaning.
 *
 * Nothing is queued while Redis is away, and nothing is sent twice: a caller is told at once, and
 * decides. The connection itself comes back on its own.
 */

import { StoreFull, StoreUnavailable } from "@ringkv/core";
import type { Durations, Histogram, Log } from "@ringkv/engine";
import { Redis, ReplyError } from "ioredis";
import type { Script } from "./script.js";

/** Redis answered, with an error. ioredis gives the class no type. */
const Refusal = ReplyError as new () => Error;

const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 1_000;

/** A Redis that is silent for so many time-outs has lost the link and does not know it. */
const SILENT_TIMEOUTS = 5;

export interface ConnectionOptions {
  /** `redis://[user:password@]host:port[/db]` */
  readonly url: string;
  /** How long Redis may take to answer one call. */
  readonly timeoutMs: number;
  readonly log: Log;
  /** Is told how long Redis took for each call that it answered, by command or script. */
  readonly durations?: Durations;
}

export type Argument = string | Buffer;

export class Connection {
  readonly #redis: Redis;
  readonly #log: Log;
  readonly #durations: Durations | null;
  readonly #byCall = new Map<string, Histogram>();
  #epoch = 0;
  #lastError: unknown = null;
  #isUp: boolean | null = null;

  constructor({ url, timeoutMs, log, durations }: ConnectionOptions) {
    this.#log = log;
    this.#durations = durations ?? null;
    this.#redis = new Redis(url, {
      commandTimeout: timeoutMs,
      connectTimeout: timeoutMs,
      socketTimeout: SILENT_TIMEOUTS * timeoutMs,
      // Together: a command fails at once while Redis is away, and when the connection breaks.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      autoResendUnfulfilledCommands: false,
      disableClientInfo: true, // Redis's user for the node may not, and would count it as refused.
      retryStrategy: (attempt) =>
        Math.min(RECONNECT_FIRST_MS * 2 ** (attempt - 1), RECONNECT_MAX_MS),
    });
    this.#redis.on("error", (error: unknown) => {
      this.#lastError = error;
    });
    this.#redis.on("ready", () => this.#up());
    this.#redis.on("close", () => this.#down());
  }

  /** Changes with every connection that was made: behind a new one there may be a new process. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Resolves when Redis answers for the first time; rejects only when closed before. */
  async untilReady(): Promise<void> {
    if (this.#epoch > 0) return;
    await new Promise<void>((resolve, reject) => {
      this.#redis.once("ready", resolve);
      this.#redis.once("end", () => reject(new StoreUnavailable("closed before Redis answered")));
    });
  }

  /** One command. Bulk replies are buffers. */
  call(command: string, ...args: Argument[]): Promise<unknown> {
    return this.#ask(command, () => this.#redis.callBuffer(command, ...args));
  }

  /** One call of a script. Redis forgets scripts (restart, SCRIPT FLUSH): then it is sent whole. */
  run({ name, sha, lua }: Script, ...args: Argument[]): Promise<unknown> {
    return this.#ask(name, async () => {
      try {
        return await this.#redis.callBuffer("evalsha", sha, "0", ...args);
      } catch (thrown) {
        if (!isRefusal(thrown, "NOSCRIPT")) throw thrown;
        return this.#redis.callBuffer("eval", lua, "0", ...args);
      }
    });
  }

  /** Waits for the answers under way, if Redis still gives any, and leaves. */
  async close(): Promise<void> {
    await this.#redis.quit().catch(() => {});
    this.#redis.disconnect();
  }

  async #ask(name: string, command: () => Promise<unknown>): Promise<unknown> {
    const sentAtMs = this.#durations?.nowMs() ?? 0;
    try {
      const reply = await command();
      if (this.#durations !== null) this.#observe(name, this.#durations, sentAtMs);
      return reply;
    } catch (cause) {
      if (isRefusal(cause, "OOM")) throw new StoreFull();
      const what = cause instanceof Refusal ? "Redis refused" : "Redis did not answer";
      throw new StoreUnavailable(what, { cause });
    }
  }

  #observe(name: string, durations: Durations, sentAtMs: number): void {
    let histogram = this.#byCall.get(name);
    if (histogram === undefined) {
      histogram = durations.of(name);
      this.#byCall.set(name, histogram);
    }
    histogram.observe(durations.nowMs() - sentAtMs);
  }

  #up(): void {
    this.#epoch++;
    this.#isUp = true;
    this.#log.info({}, "connected to Redis");
  }

  /** Says so once: what follows are attempts, several each second. */
  #down(): void {
    if (this.#isUp !== false) this.#log.warn({ err: this.#lastError }, "no connection to Redis");
    this.#isUp = false;
  }
}

/** Whether Redis answered with an error of this code. Its first word is a code by convention. */
export function isRefusal(thrown: unknown, code?: string): boolean {
  if (!(thrown instanceof Refusal)) return false;
  return code === undefined || thrown.message.startsWith(`${code} `);
}
