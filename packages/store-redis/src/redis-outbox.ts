/**
 * `Outbox` on Redis: a sorted set whose members are notices, all with the same score, so that they
 * lie in the order of their versions and are found by them. The apply script adds to it.
 */

import { unpackNotice, type Version, type WriteNotice } from "@ringkv/core";
import type { Outbox, OutboxSize } from "@ringkv/engine";
import type { Connection } from "./connection.js";
import { loadScript } from "./script.js";

const OUTBOX = "outbox";
/** One script call: Redis serves nobody else meanwhile. */
const DROPPED_AT_ONCE = 512;

export class RedisOutbox implements Outbox {
  readonly #redis: Connection;
  readonly #dropNotices = loadScript("drop-notices");

  constructor(redis: Connection) {
    this.#redis = redis;
  }

  async page(after: Version | null, countMax: number): Promise<readonly WriteNotice[]> {
    const from = after === null ? "-" : Buffer.concat([Buffer.from(`(${after}`), LAST]);
    const limit = ["LIMIT", "0", `${countMax}`];
    const reply = await this.#redis.call("zrangebylex", OUTBOX, from, "+", ...limit);
    const notices: WriteNotice[] = [];
    const damaged: Buffer[] = [];
    for (const member of reply as Buffer[]) {
      const notice = unpackNotice(member);
      if (notice === null) damaged.push(member);
      else notices.push(notice);
    }
    if (damaged.length === 0) return notices;
    // Nobody could ever be told what it says, and a whole page of it would hide the rest.
    await this.#redis.call("zrem", OUTBOX, ...damaged);
    return this.page(after, countMax);
  }

  async drop(versions: readonly Version[]): Promise<void> {
    for (let from = 0; from < versions.length; from += DROPPED_AT_ONCE) {
      const batch = versions.slice(from, from + DROPPED_AT_ONCE).join("");
      await this.#redis.run(this.#dropNotices, batch);
    }
  }

  async size(): Promise<OutboxSize> {
    const [waiting, dropped] = await Promise.all([
      this.#redis.call("zcard", OUTBOX),
      this.#redis.call("hget", "meta", "outbox_dropped"),
    ]);
    return { waiting: Number(waiting), dropped: Number((dropped as Buffer | null) ?? 0) };
  }
}

/** No notice goes on with this byte after its version. */
const LAST = Buffer.from([0xff]);
