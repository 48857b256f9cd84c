/**
 * What scenarios wait for. Each is a question to the cluster through its public interface, asked
 * until the answer is right; none of them is a guess of how long something takes.
 */

import { type Cluster, type Leadership, type NodeName, Refused } from "./cluster.js";

/** `by` sees `node` in one of the `states`. */
export function untilSeenAs(
  cluster: Cluster,
  { by, node, states, deadlineMs }: Sighting,
): Promise<void> {
  const seen = async () => {
    const { members } = await cluster.at(by).status();
    const state = members.find((member) => member.node === node)?.state ?? "nothing";
    return states.includes(state) ? "" : `it sees it as ${state}`;
  };
  return cluster.waitUntil(`${by} sees ${node} as ${states.join(" or ")}`, seen, deadlineMs);
}

export interface Sighting {
  readonly by: NodeName;
  readonly node: NodeName;
  readonly states: readonly string[];
  readonly deadlineMs?: number;
}

/** All other nodes that run see `node` so. */
export async function untilOthersSee(
  cluster: Cluster,
  node: NodeName,
  state: "up" | "down",
): Promise<void> {
  const others = cluster.nodes.filter((other) => other !== node);
  await Promise.all(others.map((by) => untilSeenAs(cluster, { by, node, states: [state] })));
}

/** The node itself says that it wants clients. */
export function untilReady(cluster: Cluster, node: NodeName): Promise<void> {
  return cluster.waitUntil(`${node} is ready`, async () =>
    (await cluster.at(node).health()).ready ? "" : "not yet",
  );
}

/** Every node is ready and sees every other one up. */
export function untilAllUp(cluster: Cluster): Promise<void> {
  return cluster.waitUntil("every node is ready and sees all others up", async () => {
    const problems = await Promise.all(
      cluster.nodes.map(async (node) => {
        if (!(await cluster.at(node).health()).ready) return `${node} is not ready`;
        const { members } = await cluster.at(node).status();
        const missing = members.filter(({ state }) => state !== "up");
        return missing.map((it) => `${node} sees ${it.node} as ${it.state}`).join(", ");
      }),
    );
    return problems.filter(Boolean).join("; ");
  });
}

/** No node holds records that belong to others: every debt is paid. */
export function untilNoForeignRecords(cluster: Cluster): Promise<void> {
  return cluster.waitUntil("no node holds foreign records", async () => {
    const debts = await Promise.all(
      cluster.nodes.map(async (node) => {
        const { foreignRecords } = await cluster.at(node).status();
        return foreignRecords === 0 ? "" : `${node} holds ${foreignRecords}`;
      }),
    );
    return debts.filter(Boolean).join(", ");
  });
}

/** All owners hold the same, says `via` after comparing their records, and all digests are true. */
export function untilVerified(cluster: Cluster, via: NodeName): Promise<void> {
  return cluster.waitUntil(`${via} finds all owners equal`, async () => {
    const verdict = await cluster.at(via).verify();
    const isRight = verdict.equal && verdict.wrongDigests.length === 0;
    return isRight ? "" : JSON.stringify(verdict);
  });
}

/** No node has seen a difference to another owner when it last compared. */
export function untilNoDifference(cluster: Cluster): Promise<void> {
  return cluster.waitUntil("no partition differs", async () => {
    const counts = await Promise.all(
      cluster.nodes.map(async (node) => {
        const { differingPartitions } = await cluster.at(node).status();
        return differingPartitions === 0 ? "" : `${node} sees ${differingPartitions} differ`;
      }),
    );
    return counts.filter(Boolean).join(", ");
  });
}

/** These nodes all name one leader, in one term. Resolves with what they say. */
export async function untilAllFollow(
  cluster: Cluster,
  { nodes = cluster.nodes, deadlineMs }: Following = {},
): Promise<Leadership> {
  let agreed: Leadership = { isLeader: false, leader: null, term: 0 };
  await cluster.waitUntil(
    `${nodes.join(", ")} follow one leader`,
    async () => {
      const views = await Promise.all(nodes.map((node) => cluster.at(node).leadership()));
      const said = new Set(views.map(({ leader, term }) => `${leader} leads term ${term}`));
      const leading = nodes.filter((_, index) => views[index]?.isLeader);
      const isAgreed = said.size === 1 && leading.length === 1 && views[0]?.leader === leading[0];
      if (isAgreed) agreed = views[0] as Leadership;
      return isAgreed ? "" : [...said].join("; ");
    },
    deadlineMs,
  );
  return agreed;
}

export interface Following {
  readonly nodes?: readonly NodeName[];
  readonly deadlineMs?: number;
}

/** `node` itself has this version of the key, or a newer one, on its own disk. */
export function untilHolds(
  cluster: Cluster,
  { node, key, version, via }: { node: NodeName; key: string; version: string; via: NodeName },
): Promise<void> {
  return cluster.waitUntil(`${node} holds version ${version} of ${key}`, async () => {
    const { holders } = await cluster.at(via).locate(key);
    const held = holders.find((holder) => holder.node === node);
    if (!held?.answered) return `${node} did not answer`;
    return held.version !== null && held.version >= version ? "" : `it holds ${held.version}`;
  });
}

/** A read through `via` gives this value; null: none. */
export function untilReads(
  cluster: Cluster,
  { via, key, value }: { via: NodeName; key: string; value: string | null },
): Promise<void> {
  return cluster.waitUntil(`${via} reads ${key} as ${value}`, async () => {
    const found = (await cluster.at(via).get(key))?.value ?? null;
    return found === value ? "" : `it reads ${found}`;
  });
}

/** The code with which a request was refused. Throws when it was not. */
export async function refusalOf(request: Promise<unknown>): Promise<Refused> {
  try {
    const answer = await request;
    throw new Error(`expected a refusal, got ${JSON.stringify(answer)}`);
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown;
    throw thrown;
  }
}
