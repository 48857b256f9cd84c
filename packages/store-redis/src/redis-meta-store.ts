/** `MetaStore` on Redis: the `meta` hash, and one plain string per member's status. */

import { type Ballot, type MemberState, type NodeId, StoreUnavailable } from "@ringkv/core";
import {
  type Claim,
  type Durability,
  ForeignStore,
  type Identity,
  type MetaStore,
  type StoreHealth,
} from "@ringkv/engine";
import { type Argument, type Connection, isRefusal } from "./connection.js";
import { durabilityOf } from "./durability.js";
import { loadScript } from "./script.js";

export class RedisMetaStore implements MetaStore {
  readonly #redis: Connection;
  readonly #scripts = {
    claim: loadScript("claim"),
    reserveClock: loadScript("reserve-clock"),
    recordMembers: loadScript("record-members"),
    recordVote: loadScript("record-vote"),
  };
  #known: { readonly epoch: number; readonly durability: Durability } | null = null;

  constructor(redis: Connection) {
    this.#redis = redis;
  }

  async claim({ clusterId, node }: Identity): Promise<Claim> {
    const reply = (await this.#redis.run(this.#scripts.claim, clusterId, node)) as Buffer[];
    const [whose, first = "", second = "", ...vote] = reply.map((part) => part.toString("utf8"));
    if (whose === "foreign") {
      throw new ForeignStore(`this Redis belongs to node ${second} of cluster ${first}`);
    }
    const ballot = ballotOf(vote);
    return { incarnation: Number(first), reservedUntilMs: Number(second), ballot };
  }

  async reserveClock(untilMs: number): Promise<void> {
    await this.#redis.run(this.#scripts.reserveClock, `${untilMs}`);
  }

  async recordVote({ term, votedFor }: Ballot): Promise<Ballot> {
    const reply = await this.#redis.run(this.#scripts.recordVote, `${term}`, votedFor ?? "");
    return ballotOf((reply as Buffer[]).map((part) => part.toString("utf8")));
  }

  async recordMembers(states: ReadonlyMap<NodeId, MemberState>): Promise<void> {
    if (states.size > 0) await this.#redis.run(this.#scripts.recordMembers, ...[...states].flat());
  }

  /** Redis answers PING with an error when it cannot write its log. */
  async probe(): Promise<StoreHealth> {
    const { epoch } = this.#redis;
    const [incarnation] = await Promise.all([
      this.#redis.call("hget", "meta", "incarnation"),
      this.#redis.call("ping"),
    ]);
    if (this.#known?.epoch !== epoch) this.#known = { epoch, durability: await this.#learn() };
    const { durability } = this.#known;
    return { durability, incarnation: Number((incarnation as Buffer | null)?.toString() ?? 0) };
  }

  async #learn(): Promise<Durability> {
    const info = (await this.#ifAllowed("info", "persistence")) as Buffer | null;
    const config = await this.#ifAllowed("config", "get", "appendfsync");
    return durabilityOf({
      info: info?.toString("latin1") ?? null,
      appendfsync: lastText(config),
    });
  }

  /** Null where an operator has forbidden the command; managed Redis has no CONFIG, for one. */
  async #ifAllowed(command: string, ...args: Argument[]): Promise<unknown> {
    try {
      return await this.#redis.call(command, ...args);
    } catch (thrown) {
      if (thrown instanceof StoreUnavailable && isRefusal(thrown.cause)) return null;
      throw thrown;
    }
  }
}

/** Term and name as the scripts answer them; an empty name: no vote. */
function ballotOf([term = "", name = ""]: readonly string[]): Ballot {
  return { term: Number(term), votedFor: name === "" ? null : (name as NodeId) };
}

/** `CONFIG GET` answers a name and its value, or nothing at all. */
function lastText(reply: unknown): string | null {
  const last: unknown = Object.values(reply ?? {}).at(-1);
  return Buffer.isBuffer(last) ? last.toString("latin1") : null;
}
