import { readFileSync } from "node:fs";
import { parse } from "dotenv";
import { configSchema, loadConfig } from "./config.js";

const example = parse(readFileSync(new URL("../../../.env.example", import.meta.url), "utf8"));

describe("the configuration", () => {
  it("accepts .env.example, which names every setting exactly once", () => {
    expect(Object.keys(example).toSorted()).toEqual(Object.keys(configSchema.shape).toSorted());
    expect(loadConfig(example)).toMatchObject({ NODE_ID: "node1", WRITE_QUORUM: 2 });
  });

  it("has the defaults that .env.example shows", () => {
    const { NODE_ID, MEMBERS, REDIS_URL } = example;
    expect(loadConfig({ NODE_ID, MEMBERS, REDIS_URL })).toEqual(loadConfig(example));
  });

  it("takes an empty variable as not set, as docker-compose hands them on", () => {
    expect(loadConfig({ ...example, QUEUE_REDIS_URL: "", READ_QUORUM: "" }).READ_QUORUM).toBe(1);
  });

  it.each([
    { change: { NODE_ID: "Node 1" }, complaint: "1 to 32 of a-z, 0-9 and -" },
    { change: { NODE_ID: "node9" }, complaint: "must list this node, node9" },
    { change: { NODE_ID: undefined }, complaint: "NODE_ID" },
    { change: { MEMBERS: "node1" }, complaint: "must look like" },
    { change: { MEMBERS: "node1=a:1,node1=b:2" }, complaint: "names a member twice" },
    { change: { MEMBERS_HTTP: "node1=127.0.0.1:8001" }, complaint: "must look like node1=http://" },
    {
      change: { MEMBERS_HTTP: "node1=http://a:8001/x" },
      complaint: "must look like node1=http://",
    },
    { change: { MEMBERS_HTTP: "node9=http://a:8001" }, complaint: "node9: not in MEMBERS" },
    { change: { FAULTS: "on" }, complaint: "FAULTS" },
    { change: { REDIS_URL: "http://127.0.0.1" }, complaint: "must be a redis:// URL" },
    { change: { HTTP_PORT: "70000" }, complaint: "HTTP_PORT" },
    { change: { PEER_TIMEOUT_MS: "0" }, complaint: "PEER_TIMEOUT_MS" },
    { change: { PEER_TIMEOUT_MS: "5000" }, complaint: "no stand-in is ever asked" },
    { change: { REQUEST_TIMEOUT_MS: "60001" }, complaint: "purging relies on" },
    { change: { WRITE_QUORUM: "3" }, complaint: "cannot exceed REPLICA_COUNT" },
    { change: { READ_QUORUM: "3" }, complaint: "cannot exceed REPLICA_COUNT" },
    { change: { REPLICA_COUNT: "4" }, complaint: "only 3 members" },
    { change: { SUSPECT_AFTER_MS: "500" }, complaint: "everybody is always suspect" },
    { change: { DOWN_AFTER_MS: "1500" }, complaint: "must exceed SUSPECT_AFTER_MS" },
    { change: { CLUSTER_SECRET: "fifteen letters" }, complaint: "at least 16 characters" },
    { change: { IN_FLIGHT_BYTES_MAX: "1000" }, complaint: "must not be below VALUE_BYTES_MAX" },
    { change: { SCRUB_INTERVAL_MS: "1024" }, complaint: "0 for never, or at least 10000" },
    { change: { SCRUB_INTERVAL_MS: "-1" }, complaint: "SCRUB_INTERVAL_MS" },
    { change: { SNAPSHOT_CRON: "0 3 * *" }, complaint: "five or six fields" },
    { change: { SNAPSHOT_CRON: "0 25 * * *" }, complaint: "five or six fields" },
    { change: { SNAPSHOT_CRON: "0 3 * * *" }, complaint: "must be set where SNAPSHOT_CRON is" },
    { change: { SNAPSHOT_KEEP: "0" }, complaint: "SNAPSHOT_KEEP" },
    { change: { LOG_LEVEL: "loud" }, complaint: "LOG_LEVEL" },
  ])("refuses $change: $complaint", ({ change, complaint }) => {
    expect(() => loadConfig({ ...example, ...change })).toThrow(complaint);
  });

  it("lists every problem at once, and never the secret", () => {
    const bad = { ...example, HTTP_PORT: "x", PEER_PORT: "y", CLUSTER_SECRET: "hunter2" };
    expect(() => loadConfig(bad)).toThrow(/HTTP_PORT[\s\S]*PEER_PORT|PEER_PORT[\s\S]*HTTP_PORT/);
    expect(() => loadConfig(bad)).not.toThrow(/hunter2/);
  });
});
