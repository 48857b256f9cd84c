import { createHash } from "node:crypto";
import { deadUrl, type Reply, StubNode } from "../test-support/stub-node.js";
import { RingkvClient, type RingkvError } from "./index.js";

const HEADER = '{"format":"ringkv-snapshot","formatVersion":1}\n';
const LINES = [
  '{"key":"a","version":"1","value":1.0}\n',
  '{"key":"b","version":"2","tombstone":true}\n',
];

function snapshotOf(lines: readonly string[], change: object = {}): string {
  const before = HEADER + lines.join("");
  const sha256 = createHash("sha256").update(before).digest("hex");
  return `${before}${JSON.stringify({ count: lines.length, sha256, ...change })}\n`;
}

const sends =
  (text: string): Reply =>
  (_asked, response) =>
    void response.writeHead(200, { "Content-Type": "application/x-ndjson" }).end(text);

async function take(reply: Reply) {
  const node = await StubNode.open(reply);
  const client = new RingkvClient({ nodes: [await deadUrl(), node.url], patienceMs: 0 });
  const keys: string[] = [];
  try {
    const records = client.snapshots.records({ scope: "cluster", prefix: "a" });
    for (;;) {
      const { done, value } = await records.next();
      if (done) return { keys, summary: value, failure: null, asked: node.asked };
      keys.push(value.key);
    }
  } catch (failure) {
    return { keys, summary: null, failure: failure as RingkvError, asked: node.asked };
  } finally {
    client.close();
    await node.close();
  }
}

describe("a snapshot", () => {
  it("is taken from the node that answers, record by record, and checked at the end", async () => {
    const { keys, summary, failure, asked } = await take(sends(snapshotOf(LINES)));
    expect(failure).toBeNull();
    expect(keys).toEqual(["a", "b"]);
    expect(summary?.trailer.count).toBe(2);
    expect(summary?.header["formatVersion"]).toBe(1);
    expect(asked[0]?.url).toBe("/snapshot?scope=cluster&prefix=a");
    expect(asked[0]?.headers.accept).toBe("application/x-ndjson");
  });

  it("may be empty", async () => {
    expect((await take(sends(snapshotOf([])))).summary?.trailer.count).toBe(0);
  });

  it.each([
    ["without its last line", HEADER + LINES.join("")],
    ["cut in a line", snapshotOf(LINES).slice(0, -20)],
    ["with a record less", snapshotOf(LINES).replace(LINES[0] ?? "", "")],
    ["with a changed value", snapshotOf(LINES).replace("1.0", "1.1")],
    ["with a wrong count", snapshotOf(LINES, { count: 3 })],
    ["of nothing", ""],
    ["of a header", HEADER],
  ])("%s is not whole", async (_what, text) => {
    const { failure } = await take(sends(text));
    expect(failure).toMatchObject({ code: "broken_off", retryable: true });
    expect(failure?.message).toMatch(/not whole/);
  });

  it("that breaks off says so", async () => {
    const { keys, failure } = await take((_asked, response) => {
      response.writeHead(200);
      response.write(HEADER + LINES.join("") + LINES.join(""), () => response.destroy());
    });
    expect(keys.length).toBeLessThan(4);
    expect(failure).toMatchObject({ code: "broken_off", outcome: "not-applied" });
  });
});

describe("a restore", () => {
  it.each`
    mode           | dryRun   | again    | why
    ${undefined}   | ${false} | ${true}  | ${"records keep their versions"}
    ${"merge"}     | ${false} | ${true}  | ${"the same, said aloud"}
    ${"overwrite"} | ${false} | ${false} | ${"every repetition is a newer write"}
    ${"overwrite"} | ${true}  | ${true}  | ${"nothing is stored"}
  `("in mode $mode is sent again after a cut: $again, $why", async ({ mode, dryRun, again }) => {
    const report = { restored: 1, skippedOlder: 0, total: 1 };
    const first = await StubNode.open((_asked, response) => void response.destroy());
    const second = await StubNode.open(
      (_asked, response) => void response.writeHead(200).end(JSON.stringify(report)),
    );
    const client = new RingkvClient({ nodes: [first.url, second.url], patienceMs: 0 });
    const sent = Buffer.from(snapshotOf(LINES));
    const outcome = await client.snapshots
      .restore(sent, { mode, dryRun })
      .catch((error: RingkvError) => error);
    client.close();
    await Promise.all([first.close(), second.close()]);
    if (again) {
      expect(outcome).toMatchObject(report);
      expect(second.asked[0]?.body.equals(sent)).toBe(true);
      expect(second.asked[0]?.headers["content-type"]).toBe("application/x-ndjson");
    } else expect(outcome).toMatchObject({ outcome: "unknown" });
  });
});
