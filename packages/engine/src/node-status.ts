/** What a node says of itself to an operator, put together from its parts. */

import type { MemberState, NodeId, Partition, PartitionDigest } from "@ringkv/core";
import type { Counters, CounterValues } from "./counters.js";
import type { Membership, MemberView } from "./membership.js";
import type { Durability } from "./ports/meta-store.js";
import type { RecordStore } from "./ports/record-store.js";
import type { Recovery, RecoveryProgress } from "./recovery.js";
import type { Standing } from "./standing.js";
import type { StoreWatch } from "./store-watch.js";
import type { Traffic, TrafficValues } from "./traffic.js";
import type { Upkeep } from "./upkeep.js";

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

export interface StatusParts {
  readonly self: NodeId;
  readonly store: Pick<RecordStore, "partitions">;
  readonly counters: Counters;
  readonly standing: Standing;
  readonly membership: Membership;
  readonly storeWatch: StoreWatch;
  readonly upkeep: Upkeep;
  readonly recovery: Recovery;
  readonly traffic: Traffic;
}

/** Never rejects: a store that is away is part of the answer. */
export async function gatherStatus(parts: StatusParts): Promise<NodeStatus> {
  const { self, store, standing, membership, storeWatch, upkeep, recovery, traffic, counters } =
    parts;
  const held = await store.partitions().catch(() => null);
  const { owned, foreign, records, foreignRecords } = holdingsOf(
    held ?? new Map<Partition, PartitionDigest>(),
    upkeep.isForeign,
  );
  return {
    node: self,
    state: standing.state,
    incarnation: standing.incarnation,
    members: membership.view(),
    storeAnswers: storeWatch.answers && held !== null,
    durability: storeWatch.durability,
    records,
    partitions: { owned, foreign, differing: upkeep.antiEntropy.partitionsDiffering },
    foreignRecords,
    counters: counters.values,
    traffic: traffic.values,
    owed: Object.fromEntries([...upkeep.debts.own()].map(([node, owed]) => [node, owed.size])),
    recovery: recovery.progress(),
  };
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
