/** What each system is sent, and what the generators say they did. */

import { together } from "../../scripts/bench/autocannon-load.mjs";
import { cellOf } from "../../scripts/bench/cells.mjs";
import { csvResultIn } from "../../scripts/bench/redis-load.mjs";
import { loadingOf, SHAPES, sequenceOf, wireTextOf } from "../../scripts/bench/requests.mjs";
import { fileTextOf, wrkResultIn } from "../../scripts/bench/wrk.mjs";

const decoded = (text: string) => Buffer.from(text, "base64").toString();

it("writes a request as it goes over the wire", () => {
  expect(wireTextOf(SHAPES.ringkv.get("k"))).toBe("GET /kv/k HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
  expect(wireTextOf(SHAPES.webdis.put("k", "é"))).toBe(
    "PUT /SET/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 2\r\n\r\né",
  );
});

it("tells etcd keys and values in base64, and asks it for what it holds", () => {
  const put = JSON.parse(SHAPES.etcd.put("k", "v").body ?? "");
  expect([decoded(put.key), decoded(put.value)]).toEqual(["k", "v"]);
  expect(JSON.parse(SHAPES.etcd.get("k").body ?? "")).toMatchObject({ serializable: true });
});

it("asks every system for the same keys in the same order, all of them loaded before", () => {
  const cell = cellOf({ valueBytes: 1_024 });
  const ours = sequenceOf("ringkv", cell).map(({ path }) => path.slice("/kv/".length));
  const theirs = sequenceOf("webdis", cell).map(({ path }) => path.slice("/GET/".length, -4));
  expect(ours).toEqual(theirs);
  const loaded = new Set(loadingOf("ringkv", 1_024).map(({ path }) => path));
  expect(ours.every((key) => loaded.has(`/kv/${key}`))).toBe(true);
});

it("writes with one operation in five of a mixed load", () => {
  const requests = sequenceOf("ringkv", cellOf({ operation: "mixed" }));
  const writes = requests.filter(({ method }) => method === "PUT").length;
  expect(Math.round((5 * writes) / requests.length)).toBe(1);
});

it("batches a hundred keys", () => {
  const [first] = sequenceOf("ringkv", cellOf({ operation: "batch-put" }));
  const { ops } = JSON.parse(first?.body ?? "");
  expect(ops).toHaveLength(100);
  expect(ops[0]).toMatchObject({ op: "put", value: expect.stringMatching(/^.{100}$/) });
});

it("keeps what it writes out for one run within bounds, whatever the size of values", () => {
  const text = fileTextOf(sequenceOf("ringkv", cellOf({ operation: "put", valueBytes: 65_536 })));
  expect(text.length).toBeLessThan(20_000_000);
  expect(text.slice(10, 14)).toBe("PUT ");
  expect(Number(text.slice(0, 10))).toBeGreaterThan(65_536);
});

describe("the generators' results", () => {
  const line = (more: object) =>
    JSON.stringify({ requests: 9, durationUs: 2e6, p50Us: 1_500, p99Us: 4_000, ...more });

  it("reads what wrk did, and every kind of error", () => {
    const result = { requests: 9, seconds: 2, p50Ms: 1.5, p99Ms: 4, errors: "" };
    expect(wrkResultIn(`Running 2s test\n${line({ status: 0 })}\n`)).toEqual(result);
    const failed = wrkResultIn(line({ status: 3, timeout: 1, read: 0 }));
    expect(failed.errors).toBe("3 status, 1 timeout");
    expect(() => wrkResultIn("unable to connect")).toThrow(/unable to connect/);
  });

  it("puts what several autocannons did together, the worst of their percentiles", () => {
    const part = (more: object) => ({
      requests: { total: 10 },
      duration: 2,
      latency: { p50: 1, p99: 5 },
      errors: 0,
      timeouts: 0,
      non2xx: 0,
      ...more,
    });
    type Parts = Parameters<typeof together>[0];
    const parts = (...all: object[]) => all.map(part) as unknown as Parts;
    const slow = { latency: { p50: 2, p99: 3 } };
    expect(together(parts({}, slow))).toEqual({
      requests: 20,
      seconds: 2,
      p50Ms: 2,
      p99Ms: 5,
      errors: "",
    });
    const failed = together(parts({ errors: 3, timeouts: 1 }, { non2xx: 4 }));
    expect(failed.errors).toBe("2 socket, 4 status, 1 timeout");
  });

  it("reads the one line of redis-benchmark", () => {
    const heading = '"test","rps","avg_latency_ms","min","p50_latency_ms","p95","p99_latency_ms"';
    const row = '"GET","83333.34","0.3","0.1","0.375","0.6","2.3"';
    const result = { perSecond: 83_333.34, p50Ms: 0.375, p99Ms: 2.3 };
    expect(csvResultIn(`${heading}\n${row}\n`)).toEqual(result);
    expect(() => csvResultIn("Could not connect")).toThrow(/Could not connect/);
  });
});
