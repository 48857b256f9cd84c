/** Tokens over gRPC: every method of the table, and keys of somebody else. */

import { once } from "node:events";
import { type Client, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { digestOf, newToken } from "@ringkv/access";
import { type OpenApi, openApi } from "../test-support/open-api.js";
import { call, healthClient, listServices } from "../test-support/stranger.js";
import { NEEDS } from "./gate.js";

const TOKENS = {
  read: newToken(),
  write: newToken(),
  admin: newToken(),
  shop: newToken(),
};
const entry = (name: keyof typeof TOKENS, rest: string) =>
  `${name}:${digestOf(TOKENS[name]).toString("hex")}:${rest}`;
const tokens = [
  entry("read", "read"),
  entry("write", "write"),
  entry("admin", "admin"),
  entry("shop", "read+write:shop%3A"),
].join(";");

const as = (name: keyof typeof TOKENS) => ({
  metadata: { authorization: `Bearer ${TOKENS[name]}` },
});

let open: OpenApi;

beforeEach(async () => {
  open = await openApi({ tokens });
});

afterEach(() => open.end());

const REQUESTS: Readonly<Record<string, object>> = {
  Put: { key: "a", value: Buffer.from("1") },
  Get: { key: "a" },
  Delete: { key: "a" },
  Batch: { operations: [{ get: { key: "a" } }] },
  Locate: { key: "a" },
};

type Begin = (request: object, metadata: Metadata, answered: () => void) => Ends;
interface Ends {
  on(event: string, listener: (it: never) => void): Ends;
  cancel(): void;
}

/** The name of the status with which any method ends, or `OK` for one that begins to answer. */
async function ask(path: string, token: keyof typeof TOKENS | null): Promise<string> {
  const [, service = "", name = ""] = path.split("/");
  const client = (service.endsWith("Cluster") ? open.cluster : open.store) as Client;
  const method = (client as unknown as Readonly<Record<string, Begin>>)[name] as Begin;
  const metadata = new Metadata();
  if (token !== null) metadata.set("authorization", `Bearer ${TOKENS[token]}`);
  const isClientStream = name === "Restore";
  const begun = isClientStream
    ? (method as unknown as (metadata: Metadata, answered: () => void) => Ends).call(
        client,
        metadata,
        () => {},
      )
    : method.call(client, REQUESTS[name] ?? {}, metadata, () => {});
  const ended = new Promise<string>((resolve) => {
    begun.on("data", () => resolve("OK"));
    begun.on("error", () => {});
    begun.on("status", ({ code }: { code: status }) => resolve(status[code] ?? ""));
  });
  if (isClientStream) (begun as unknown as { end(): void }).end();
  const outcome = await ended;
  begun.cancel();
  return outcome;
}

const scopeOf = (path: string) => [NEEDS.get(path)?.scope ?? []].flat() as readonly string[];

describe.each([...NEEDS.keys()])("%s", (path) => {
  const [scope = ""] = scopeOf(path);
  const enough = scope as "read" | "write" | "admin";

  it("is refused without a token, and with one that is not enough", async () => {
    expect(await ask(path, null)).toBe("UNAUTHENTICATED");
    const tooSmall = enough === "read" ? "write" : "read";
    if (!scopeOf(path).includes(tooSmall)) {
      expect(await ask(path, tooSmall)).toBe("PERMISSION_DENIED");
    }
    expect(await ask(path, "shop")).toBe("PERMISSION_DENIED");
  });

  it("lets in whoever may", async () => {
    const ended = await ask(path, enough);
    expect(["UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"]).not.toContain(ended);
  });
});

it("says why in the trailers, and nothing of the key", async () => {
  const { status: name, trailers, details } = await open.get({ key: "there" }, as("shop"));
  expect(name).toBe("PERMISSION_DENIED");
  expect(trailers).toMatchObject({ "ringkv-code": "forbidden", "ringkv-outcome": "not-applied" });
  expect(details).toBe((await open.get({ key: "nowhere" }, as("shop"))).details);
  expect([open.node.reads, open.node.writes]).toEqual([[], []]);
});

it("gives a token for a prefix its own keys, and all of a batch or nothing", async () => {
  const mine = { put: { key: "shop:1", value: Buffer.from("1") } };
  expect((await open.put(mine.put, as("shop"))).status).toBe("OK");
  expect((await open.get({ key: "shop:1" }, as("shop"))).status).toBe("OK");
  const both = { operations: [mine, { get: { key: "other" } }] };
  expect((await open.batch(both, as("shop"))).status).toBe("PERMISSION_DENIED");
  expect((await open.batch({ operations: [mine] }, as("read"))).status).toBe("PERMISSION_DENIED");
  expect((await open.batch({ operations: [mine] }, as("shop"))).status).toBe("OK");
});

it("lets a prefix list what is below it, and nothing wider", async () => {
  const metadata = new Metadata();
  metadata.set("authorization", `Bearer ${TOKENS.shop}`);
  const wider = open.store.List({ prefix: "sho" }, metadata);
  wider.resume();
  const [error] = (await once(wider, "error")) as [ServiceError];
  expect(error.code).toBe(status.PERMISSION_DENIED);
  const own = open.store.List({ prefix: "shop:" }, metadata);
  own.resume();
  const [ended] = (await once(own, "status")) as [{ code: status }];
  expect(ended.code).toBe(status.OK);
});

it("makes an address wait that guesses", async () => {
  const wrong = { metadata: { authorization: "Bearer no" } };
  for (let i = 0; i < 20; i++) {
    expect((await open.get({ key: "a" }, wrong)).status).toBe("UNAUTHENTICATED");
  }
  expect((await open.get({ key: "a" }, wrong)).status).toBe("RESOURCE_EXHAUSTED");
});

it("answers health to everybody, and offers no reflection", async () => {
  const health = healthClient(open.port);
  expect(await call(health, "Check", { service: "" })).toHaveProperty("status");
  health.close();
  await expect(listServices(open.port)).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
});

it("counts what it refuses", async () => {
  await open.get({ key: "a" });
  const series = open.durations.series.map(({ labels }) => labels.join(" "));
  expect(series).toContain("ringkv.v1.KeyValueStore/Get UNAUTHENTICATED");
});
