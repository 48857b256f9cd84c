/**
 * Places records that have their versions already: at the nodes that a write of each would go to,
 * a batch at a time. A node that fails is replaced by a stand-in, and what too few nodes hold is
 * tried again for some seconds, until a node that has stopped counts as down.
 *
 * It knows nothing of where the records come from, and never stamps.
 */

import {
  isOwner,
  type NodeId,
  ownersOf,
  type PackedRecord,
  type Partition,
  partitionOf,
  QuorumUnreachable,
  type Ring,
  type StateOf,
  StoreFull,
  walkOf,
  writeTargets,
} from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import { PeerFailure } from "./ports/peers.js";
import type { Fate } from "./restore.js";
import type { DataPeers } from "./with-self.js";

export interface PlacementDeps {
  readonly self: NodeId;
  readonly ring: Ring;
  readonly clock: Clock;
  readonly peers: Pick<DataPeers, "transfer" | "copies">;
  readonly stateOf: StateOf;
  /** This node holds records of the partition that these owners missed. */
  readonly owe: (partition: Partition, creditors: readonly NodeId[]) => void;
  readonly onFailure: (node: NodeId, thrown: unknown) => void;
  readonly signal: AbortSignal;
  readonly options: {
    readonly replicaCount: number;
    readonly writeQuorum: number;
    readonly transferTimeoutMs: number;
  };
}

/** Together longer than a member that has stopped is taken for alive, at default settings. */
const PAUSES_MS = [200, 400, 800, 1_600, 3_200];

interface Placed {
  readonly record: PackedRecord;
  readonly partition: Partition;
  /** Who has it, or something newer. */
  readonly holders: Set<NodeId>;
  readonly failed: Set<NodeId>;
  isOlder: boolean;
  /** Stand-ins that have not been asked in this attempt. */
  spares: NodeId[];
}

/** Asks a node; for each record, in order, whether it holds a newer one. */
type Ask = (node: NodeId, records: readonly PackedRecord[]) => Promise<readonly boolean[]>;

export class Placement {
  readonly #deps: PlacementDeps;

  constructor(deps: PlacementDeps) {
    this.#deps = deps;
  }

  /**
   * Resolves when W nodes hold each record, or a newer one, on disk. Rejects with `StoreFull` or
   * `QuorumUnreachable`; some may have been stored then.
   */
  place(records: readonly PackedRecord[]): Promise<readonly Fate[]> {
    const { peers, options } = this.#deps;
    return this.#spread(records, async (node, some) => {
      const outcomes = await peers.transfer(node, some, options.transferTimeoutMs);
      demandAll(node, some, outcomes);
      return outcomes.map(({ outcome }) => outcome === "stale");
    });
  }

  /** What `place` would say, from what the same nodes hold now. Stores nothing. */
  compare(records: readonly PackedRecord[]): Promise<readonly Fate[]> {
    const { peers, options } = this.#deps;
    return this.#spread(records, async (node, some) => {
      const keys = some.map(({ key }) => key);
      const copies = await peers.copies(node, keys, options.transferTimeoutMs);
      demandAll(node, some, copies);
      return some.map(({ version }, index) => {
        const copy = copies[index] ?? null;
        return copy !== null && copy !== "damaged" && copy.version > version;
      });
    });
  }

  async #spread(records: readonly PackedRecord[], ask: Ask): Promise<readonly Fate[]> {
    const { clock, signal, options } = this.#deps;
    const placed = records.map(newPlaced);
    for (let attempt = 0; ; attempt++) {
      const lacking = placed.filter(({ holders }) => holders.size < options.writeQuorum);
      if (lacking.length === 0) break;
      const pauseMs = attempt === 0 ? 0 : PAUSES_MS[attempt - 1];
      if (pauseMs === undefined) throw this.#unreachable(lacking[0] as Placed);
      if (pauseMs > 0) await clock.sleep(pauseMs, signal);
      await this.#attempt(lacking, ask);
    }
    for (const one of placed) this.#noteMissed(one);
    return placed.map(({ isOlder }) => (isOlder ? "skippedOlder" : "restored"));
  }

  /** Asks the first targets of all of them at once, then stand-ins where one failed. */
  async #attempt(placed: readonly Placed[], ask: Ask): Promise<void> {
    const { ring, stateOf, options } = this.#deps;
    let wave = new Map<NodeId, Placed[]>();
    for (const one of placed) {
      const walk = walkOf(ring, one.partition);
      const { first, spares } = writeTargets(walk, options.replicaCount, stateOf);
      one.spares = [...spares];
      for (const node of first) addTo(wave, node, one);
    }
    while (wave.size > 0) {
      const replacements = new Map<NodeId, Placed[]>();
      const asked = [...wave].map(([node, some]) => this.#askOne({ node, some, ask }));
      for (const failed of await Promise.all(asked)) {
        for (const one of failed) {
          const standIn = one.spares.shift();
          if (standIn !== undefined) addTo(replacements, standIn, one);
        }
      }
      wave = replacements;
    }
  }

  /** Returns what the node could not be given. */
  async #askOne({ node, some, ask }: Asking): Promise<readonly Placed[]> {
    try {
      const newer = await ask(
        node,
        some.map(({ record }) => record),
      );
      for (const [index, one] of some.entries()) {
        one.holders.add(node);
        one.failed.delete(node);
        if (newer[index] === true) one.isOlder = true;
      }
      return [];
    } catch (thrown) {
      if (!(thrown instanceof PeerFailure)) throw thrown;
      this.#deps.onFailure(node, thrown);
      // A store that is full stays so for longer than anybody waits.
      if (thrown.reason === "full") throw new StoreFull("unknown");
      for (const one of some) one.failed.add(node);
      return some;
    }
  }

  /** Like a write: what an owner missed, this node brings to it if it is an owner itself. */
  #noteMissed({ partition, holders, failed }: Placed): void {
    const { self, ring, owe, options } = this.#deps;
    if (failed.size === 0 || holders.size >= options.replicaCount || !holders.has(self)) return;
    const walk = walkOf(ring, partition);
    if (!isOwner(walk, options.replicaCount, self)) return;
    owe(
      partition,
      ownersOf(walk, options.replicaCount).filter((node) => failed.has(node)),
    );
  }

  #unreachable({ partition, holders, failed }: Placed): QuorumUnreachable {
    const { ring, stateOf, options } = this.#deps;
    const isMissing = (node: NodeId) => failed.has(node) || stateOf(node) === "down";
    return new QuorumUnreachable({
      needed: options.writeQuorum,
      answered: [...holders],
      failed: walkOf(ring, partition).filter(isMissing),
      outcome: "unknown",
    });
  }
}

interface Asking {
  readonly node: NodeId;
  readonly some: readonly Placed[];
  readonly ask: Ask;
}

function newPlaced(record: PackedRecord): Placed {
  const partition = partitionOf(record.key);
  const [holders, failed] = [new Set<NodeId>(), new Set<NodeId>()];
  return { record, partition, holders, failed, isOlder: false, spares: [] };
}

/** Who has it already is not asked again. */
function addTo(wave: Map<NodeId, Placed[]>, node: NodeId, one: Placed): void {
  if (one.holders.has(node)) return;
  const some = wave.get(node);
  if (some === undefined) wave.set(node, [one]);
  else some.push(one);
}

function demandAll(node: NodeId, asked: readonly unknown[], answers: readonly unknown[]): void {
  if (asked.length === answers.length) return;
  throw new PeerFailure({ node, reason: "rejected", sent: true });
}
