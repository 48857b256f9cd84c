/** Snapshots and their way back through real gRPC, on a fake node. */

import { createHash } from "node:crypto";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { jest } from "@jest/globals";
import {
  type Key,
  type KvRecord,
  Recovering,
  SnapshotReader,
  StoreUnavailable,
  unpackRecord,
} from "@ringkv/core";
import { collect } from "../test-support/grpc-client.js";
import { type OpenApi, openApi } from "../test-support/open-api.js";
import type { RestoreRequest } from "./generated/ringkv/v1/RestoreRequest.js";
import type { SnapshotRequest } from "./generated/ringkv/v1/SnapshotRequest.js";

jest.setTimeout(30_000);

let open: OpenApi;

beforeEach(async () => {
  open = await openApi({ valueBytesMax: 1_000_000, bytesMax: 10_000_000 });
});

afterEach(() => open.end());

async function write(key: string, value: Buffer | null): Promise<void> {
  const rest = { contentType: "text/plain", expiresAtMs: null, w: null, timeoutMs: null };
  await open.node.write({ key: key as Key, value, ...rest });
}

async function fill(): Promise<void> {
  await write("a", Buffer.from("1"));
  await write("b", Buffer.from([0, 255, 10]));
  await write("gone", null);
  await write("large", Buffer.alloc(900_000, "ä"));
}

/** Without the bytes, of which a test's report would be too full, and comparing them too slow. */
const summaryOf = (records: Iterable<KvRecord>) =>
  Array.from(records, ({ value, ...rest }) => {
    const sum = value === null ? null : createHash("sha256").update(value).digest("hex");
    return { ...rest, sum };
  });

async function take(request: SnapshotRequest = {}): Promise<{ file: Buffer; status: string }> {
  const { messages, status } = await collect(open.store.Snapshot(request));
  for (const { chunk } of messages) expect(chunk.length).toBeLessThanOrEqual(256 * 1_024);
  return { file: Buffer.concat(messages.map(({ chunk }) => chunk)), status };
}

function* pieces(
  file: Buffer,
  size: number,
  first: RestoreRequest = {},
): Generator<RestoreRequest> {
  for (let at = 0; at < file.length; at += size) {
    const chunk = file.subarray(at, at + size);
    yield at === 0 ? { ...first, chunk } : { chunk };
  }
}

describe("a snapshot over gRPC", () => {
  it("is the file that HTTP gives, whole, with its end", async () => {
    await fill();
    const { file, status } = await take({ scope: "SCOPE_CLUSTER" });
    expect(status).toBe("OK");
    const sha256 = createHash("sha256");
    const reader = new SnapshotReader({ form: "ndjson", sha256, valueBytesMax: 1_000_000 });
    const records = reader.push(file).map(unpackRecord);
    expect(reader.end().count).toBe(4);
    expect(reader.head).toMatchObject({ scope: "cluster", node: "node1", prefix: "" });
    expect(summaryOf(records)).toEqual(summaryOf(open.node.records.values()));
  });

  it.each([
    { scope: "SCOPE_UNSPECIFIED", expected: "node" },
    { scope: "SCOPE_NODE", expected: "node" },
    { scope: "SCOPE_CLUSTER", expected: "cluster" },
  ] as const)("of $scope is $expected's", async ({ scope, expected }) => {
    const { file } = await take({ scope, prefix: "p" });
    expect(file.toString()).toContain(`"scope":"${expected}"`);
    expect(file.toString()).toContain('"prefix":"p"');
  });

  it("is refused with a scope that nobody knows, or a prefix that is none", async () => {
    expect((await take({ scope: 9 as 0 })).status).toBe("INVALID_ARGUMENT");
    expect((await take({ prefix: "x".repeat(1_025) })).status).toBe("INVALID_ARGUMENT");
  });

  it("has no end when it breaks, and says why", async () => {
    await fill();
    let reads = 0;
    open.node.before = async () => {
      if (++reads > 2) throw new StoreUnavailable("Redis is away");
    };
    const { file, status } = await take();
    expect(status).toBe("UNAVAILABLE");
    expect(file.toString()).toContain('"key":"b"');
    expect(file.toString()).not.toContain("sha256");
    expect(open.node.snapshotsOpen).toBe(0);
  });

  it("is left when its reader has gone", async () => {
    for (let count = 0; count < 20; count++) await write(`k${count}`, Buffer.alloc(500_000));
    const call = open.store.Snapshot({});
    call.on("error", () => {});
    await new Promise((resolve) => call.once("readable", resolve));
    expect(open.node.snapshotsOpen).toBe(1);
    call.cancel();
    while (open.node.snapshotsOpen > 0) await new Promise((resolve) => setImmediate(resolve));
  });

  it("is one of two at once", async () => {
    for (let count = 0; count < 20; count++) await write(`k${count}`, Buffer.alloc(500_000));
    const calls = [open.store.Snapshot({}), open.store.Snapshot({})];
    for (const call of calls) {
      call.on("error", () => {});
      await new Promise((resolve) => call.once("readable", resolve));
    }
    expect((await take()).status).toBe("RESOURCE_EXHAUSTED");
    for (const call of calls) call.cancel();
    while (open.node.snapshotsOpen > 0) await new Promise((resolve) => setImmediate(resolve));
    expect((await take()).status).toBe("OK");
  });
});

