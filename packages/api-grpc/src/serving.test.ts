/** Health and reflection, asked by a client that loads nothing of ours. */

import type { ServiceError } from "@grpc/grpc-js";
import { type OpenApi, openApi } from "../test-support/open-api.js";
import {
  askWithoutReading,
  call,
  connect,
  describeService,
  healthClient,
  listServices,
  type Untyped,
} from "../test-support/stranger.js";

let open: OpenApi;

beforeEach(async () => {
  open = await openApi();
});

afterEach(() => open.end());

describe("reflection", () => {
  it("lists the services", async () => {
    expect(await listServices(open.port)).toEqual(
      expect.arrayContaining(["ringkv.v1.KeyValueStore", "ringkv.v1.Cluster"]),
    );
  });

  it("takes no more questions from who does not read the answers", async () => {
    expect(await askWithoutReading(open.port)).toBeGreaterThan(100_000);
  });

  it("tells a stranger enough to put, to get and to ask where it is", async () => {
    const described = await describeService(open.port, "ringkv.v1.KeyValueStore");
    const store = connect(described, "ringkv.v1.KeyValueStore", open.port);
    const cluster = connect(described, "ringkv.v1.Cluster", open.port);
    await call(store, "Put", { key: "a", value: Buffer.from("1"), ttlSeconds: 60, w: 1 });
    expect(open.node.writes).toEqual([expect.objectContaining({ key: "a", w: 1 })]);
    expect(await call(store, "Get", { key: "a" })).toMatchObject({
      found: true,
      value: Buffer.from("1"),
    });
    expect(await call(cluster, "Locate", { key: "a" })).toMatchObject({
      owners: ["node2", "node3"],
    });
    store.close();
    cluster.close();
  });
});

describe("health", () => {
  let health: Untyped;

  beforeEach(() => {
    health = healthClient(open.port);
  });

  afterEach(() => health.close());

  const check = (service: string) => call(health, "Check", { service });

  interface Watch extends AsyncIterable<{ readonly status: string }> {
    on(event: "error", listener: (error: ServiceError) => void): void;
  }

  const watch = (service: string) => health["Watch"]?.({ service }) as Watch;

  it.each(["", "ringkv.v1.KeyValueStore", "ringkv.v1.Cluster"])(
    'of "%s" follows whether the node is ready',
    async (service) => {
      const states = watch(service)[Symbol.asyncIterator]();
      const next = async () => (await states.next()).value?.status as string;
      let state = await next();
      if (state === "NOT_SERVING") state = await next(); // Asked before the first look.
      expect(state).toBe("SERVING");
      expect(await check(service)).toEqual({ status: "SERVING" });
      open.node.isReady = false;
      expect(await next()).toBe("NOT_SERVING");
      expect(await check(service)).toEqual({ status: "NOT_SERVING" });
      open.node.isReady = true;
      expect(await next()).toBe("SERVING");
    },
  );

  it("of what is not offered is not known", async () => {
    await expect(check("etcdserverpb.KV")).rejects.toMatchObject({ code: 5 });
  });

  it("is NOT_SERVING, and then over, when the node leaves", async () => {
    const seen: string[] = [];
    const states = watch("");
    const ended = (async () => {
      for await (const { status } of states) seen.push(status);
    })().catch((thrown: unknown) => (thrown as ServiceError).details);
    while (seen.at(-1) !== "SERVING") await new Promise((resolve) => setImmediate(resolve));
    await open.api.close(600_000);
    expect(await ended).toBe("this node is leaving");
    expect(seen.at(-1)).toBe("NOT_SERVING");
  });
});
