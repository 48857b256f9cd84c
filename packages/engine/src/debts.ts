/**
 * Who lacks what, as far as is known: this node's own debts, and those that the others have told of
 * in their heartbeats. So a read does not rely on an owner that has come back and does not have yet
 * what others keep for it.
 *
 * It remembers and moves nothing: hand-off and repair pay. What it forgets at a restart is found
 * again in the data.
 */

import type { NodeId, Partition } from "@ringkv/core";
import type { Owes } from "./ports/peers.js";

/** A point in the order of debts: see `paid`. */
export type DebtMark = number;

const NOTHING: Owes = new Map();
const NOBODY: readonly NodeId[] = [];

export class Debts {
  readonly #self: NodeId;
  /** By creditor: the partitions owed, each with the mark of its last debt. */
  readonly #own = new Map<NodeId, Map<Partition, DebtMark>>();
  /** By debtor; nobody who owes nothing. */
  readonly #told = new Map<NodeId, Owes>();
  #mark: DebtMark = 0;

  constructor(self: NodeId) {
    this.#self = self;
  }

  /** Debts made until now are not newer than this. */
  get mark(): DebtMark {
    return this.#mark;
  }

  /** This node holds records of the partition that the creditors may lack. */
  owe(partition: Partition, creditors: readonly NodeId[]): void {
    this.#mark++;
    for (const creditor of creditors) {
      let owed = this.#own.get(creditor);
      if (owed === undefined) {
        owed = new Map();
        this.#own.set(creditor, owed);
      }
      owed.set(partition, this.#mark);
    }
  }

  /**
   * The creditors have got all that was owed at `mark`, which must have been taken before the
   * records were looked up: what has come since is still owed.
   */
  paid(partition: Partition, creditors: readonly NodeId[], mark: DebtMark): void {
    for (const creditor of creditors) {
      const owed = this.#own.get(creditor);
      if ((owed?.get(partition) ?? Number.POSITIVE_INFINITY) > mark) continue;
      owed?.delete(partition);
      if (owed?.size === 0) this.#own.delete(creditor);
    }
  }

  /** What this node owes, to be told to the others. */
  own(): Owes {
    if (this.#own.size === 0) return NOTHING;
    return new Map([...this.#own].map(([creditor, owed]) => [creditor, new Set(owed.keys())]));
  }

  /** A member has told what it owes; what it told before is forgotten. */
  told(debtor: NodeId, owes: Owes): void {
    if (owes.size === 0) this.#told.delete(debtor);
    else this.#told.set(debtor, owes);
  }

  /** Who holds records of the partition that `node` may lack; asked for by each read. */
  debtorsTo(node: NodeId, partition: Partition): readonly NodeId[] {
    if (this.#own.size === 0 && this.#told.size === 0) return NOBODY;
    const others = [...this.#told]
      .filter(([debtor, owes]) => debtor !== node && owes.get(node)?.has(partition))
      .map(([debtor]) => debtor);
    return this.#own.get(node)?.has(partition) ? [this.#self, ...others] : others;
  }
}
