/** How long things took, in Prometheus's form, and the table that explains every metric. */

import { readFileSync } from "node:fs";
import request from "supertest";
import { openApi } from "../test-support/fake-node.js";
import { listen } from "../test-support/raw-client.js";
import { createServerFor } from "./server.js";

const REQUESTS = "ringkv_http_request_duration_seconds";

async function scrape(app: ReturnType<typeof openApi>["app"]): Promise<string> {
  return (await request(app).get("/metrics").expect(200)).text;
}

/** The labels and values of a metric's `_count` samples. */
function countsIn(text: string, name: string): Record<string, number> {
  const samples = text.matchAll(new RegExp(`^${name}_count\\{(.*)\\} (\\d+)$`, "gm"));
  return Object.fromEntries([...samples].map(([, labels, value]) => [labels, Number(value)]));
}

describe("requests", () => {
  it("are counted by route, method and status, never by key", async () => {
    const { app } = openApi();
    await request(app).put("/kv/secret").send("x").expect(201);
    await request(app).put("/kv/secret%2Fb").send("x").expect(201);
    await request(app).get("/kv/absent").expect(404);
    await request(app).get("/kv?key=absent&r=9").expect(400);
    await request(app).head("/livez").expect(200);
    await request(app).options("/kv/secret").expect(204);
    await request(app).post("/status").expect(405);
    await request(app).get("/docs/start.js").expect(200);
    await request(app).get("/secret").expect(404);
    await request(app).trace("/kv/secret").expect(405);
    await request(app).patch("/kv/secret").expect(405);
    const text = await scrape(app);
    expect(countsIn(text, REQUESTS)).toEqual({
      'route="/kv/{key}",method="PUT",status="201"': 2,
      'route="/kv/{key}",method="GET",status="404"': 1,
      'route="/kv",method="GET",status="400"': 1,
      'route="/livez",method="HEAD",status="200"': 1,
      'route="/kv/{key}",method="OPTIONS",status="204"': 1,
      'route="/status",method="POST",status="405"': 1,
      'route="/docs/{asset}",method="GET",status="200"': 1,
      'route="none",method="GET",status="404"': 1,
      'route="/kv/{key}",method="other",status="405"': 2,
    });
    expect(text).not.toContain("secret");
  }, 30_000);

  it("are timed from their headers to the end of their answers", async () => {
    const { app, node, passes } = openApi();
    const read = node.read.bind(node);
    node.read = (command) => {
      passes(7);
      return read(command);
    };
    await request(app).get("/kv/a").expect(404);
    const text = await scrape(app);
    const labels = 'route="/kv/{key}",method="GET",status="404"';
    expect(text).toContain(`${REQUESTS}_sum{${labels}} 0.007\n`);
    expect(text).toContain(`${REQUESTS}_bucket{${labels},le="0.005"} 0\n`);
    expect(text).toContain(`${REQUESTS}_bucket{${labels},le="0.01"} 1\n`);
    expect(text).toContain(`${REQUESTS}_bucket{${labels},le="+Inf"} 1\n`);
  });

  it("are counted on the server that a node has, too", async () => {
    const server = createServerFor(openApi().app);
    const port = await listen(server);
    await request(`http://127.0.0.1:${port}`).get("/livez").expect(200);
    const { text } = await request(`http://127.0.0.1:${port}`).get("/metrics").expect(200);
    expect(countsIn(text, REQUESTS)).toEqual({ 'route="/livez",method="GET",status="200"': 1 });
    server.close();
    server.closeAllConnections();
  });

  it("that are being worked on are a gauge", async () => {
    const { app, node } = openApi();
    let texts = "";
    node.failure = async () => {
      texts = await scrape(app);
      throw new Error("x");
    };
    await request(app).get("/kv/a").expect(500);
    expect(texts).toContain("ringkv_http_requests_in_flight 1\n");
    expect(await scrape(app)).toContain("ringkv_http_requests_in_flight 0\n");
  });
});

it("calls of Redis and messages to peers are timed by what they are", async () => {
  const { app, durations } = openApi();
  durations.store.of("apply").observe(3);
  durations.peers.of("node2", "beat").observe(20_000);
  const text = await scrape(app);
  const call = "ringkv_store_call_duration_seconds";
  const message = "ringkv_peer_message_duration_seconds";
  expect(text).toContain(`${call}_bucket{call="apply",le="0.005"} 1\n`);
  expect(text).toContain(`${message}_bucket{member="node2",message="beat",le="10"} 0\n`);
  expect(text).toContain(`${message}_bucket{member="node2",message="beat",le="+Inf"} 1\n`);
  expect(text).toContain(`${message}_sum{member="node2",message="beat"} 20\n`);
});

