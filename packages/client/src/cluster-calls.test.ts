/** What an operator asks of a node through the client. */

import { answerJson, cutOff, type Reply, StubNode } from "../test-support/stub-node.js";
import { RingkvClient } from "./index.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const it of open.splice(0)) await it.close();
});

async function stage(...replies: readonly Reply[]) {
  const nodes = await Promise.all(replies.map((reply) => StubNode.open(reply)));
  const client = new RingkvClient({ nodes: nodes.map(({ url }) => url), patienceMs: 0 });
  open.push(...nodes, client);
  return { client, nodes };
}

describe("a test of notifications", () => {
  const results = [{ receiver: "mail", delivered: true, answer: "250 ok" }];

  it("tells what each receiver answered", async () => {
    const { client, nodes } = await stage(answerJson({ delivered: true, results }));
    expect(await client.cluster.testNotifications()).toMatchObject({ delivered: true, results });
    const asked = nodes[0]?.asked.map(({ method, url }) => `${method} ${url}`);
    expect(asked).toEqual(["POST /admin/notify/test"]);
  });

  it("is not sent twice: nobody knows whether the message left", async () => {
    const { client, nodes } = await stage(cutOff, answerJson({ delivered: true, results }));
    const failure = client.cluster.testNotifications();
    await expect(failure).rejects.toMatchObject({ outcome: "unknown" });
    expect(nodes[1]?.asked).toEqual([]);
  });
});