describe("a restore over gRPC", () => {
  it.each([7, 1_000, 4_000_000])("brings back all, in pieces of %i bytes", async (size) => {
    if (size < 100) await write("a", Buffer.from("1"));
    else await fill();
    const before = summaryOf(open.node.records.values());
    const { file } = await take();
    open.node.records.clear();
    const { response } = await open.restore(pieces(file, size));
    const total = before.length;
    expect(response).toEqual({ restored: total, skippedOlder: 0, skippedExpired: 0, total });
    expect(summaryOf(open.node.records.values())).toEqual(before);
  });

  it("hands on how, and does nothing when it is only asked", async () => {
    await write("a", Buffer.from("1"));
    const { file } = await take();
    open.node.records.clear();
    const how = { mode: "RESTORE_MODE_OVERWRITE", dryRun: true } as const;
    const { response } = await open.restore(pieces(file, 1_000_000, how));
    expect(response?.restored).toBe(1);
    expect(open.node.records.size).toBe(0);
    expect(open.node.restores).toEqual([{ mode: "overwrite", dryRun: true }]);
  });

  it("of a file that is cut or altered says how far it got", async () => {
    await fill();
    const { file } = await take();
    const cut = await open.restore(pieces(file.subarray(0, -10), 100_000));
    expect(cut).toMatchObject({ status: "INVALID_ARGUMENT", response: null });
    expect(cut.trailers).toMatchObject({
      "ringkv-code": "invalid_snapshot",
      "ringkv-outcome": "unknown",
      "ringkv-skipped-older": "4",
      "ringkv-total": "4",
    });
    const altered = Buffer.from(file.toString().replace('"key":"b"', '"key":"c"'));
    expect((await open.restore(pieces(altered, 100_000))).status).toBe("INVALID_ARGUMENT");
    const none = await open.restore(pieces(Buffer.from("{}\n"), 100));
    expect(none.trailers).toMatchObject({ "ringkv-outcome": "not-applied", "ringkv-total": "0" });
  });

  it.each([
    { messages: [], complaint: "no message has come" },
    { messages: [{ mode: 9 as 0 }], complaint: "mode: merge or overwrite" },
    { messages: [{}, { dryRun: true }], complaint: "in the first message only" },
  ])("refuses $messages: $complaint", async ({ messages, complaint }) => {
    const { status, details } = await open.restore(messages);
    expect([status, details]).toEqual(["INVALID_ARGUMENT", expect.stringContaining(complaint)]);
  });

  it("takes no more bytes than the node is set to", async () => {
    await open.end();
    open = await openApi({ valueBytesMax: 1_000, restoreBytesMax: 500 });
    for (let count = 0; count < 9; count++) await write(`k${count}`, Buffer.alloc(50));
    const { file } = await take();
    const { status, details } = await open.restore(pieces(file, 100));
    expect(status).toBe("DEADLINE_EXCEEDED"); // Some of it has been restored.
    expect(details).toBe("a snapshot has at most 500 bytes");
  });

  it("tells at once what the node refuses, though the client has more to send", async () => {
    await fill();
    const { file } = await take();
    open.node.before = async () => {
      throw new Recovering("this node has not started yet");
    };
    function* endless(): Generator<RestoreRequest> {
      yield* pieces(file, 100_000);
      for (;;) yield { chunk: Buffer.alloc(100_000, 32) };
    }
    const { status, details } = await open.restore(endless());
    expect([status, details]).toEqual(["UNAVAILABLE", "this node has not started yet"]);
  });

  it.each([
    { why: "cut short", bytes: [0, 0, 0, 0, 9, 1] },
    { why: "announced as too long", bytes: [0, 0x7f, 0xff, 0xff, 0xff, 1] },
    { why: "no message", bytes: [0, 0, 0, 0, 2, 0xff, 0xff] },
  ])("whose first message is $why is no bug of the node", async ({ bytes }) => {
    const session = connectHttp2(`http://127.0.0.1:${open.port}`);
    const call = session.request({
      ":method": "POST",
      ":path": "/ringkv.v1.KeyValueStore/Restore",
      "content-type": "application/grpc",
      te: "trailers",
    });
    call.on("error", () => {});
    call.resume();
    call.end(Buffer.from(bytes));
    await once(call, "close");
    session.destroy();
    while (open.load.count > 0) await new Promise((resolve) => setImmediate(resolve));
    await write("a", Buffer.from("1"));
    expect(open.logged).toEqual([]);
  });

  it("ends when its client goes, or sends nothing for too long", async () => {
    const gone = open.store.Restore(() => {});
    gone.on("error", () => {});
    gone.write({ chunk: Buffer.from("{") });
    while (open.node.restores.length === 0) await new Promise((resolve) => setImmediate(resolve));
    gone.cancel();
    let giveUp = () => {};
    open.node.impatience = new Promise((resolve) => {
      giveUp = resolve;
    });
    const ended = new Promise<string>((resolve) => {
      const silent = open.store.Restore((error) => resolve(error?.details ?? ""));
      silent.on("error", () => {});
      silent.write({ chunk: Buffer.from("{") });
    });
    while (open.node.restores.length < 2) await new Promise((resolve) => setImmediate(resolve));
    giveUp();
    expect(await ended).toBe("nothing has come for 35 s");
    expect(open.logged).toEqual([]);
  });
});
