/** What a node says of itself to an operator, put together from its parts. */

import type { MemberState, NodeId, Partition, PartitionDigest } from "@ringkv/core";
import type { CounterValues } from "./counters.js";
import type { MemberView } from "./membership.js";
import type { Durability } from "./ports/meta-store.js";
import type { RecoveryProgress } from "./recovery.js";
import type { TrafficValues } from "./traffic.js";

export interface NodeStatus {
  readonly node: NodeId;
  readonly state: MemberState;
  readonly incarnation: number;
  readonly members: readonly MemberView[];
  readonly storeAnswers: boolean;
  readonly durability: Durability | null;
  /** How many records this node holds, tombstones and stand-in copies included. */
  readonly records: number;
  readonly partitions: {
    /** Partitions of its own that hold at least one record. */
    readonly owned: number;
    /** Partitions held here and owned elsewhere: debts. */
    readonly foreign: number;
    /** Partitions of its own that differed from another owner's when they were last compared. */
    readonly differing: number;
  };
  readonly foreignRecords: number;
  /** Since this start of the node. */
  readonly counters: CounterValues;
  readonly traffic: TrafficValues;
  /** By member: of how many partitions this node holds records that the member may lack. */
  readonly owed: Readonly<Record<string, number>>;
  readonly recovery: RecoveryProgress;
}

/** The part of the status that is counted from what the store holds. */
export function holdingsOf(
  held: ReadonlyMap<Partition, PartitionDigest>,
  isForeign: (partition: Partition) => boolean,
) {
  const counts = { owned: 0, foreign: 0, records: 0, foreignRecords: 0 };
  for (const [partition, { records }] of held) {
    counts.records += records;
    if (isForeign(partition)) {
      counts.foreign++;
      counts.foreignRecords += records;
    } else counts.owned++;
  }
  return counts;
}
