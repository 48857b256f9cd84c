/**
 * One record on one disk that is no longer what was stored, at a time when all its owners are
 * equal: what it becomes, and who is to meet it. It harms one copy of several, never the only one.
 */

import { type Key, type NodeId, type Partition, partitionOf } from "@ringkv/core";
import type { Violation } from "./history.js";
import type { Prng } from "./prng.js";
import type { SimCluster } from "./sim-cluster.js";
import type { Witness } from "./witness.js";

export interface SimDamageDeps {
  readonly prng: Prng;
  readonly cluster: SimCluster;
  readonly witness: Witness;
  readonly keys: readonly Key[];
  readonly ownersOf: (partition: Partition) => readonly NodeId[];
  /** Resolves when every node has been asked for the key alone, at r=1. */
  readonly readEverywhere: (key: Key) => Promise<void>;
  /** Resolves when every node has told the others that it owes nothing any more. */
  readonly untilDebtsAreForgotten: () => Promise<void>;
  readonly report: (violation: Omit<Violation, "atMs">) => void;
  readonly trace: (key: Key, text: string) => void;
}

/** Share of universes that it happens in. */
const RATE = 0.2;
const VERIFY_PATIENCE_MS = 30_000;

export class SimDamage {
  readonly #deps: SimDamageDeps;
  #strikes = 0;

  constructor(deps: SimDamageDeps) {
    this.#deps = deps;
  }

  /** How many records were damaged. */
  get strikes(): number {
    return this.#strikes;
  }

  /**
   * Damages a record in some universes, and lets it be met. True: it did. To be drawn last, so that
   * the seeds' other misfortunes are what they were without it.
   */
  async strike(): Promise<boolean> {
    const { prng, cluster, readEverywhere, untilDebtsAreForgotten, trace } = this.#deps;
    if (!prng.chance(RATE)) return false;
    // Nobody reads what is here from a node that is thought to be behind.
    await untilDebtsAreForgotten();
    const copies = this.#copies();
    if (copies.length === 0) return false;
    const { node, key, what, change, metBy } = drawDamage(prng, copies);
    cluster.diskOf(node).damage(key, change);
    this.#strikes++;
    trace(key, `${node}'s copy ${what}, for a ${metBy} to find`);
    if (metBy === "verification") await this.#verify(node, key);
    else await readEverywhere(key);
    return true;
  }

  /** Owners whose disks are not as the operations that reached them have left them. */
  async unsound(): Promise<string[]> {
    const problems: string[] = [];
    for (const { key, node } of this.#copies()) {
      const isSound = await this.#isSound(node, key);
      if (!isSound) problems.push(`${node} does not have its copy of ${key}`);
    }
    return problems;
  }

  async #isSound(node: NodeId, key: Key): Promise<boolean> {
    const { cluster, witness } = this.#deps;
    const copy = await cluster.diskOf(node).copyOf(key);
    const version = copy === "damaged" ? copy : (copy?.version ?? null);
    return version === (witness.diskOf(node).held(key)?.version ?? null);
  }

  /** Every copy that an owner holds, by what reached its disk. */
  #copies(): { key: Key; node: NodeId }[] {
    const { keys, ownersOf, witness } = this.#deps;
    return keys.flatMap((key) =>
      ownersOf(partitionOf(key))
        .filter((node) => witness.diskOf(node).held(key) !== null)
        .map((node) => ({ key, node })),
    );
  }

  async #verify(node: NodeId, key: Key): Promise<void> {
    const { cluster, report } = this.#deps;
    const running = cluster.runOf(cluster.newcomer);
    if (running === null) return;
    const verdict = await cluster.call(running, VERIFY_PATIENCE_MS, (it) => it.verify());
    if (verdict.differing.includes(partitionOf(key)) && !verdict.equal) return;
    // It looks several times; a purge that compares copies may have met the damage before the last.
    if (await this.#isSound(node, key)) return;
    const message = `a verification did not find that ${node} has lost its copy`;
    report({ invariant: "A3", message, key });
  }
}

interface Damage {
  readonly node: NodeId;
  readonly key: Key;
  /** In the words of a trace. */
  readonly what: string;
  /** Null: nothing is left. */
  readonly change: (bytes: Buffer) => Buffer | null;
  /** Who finds it: an operator who asks for a verification, or a client who reads the key. */
  readonly metBy: "verification" | "read";
}

/** Offset of the last byte before the checksum, from the end: of the value, if there is one. */
const LAST_OF_CONTENT = 5;

type Way = Pick<Damage, "what" | "change"> & { readonly isSeenByReads: boolean };

function drawWay(prng: Prng): Way {
  const flipped = 1 + prng.below(255);
  const place = prng.unit();
  const flip = (bytes: Buffer, at: number) => {
    bytes[at] = (bytes[at] as number) ^ flipped;
    return bytes;
  };
  const ways: readonly Way[] = [
    {
      what: "changes in its value",
      change: (bytes) => flip(bytes, bytes.length - LAST_OF_CONTENT),
      isSeenByReads: true,
    },
    {
      what: "changes somewhere",
      change: (bytes) => flip(bytes, Math.floor(place * bytes.length)),
      isSeenByReads: true,
    },
    {
      what: "is cut short",
      change: (bytes) => bytes.subarray(0, Math.floor(place * bytes.length)),
      isSeenByReads: true,
    },
    { what: "becomes garbage", change: () => Buffer.alloc(100, "z"), isSeenByReads: true },
    // To a reader at R=1 it looks like a key that was never written: nothing is there to tell.
    { what: "is gone", change: () => null, isSeenByReads: false },
  ];
  return prng.pick(ways);
}

/** @param copies a key and one of its owners, for every copy that may be harmed; at least one. */
function drawDamage(
  prng: Prng,
  copies: readonly { readonly key: Key; readonly node: NodeId }[],
): Damage {
  const { isSeenByReads, ...way } = drawWay(prng);
  const isRead = prng.chance(0.5) && isSeenByReads;
  return { ...prng.pick(copies), ...way, metBy: isRead ? "read" : "verification" };
}
