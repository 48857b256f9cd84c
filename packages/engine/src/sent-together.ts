/**
 * Records of several writes that are sent to a node in the same instant, as one message: in one
 * message none overtakes another, whatever carries it. It gathers what is sent without waiting for
 * anything, and changes no answer.
 */

import type { NodeId, PackedRecord } from "@ringkv/core";
import { MESSAGE_LIMITS } from "./message-limits.js";
import type { ApplyAnswer } from "./ports/peers.js";
import { TickBatch } from "./tick-batch.js";
import type { DataPeers } from "./with-self.js";

export interface SentTogetherDeps {
  readonly peers: Pick<DataPeers, "apply">;
  readonly options: { readonly peerTimeoutMs: number };
}

export class SentTogether implements Pick<DataPeers, "apply"> {
  readonly #deps: SentTogetherDeps;
  readonly #byNode = new Map<NodeId, TickBatch<PackedRecord, ApplyAnswer>>();

  constructor(deps: SentTogetherDeps) {
    this.#deps = deps;
  }

  readonly apply: DataPeers["apply"] = (node, records, budgetMs) => {
    const { peers, options } = this.#deps;
    // With less time than the others it would make them late, or be late itself.
    if (budgetMs < options.peerTimeoutMs) return peers.apply(node, records, budgetMs);
    return this.#batchFor(node).add(records);
  };

  #batchFor(node: NodeId): TickBatch<PackedRecord, ApplyAnswer> {
    const { peers, options } = this.#deps;
    let batch = this.#byNode.get(node);
    if (batch === undefined) {
      batch = new TickBatch({
        send: (records) => peers.apply(node, records, options.peerTimeoutMs),
        atEndOfTurn: (flush) => void Promise.resolve().then(flush),
        itemsMax: MESSAGE_LIMITS.recordsMax,
        bytesMax: MESSAGE_LIMITS.bytesMax,
        bytesOf: ({ bytes }) => bytes.length,
      });
      this.#byNode.set(node, batch);
    }
    return batch;
  }
}
