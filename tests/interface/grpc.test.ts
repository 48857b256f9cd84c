/**
 * gRPC as a user of it sees the cluster: three processes, clients in another one, and what the
 * systems of the courses are shown to do, or to fail at.
 */

import type { Client } from "@grpc/grpc-js";
import { jest } from "@jest/globals";
import {
  type Clients,
  collect,
  type Ending,
  openClients,
} from "../../packages/api-grpc/test-support/grpc-client.js";
import {
  call,
  connect,
  describeService,
  healthClient,
  listServices,
} from "../../packages/api-grpc/test-support/stranger.js";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";
import { type NodeName, redisOf } from "../harness/cluster.js";
import { type LocalProcesses, openLocalProcesses } from "../harness/local-processes.js";
import { pollUntil } from "../harness/polling.js";

jest.setTimeout(120_000);

// The stand-in forgets everything when it stops: what is about survival says nothing there.
const persists = chooseRedis([], process.env).kind === "server";

const NODES: readonly NodeName[] = ["node1", "node2", "node3"];

/** Far above what a node takes that knows its peers' state; below any time-out of a client. */
const AT_ONCE_MS = 1_000;

let cluster: LocalProcesses;
let clients: ReadonlyMap<NodeName, Clients>;
let run = 0;

beforeAll(async () => {
  cluster = await openLocalProcesses();
  // A connection that was refused is tried again soon: the tests start and stop nodes all the time.
  const options = { "grpc.initial_reconnect_backoff_ms": 50, "grpc.max_reconnect_backoff_ms": 200 };
  clients = new Map(NODES.map((node) => [node, openClients(cluster.grpcPort(node), options)]));
});

beforeEach(async () => {
  run++;
  await cluster.restore();
  for (const node of NODES) await untilServing(node);
});

afterAll(async () => {
  for (const client of clients?.values() ?? []) client.close();
  await cluster?.close();
});

function at(node: NodeName): Clients {
  const found = clients.get(node);
  if (found === undefined) throw new RangeError(`no client of ${node}`);
  return found;
}

async function healthOf(node: NodeName): Promise<string> {
  const health = healthClient(cluster.grpcPort(node));
  try {
    const { status } = (await call(health, "Check", { service: "" })) as { status: string };
    return status;
  } catch (thrown) {
    return (thrown as Error).message;
  } finally {
    (health as Client).close();
  }
}

const untilServing = (node: NodeName) =>
  pollUntil(`${node} serves`, async () => {
    const status = await healthOf(node);
    return status === "SERVING" ? "" : status;
  });

const put = (node: NodeName, key: string, value: string) =>
  at(node).put({ key, value: Buffer.from(value) }, { timeoutMs: 5_000 });

/** The value as text; null when there is none; else the name of the failure. */
async function valueAt(node: NodeName, key: string): Promise<string | null> {
  const { status, response } = await at(node).get({ key }, { timeoutMs: 5_000 });
  if (status !== "OK" || response === null) return `failed: ${status}`;
  return response.found ? response.value.toString() : null;
}

const okay = <Response>(ending: Ending<Response>): Response => {
  expect(ending).toMatchObject({ status: "OK" });
  return ending.response as Response;
};

/** A key of this test, with the nodes that own it, the primary first. */
async function keyOwnedBy(primary: NodeName): Promise<{ key: string; owners: NodeName[] }> {
  for (let count = 0; ; count++) {
    const key = `grpc-${run}-${count}`;
    const { owners } = okay(await at("node1").locate({ key }));
    if (owners[0] === primary) return { key, owners: owners as NodeName[] };
  }
}

function other(...names: readonly NodeName[]): NodeName {
  return NODES.find((node) => !names.includes(node)) as NodeName;
}