it("failed calls of peers are counted by reason, and left out until there is one", async () => {
  const { app, peerFailures } = openApi();
  expect(await scrape(app)).not.toContain("ringkv_peer_calls_failed_total");
  for (const reason of ["refused", "refused", "full"]) peerFailures.add("node2", reason);
  const text = await scrape(app);
  const name = "ringkv_peer_calls_failed_total";
  expect(text).toContain(`${name}{member="node2",reason="refused"} 2\n`);
  expect(text).toContain(`${name}{member="node2",reason="full"} 1\n`);
});

/**
 * A comment, or a sample: name, labels, value. As the text format 0.0.4 has it, with prom-client's
 * spelling of NaN; Prometheus takes any.
 */
const LABELS = /\{([a-z_]\w*="([^"\\\n]|\\.)*",?)+\}/;
const SAMPLE = `[a-zA-Z_]\\w*(${LABELS.source})? (\\d[\\d.e+-]*|Nan)`;
const LINE = new RegExp(`^(# (HELP|TYPE) [a-zA-Z_]\\w* .+|${SAMPLE})$`);

/** One that has everything that can be told. */
async function openFull() {
  const last = { name: "a", takenAtMs: 1, records: 2, bytes: 3, tookMs: 4 };
  const opened = openApi({ scheduledSnapshots: { view: { taken: 1, failed: 0, last } } });
  const { node, durations, peerFailures } = opened;
  const idle = await node.status();
  const member = { state: "up" as const, incarnation: 1 };
  const members = (["node1", "node2"] as (typeof idle.node)[]).map((name) => {
    return { ...member, node: name, heardAgoMs: 1 };
  });
  node.status = async () => ({ ...idle, members });
  durations.store.of("apply").observe(1);
  durations.peers.of("node2", "beat").observe(1);
  durations.grpc.of("ringkv.v1.KeyValueStore/Get", "OK").observe(1);
  peerFailures.add("node2", "timed-out");
  await request(opened.app).get("/livez");
  return opened;
}

it("writes nothing but what the text format knows, each metric announced once", async () => {
  const text = await scrape((await openFull()).app);
  const lines = text.split("\n").filter((line) => line !== "");
  expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
  const typed = lines.filter((line) => line.startsWith("# TYPE")).map((line) => line.split(" ")[2]);
  expect(new Set(typed).size).toBe(typed.length);
});

it("docs/metrics.md explains each metric with its type and labels, and no other", async () => {
  const text = await scrape((await openFull()).app);
  const told = [...text.matchAll(/^# TYPE (ringkv_\w+) (\w+)$/gm)].map(([, name = "", type]) => {
    const end = type === "histogram" ? "_count" : "";
    const labels = new RegExp(`^${name}${end}\\{(.*)\\} `, "m").exec(text)?.[1] ?? "";
    return [name, type, [...labels.matchAll(/(\w+)=/g)].map(([, label]) => label).join()];
  });
  const document = readFileSync("docs/metrics.md", "utf8");
  const found = [...document.matchAll(/^\| `(ringkv_\w+)` \| (\w+) \| (.*?) ?\| \S/gm)];
  const explained = found.map(([, name, type, labels = ""]) => {
    return [name, type, labels.replaceAll(/[` ]/g, "")];
  });
  const inOrder = (rows: (string | undefined)[][]) => rows.map((row) => row.join(" ")).toSorted();
  expect(inOrder(explained)).toEqual(inOrder(told));
});

it("docs/metrics.md asks for no metric that does not exist", async () => {
  const text = await scrape((await openFull()).app);
  const document = readFileSync("docs/metrics.md", "utf8");
  const named = new Set(document.match(/\b(ringkv|nodejs)_[a-z0-9_]+\b(?!\*)/g));
  const unknown = [...named].filter((name) => !new RegExp(`^(# TYPE )?${name}\\b`, "m").test(text));
  expect(unknown.filter((name) => name !== "nodejs_")).toEqual([]);
});
