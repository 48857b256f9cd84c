/** Nodes that are not of this cluster knock at the peer port. */

import type { StrangerSettings } from "../harness/cluster.js";
import type { Scenario, Stage } from "./scenario.js";

interface Case {
  readonly title: string;
  readonly settings: StrangerSettings;
  /** What an operator finds in the log of the node that refused. */
  readonly named: RegExp;
}

const cases: readonly Case[] = [
  {
    title: "a node of another cluster is refused, and the log names its cluster",
    settings: { name: "node3", env: { CLUSTER_ID: "another-cluster" } },
    named: /"refusal":"CLUSTER".*another-cluster/,
  },
  {
    title: "a node with another list of members is refused, and the log says so",
    settings: { name: "node3", members: ["node1", "node2", "node3", "node4"] },
    named: /"refusal":"MEMBERS"/,
  },
  {
    title: "a node with another secret is refused, and the log says so",
    settings: { name: "node3", env: { CLUSTER_SECRET: "not-the-secret-of-this-cluster" } },
    named: /"refusal":"SECRET"/,
  },
];

export const strangers: readonly Scenario[] = cases.map(({ title, settings, named }) => ({
  title,
  needs: ["strangers"],
  run: (stage) => knock(stage, settings, named),
}));

async function knock(
  { cluster, keys }: Stage,
  settings: StrangerSettings,
  named: RegExp,
): Promise<void> {
  await cluster.stop("node3"); // Its name and its address are taken by the stranger.
  const before = (await cluster.log("node1")).length;
  const stranger = await cluster.startStranger(settings);
  try {
    await cluster.waitUntil("node1 has logged whom it refused", async () => {
      const since = (await cluster.log("node1")).slice(before);
      const refusals = since.split("\n").filter((line) => line.includes('"refusal"'));
      return refusals.some((line) => named.test(line)) ? "" : refusals.join("\n") || "nothing";
    });
    expect((await stranger.health()).ready).toBe(false);
    // The cluster goes on, and counts the stranger neither as a copy nor as a member.
    const { stored } = await cluster.at("node1").put(keys.withPrimary("node3"), "ours");
    expect(stored.toSorted()).toEqual(["node1", "node2"]);
    const { members } = await cluster.at("node1").status();
    expect(members.find(({ node }) => node === "node3")?.state).not.toBe("up");
  } finally {
    await stranger.close();
  }
}
