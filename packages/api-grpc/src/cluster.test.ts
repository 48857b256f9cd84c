/** Status, Locate and Watch through real gRPC, on a fake node. */

import type { MemberState, NodeId } from "@ringkv/core";
import { MEMBERS } from "../test-support/fake-node.js";
import { openClients } from "../test-support/grpc-client.js";
import { type OpenApi, openApi } from "../test-support/open-api.js";
import type { WatchResponse__Output } from "./generated/ringkv/v1/WatchResponse.js";

const node2 = "node2" as NodeId;

describe("the cluster over gRPC", () => {
  let open: OpenApi;

  beforeEach(async () => {
    open = await openApi();
  });

  afterEach(() => open.end());

  it("tells what the node says of itself, with what it does not know left out", async () => {
    const { response } = await open.status({});
    expect(response).toMatchObject({
      node: "node1",
      state: "MEMBER_STATE_UP",
      incarnation: 3,
      leader: "node2",
      term: 7,
      storeAnswers: true,
      ownedPartitions: 4,
      foreignPartitions: 2,
      differingPartitions: 1,
      foreignRecords: 5,
      recovery: { isOver: true, recordsCopied: 2 ** 40 },
    });
    expect(
      response?.members.map(({ node, state, heardAgoMs }) => [node, state, heardAgoMs]),
    ).toEqual([
      ["node1", "MEMBER_STATE_UP", 0],
      ["node2", "MEMBER_STATE_SUSPECT", 1_500],
      ["node3", "MEMBER_STATE_DOWN", undefined],
    ]);
  });

  it("has no leader to name when nobody leads", async () => {
    open.node.led = { isLeader: false, leader: null, term: 8 };
    const { response } = await open.status({});
    expect(response).toMatchObject({ leader: "", term: 8 });
  });

  it("tells its status however busy it is", async () => {
    await open.end();
    open = await openApi({ requestsMax: 0 });
    expect((await open.status({})).status).toBe("OK");
    expect((await open.locate({ key: "a" })).status).toBe("RESOURCE_EXHAUSTED");
  });

  it("locates a key, and tells no version where there is none", async () => {
    const put = await open.put({ key: "a", value: Buffer.from("1") });
    const { response } = await open.locate({ key: "a" });
    const version = put.response?.receipt?.version;
    expect(response).toMatchObject({
      owners: ["node2", "node3"],
      walk: ["node2", "node3", "node1"],
    });
    expect(response?.holders.map((it) => it.version)).toEqual([version, version, undefined]);
    expect((await open.locate({})).status).toBe("INVALID_ARGUMENT");
  });
});

describe("a watch", () => {
  let open: OpenApi;

  beforeEach(async () => {
    open = await openApi();
  });

  afterEach(() => open.end());

  /** The next messages of a watch, in the words of the test. */
  async function read(
    messages: AsyncIterator<unknown>,
    count: number,
  ): Promise<readonly [string, string][]> {
    const told: [string, string][] = [];
    while (told.length < count) {
      const { node, state } = (await messages.next()).value as WatchResponse__Output;
      told.push([node, state.replace("MEMBER_STATE_", "").toLowerCase()]);
    }
    return told;
  }

  it("tells every member's state, then each change", async () => {
    open.node.states.set(node2, "suspect");
    const watch = open.cluster.Watch({});
    const messages = watch[Symbol.asyncIterator]();
    expect(await read(messages, 3)).toEqual([
      ["node1", "up"],
      ["node2", "suspect"],
      ["node3", "up"],
    ]);
    for (const state of ["down", "recovering", "up"] as const) {
      open.node.change(node2, state);
      expect(await read(messages, 1)).toEqual([["node2", state]]);
    }
    watch.on("error", () => {});
    watch.cancel();
  });

  it("is forgotten by the node when its client has gone", async () => {
    const watch = open.cluster.Watch({});
    watch.on("error", () => {});
    await read(watch[Symbol.asyncIterator](), 3);
    expect(open.node.listeners.size).toBe(1);
    watch.cancel();
    while (open.node.listeners.size > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("keeps no more than one state of each member for a client that does not read", async () => {
    const watch = open.cluster.Watch({});
    watch.on("error", () => {});
    watch.pause();
    while (open.node.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve));
    const states: MemberState[] = ["suspect", "recovering", "up"];
    for (let round = 0; round < 20_000; round++) {
      for (const member of MEMBERS) open.node.change(member, states[round % 3] ?? "up");
      if (round % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    open.node.change(node2, "down");
    let told = 0;
    for await (const message of watch) {
      told++;
      const { node, state } = message as WatchResponse__Output;
      if (node === node2 && state === "MEMBER_STATE_DOWN") break;
    }
    expect(told).toBeLessThan(20_000);
  });

  it("is ended when the node leaves, so that nobody waits for it", async () => {
    const watch = open.cluster.Watch({});
    const messages = watch[Symbol.asyncIterator]();
    await read(messages, 3);
    const closed = open.api.close(600_000);
    await expect(messages.next()).rejects.toMatchObject({
      code: 14,
      details: "this node is leaving",
    });
    await closed;
  });

  it("is ended quietly when the node leaves while its client does not read", async () => {
    const watch = open.cluster.Watch({});
    watch.on("error", () => {});
    watch.pause();
    while (open.node.listeners.size === 0) await new Promise((resolve) => setImmediate(resolve));
    for (let round = 0; round < 20_000; round++) {
      open.node.change(node2, round % 2 === 0 ? "down" : "up");
      if (round % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await open.api.close(200);
    expect(open.node.listeners.size).toBe(0);
    expect(open.logged).toEqual([]);
  });

  it("is refused when as many watch as the node takes", async () => {
    const clients = Array.from({ length: 3 }, () => openClients(open.port));
    const watches = Array.from({ length: 200 }, (_, index) =>
      clients[index % 3]?.cluster.Watch({}),
    );
    for (const watch of watches) watch?.on("error", () => {});
    while (open.node.listeners.size < 200) await new Promise((resolve) => setImmediate(resolve));
    const messages = open.cluster.Watch({})[Symbol.asyncIterator]();
    await expect(messages.next()).rejects.toMatchObject({ code: 8 });
    for (const watch of watches) watch?.cancel();
    while (open.node.listeners.size > 0) await new Promise((resolve) => setImmediate(resolve));
    for (const client of clients) client.close();
  });
});