describe("any node", () => {
  it.each([
    { first: "node1", second: "node2", third: "node3" },
    { first: "node2", second: "node3", third: "node1" },
    { first: "node3", second: "node1", third: "node2" },
  ] as const)(
    "takes a put ($first), gives it ($second), deletes it ($third): then nobody finds it",
    async ({ first, second, third }) => {
      const key = `any-${run}`;
      const { receipt, created } = okay(await put(first, key, "1"));
      expect(created).toBe(true);
      expect(receipt?.stored).toHaveLength(2);
      for (const node of NODES) expect(await valueAt(node, key)).toBe("1");
      expect(okay(await put(second, key, "2")).created).toBe(false);
      expect(await valueAt(first, key)).toBe("2");
      expect(okay(await at(third).remove({ key })).existed).toBe(true);
      for (const node of NODES) expect(await valueAt(node, key)).toBeNull();
    },
  );

  it("tells a stranger by reflection what it can be called for", async () => {
    const port = cluster.grpcPort("node2");
    expect(await listServices(port)).toEqual(
      expect.arrayContaining(["ringkv.v1.Cluster", "ringkv.v1.KeyValueStore"]),
    );
    const described = await describeService(port, "ringkv.v1.KeyValueStore");
    const store = connect(described, "ringkv.v1.KeyValueStore", port);
    await call(store, "Put", { key: `stranger-${run}`, value: Buffer.from("hello") });
    expect(await valueAt("node3", `stranger-${run}`)).toBe("hello");
    (store as Client).close();
  });
});

describe("many clients at once", () => {
  const CLIENTS = 40;
  const ROUNDS = 15;

  it("each find what they put themselves, whichever node they ask", async () => {
    const own = Array.from({ length: CLIENTS }, (_, index) =>
      openClients(cluster.grpcPort(NODES[index % 3] as NodeName)),
    );
    const wrong: string[] = [];
    const work = own.map(async (client, index) => {
      for (let round = 0; round < ROUNDS; round++) {
        const [key, value] = [`own-${run}-${index}`, `${index}:${round}`];
        okay(await client.put({ key, value: Buffer.from(value) }, { timeoutMs: 10_000 }));
        const found = await valueAt(NODES[(index + round) % 3] as NodeName, key);
        if (found !== value) wrong.push(`${key}: ${found} instead of ${value}`);
      }
    });
    await Promise.all(work);
    expect(wrong).toEqual([]);
    for (const client of own) client.close();
  });

  it("end with the newest write to a key that all of them wrote, on every node", async () => {
    const key = `shared-${run}`;
    const writes = Array.from({ length: CLIENTS * ROUNDS }, async (_, index) => {
      const node = NODES[index % 3] as NodeName;
      const { receipt } = okay(await put(node, key, String(index)));
      return { version: receipt?.version ?? "", value: String(index) };
    });
    const told = (await Promise.all(writes)).toSorted((a, b) => (a.version < b.version ? -1 : 1));
    expect(new Set(told.map(({ version }) => version)).size).toBe(told.length);
    for (const node of NODES) expect(await valueAt(node, key)).toBe(told.at(-1)?.value);
  });
});

describe("many keys", () => {
  const COUNT = 2_000;
  const nameOf = (index: number) => `many-${run}-${String(index).padStart(5, "0")}`;

  async function fill(): Promise<string[]> {
    const names = Array.from({ length: COUNT }, (_, index) => nameOf(index));
    for (let from = 0; from < COUNT; from += 500) {
      const operations = names.slice(from, from + 500).map((key) => {
        return { put: { key, value: Buffer.from(`of ${key}`), contentType: "text/plain" } };
      });
      const { results } = okay(await at("node1").batch({ operations }, { timeoutMs: 20_000 }));
      expect(results.filter(({ put: done }) => !done?.created)).toEqual([]);
    }
    return names;
  }

  async function listed(node: NodeName, after = ""): Promise<string[]> {
    const { messages, status } = await collect(
      at(node).store.List({ prefix: `many-${run}-`, after, values: true }),
    );
    expect(status).toBe("OK");
    const items = messages.flatMap(({ items: some }) => some);
    for (const { key, value } of items) expect(value?.toString()).toBe(`of ${key}`);
    return items.map(({ key }) => key);
  }

  it("are written in batches, and listed in order by every node, one being away", async () => {
    const names = await fill();
    for (const node of NODES) expect(await listed(node)).toEqual(names);
    await cluster.kill("node2");
    // Whose listing broke goes on at another node.
    expect(await listed("node3", nameOf(999))).toEqual(names.slice(1_000));
    const operations = [{ delete: { key: nameOf(0) } }, { get: { key: nameOf(0) } }];
    const { results } = okay(await at("node1").batch({ operations }, { timeoutMs: 5_000 }));
    expect(results).toMatchObject([{ delete: { existed: true } }, { get: { found: false } }]);
    expect(await listed("node1")).toEqual(names.slice(1));
  });

  it("are all in a snapshot, from which gRPC and HTTP bring back what was deleted", async () => {
    const names = await fill();
    const take = async () => {
      const request = { scope: "SCOPE_CLUSTER", prefix: `many-${run}-` } as const;
      const { messages, status } = await collect(at("node2").store.Snapshot(request));
      expect(status).toBe("OK");
      return Buffer.concat(messages.map(({ chunk }) => chunk));
    };
    const file = await take();
    const remove = async () => {
      for (let from = 0; from < COUNT; from += 500) {
        const operations = names.slice(from, from + 500).map((key) => ({ delete: { key } }));
        okay(await at("node3").batch({ operations }, { timeoutMs: 20_000 }));
      }
      expect(await listed("node1")).toEqual([]);
    };
    await remove();
    const older = okay(await at("node1").restore([{ chunk: file }]));
    expect(older).toMatchObject({ restored: 0, skippedOlder: COUNT, total: COUNT });
    const back = okay(
      await at("node1").restore([
        { mode: "RESTORE_MODE_OVERWRITE", chunk: file.subarray(0, 100_000) },
        { chunk: file.subarray(100_000) },
      ]),
    );
    expect(back).toMatchObject({ restored: COUNT, total: COUNT });
    expect(await listed("node3")).toEqual(names);

    await remove();
    const url = `${cluster.url("node2")}/restore?mode=overwrite`;
    const headers = { "Content-Type": "application/x-ndjson" };
    const answer = await fetch(url, { method: "POST", body: new Uint8Array(file), headers });
    expect(await answer.json()).toMatchObject({ restored: COUNT, total: COUNT });
    expect(await listed("node3")).toEqual(names);

    const query = `scope=cluster&prefix=many-${run}-`;
    const accept = { Accept: "application/x-ndjson" };
    const given = await fetch(`${cluster.url("node1")}/snapshot?${query}`, { headers: accept });
    const chunk = Buffer.from(await given.arrayBuffer());
    const again = okay(await at("node2").restore([{ chunk, dryRun: true }]));
    expect(again).toMatchObject({ total: COUNT });
  });
});

describe("when a node is away", () => {
  it.each(["stop", "kill"] as const)("the primary's keys are still served (%s)", async (how) => {
    const { key, owners } = await keyOwnedBy("node2");
    okay(await put("node1", key, "before"));
    await cluster[how]("node2");
    for (const node of ["node1", "node3"] as const) expect(await valueAt(node, key)).toBe("before");
    const { receipt } = okay(await put("node3", key, "after"));
    expect(receipt?.stored).not.toContain("node2");
    expect(receipt?.standIns).toEqual([other(...owners)]);
    expect(await valueAt("node1", key)).toBe("after");
    await cluster.start("node2");
    await untilServing("node2");
    expect(await valueAt("node2", key)).toBe("after");
  });

  it("so are the replica's", async () => {
    const { key, owners } = await keyOwnedBy("node1");
    const replica = owners[1] as NodeName;
    okay(await put("node1", key, "before"));
    await cluster.stop(replica);
    const left = NODES.filter((node) => node !== replica);
    for (const node of left) expect(await valueAt(node, key)).toBe("before");
    okay(await put(other(replica, "node1"), key, "after"));
    for (const node of left) expect(await valueAt(node, key)).toBe("after");
  });

  it("those who watch another node are told, and told again when it is back", async () => {
    const watch = at("node1").cluster.Watch({});
    const told: string[] = [];
    watch.on("data", ({ node, state }: { node: string; state: string }) =>
      told.push(`${node} ${state}`),
    );
    watch.on("error", () => {});
    const untilTold = (what: string) =>
      pollUntil(what, async () => (told.includes(what) ? "" : told.join()));
    await untilTold("node3 MEMBER_STATE_UP");
    await cluster.stop("node3");
    await untilTold("node3 MEMBER_STATE_DOWN");
    told.splice(0);
    await cluster.start("node3");
    await untilTold("node3 MEMBER_STATE_UP");
    watch.cancel();
  });

  it("its own watchers hear that it leaves, and it does not wait for them", async () => {
    const watch = at("node2").cluster.Watch({});
    const ended = new Promise<string>((resolve) => {
      watch.on("error", ({ message }: Error) => resolve(message));
    });
    await new Promise((resolve) => watch.once("data", resolve));
    const startedAtMs = performance.now();
    await cluster.stop("node2");
    expect(performance.now() - startedAtMs).toBeLessThan(8_000);
    expect(await ended).toContain("UNAVAILABLE: this node is leaving");
    expect((await put("node2", "x", "1")).status).toBe("UNAVAILABLE");
  });
});

describe("when nobody can answer", () => {
  it("all nodes stopped: UNAVAILABLE, at once", async () => {
    for (const node of NODES) await cluster.stop(node);
    for (const node of NODES) {
      const startedAtMs = performance.now();
      expect((await put(node, "x", "1")).status).toBe("UNAVAILABLE");
      expect(await valueAt(node, "x")).toBe("failed: UNAVAILABLE");
      expect(performance.now() - startedAtMs).toBeLessThan(AT_ONCE_MS);
    }
  });

  it("two of three stopped: a put is refused, and says that it was not done", async () => {
    await cluster.stop("node2");
    await cluster.stop("node3");
    const startedAtMs = performance.now();
    const refused = await put("node1", `refused-${run}`, "1");
    expect(refused.status).toBe("UNAVAILABLE");
    expect(refused.trailers).toMatchObject({
      "ringkv-code": "quorum_unreachable",
      "ringkv-outcome": "not-applied",
    });
    expect(performance.now() - startedAtMs).toBeLessThan(AT_ONCE_MS);
  });

  it("a node's Redis is away: it says so, and others go on", async () => {
    const key = `redis-${run}`;
    okay(await put("node1", key, "1"));
    await cluster.kill("redis1");
    await pollUntil("node1 knows", async () => {
      const { trailers } = await at("node1").get({ key });
      return trailers["ringkv-code"] === "store_unavailable" ? "" : JSON.stringify(trailers);
    });
    await pollUntil("health knows", async () => {
      const status = await healthOf("node1");
      return status === "NOT_SERVING" ? "" : status;
    });
    for (const node of ["node2", "node3"] as const) expect(await valueAt(node, key)).toBe("1");
  });

  it("nodes that hang: the deadline ends it, and the outcome is unknown", async () => {
    const { key, owners } = await keyOwnedBy("node2");
    expect(owners).toContain("node2");
    await cluster.pause("node2");
    await cluster.pause("node3");
    const startedAtMs = performance.now();
    const value = Buffer.from("1");
    const ending = await at("node1").put({ key, value }, { timeoutMs: 300 });
    const tookMs = performance.now() - startedAtMs;
    expect(ending.status).toBe("DEADLINE_EXCEEDED");
    expect(tookMs).toBeLessThan(AT_ONCE_MS);
    // Given in time, the node's own words: without them nobody could tell it from a lost answer.
    expect(ending.trailers).toMatchObject({
      "ringkv-code": "quorum_unreachable",
      "ringkv-outcome": "unknown",
    });
  });
});

if (persists) {
  it("a node that lost its disk answers from what it has recovered", async () => {
    const { key, owners } = await keyOwnedBy("node1");
    const replica = owners[1] as NodeName;
    okay(await put("node3", key, "survives"));
    await cluster.stop("node1");
    await cluster.stop(redisOf("node1"));
    await cluster.wipe("node1");
    await cluster.start(redisOf("node1"));
    await cluster.start("node1");
    await untilServing("node1");
    expect(okay(await at("node1").status({})).recovery?.isOver).toBe(true);
    await cluster.stop(replica); // Only the copy on the new disk is left.
    expect(await valueAt("node1", key)).toBe("survives");
    expect(await valueAt(other("node1", replica), key)).toBe("survives");
  });
}
