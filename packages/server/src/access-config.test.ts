/** What is refused, and what is too open, before a node opens a port. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { digestOf, newToken } from "@ringkv/access";
import { openAuthority } from "@ringkv/testing/certificates";
import { parse } from "dotenv";
import {
  DEVELOPMENT_SECRET,
  isLoopback,
  peerTlsIn,
  secretIn,
  tlsIn,
  tokensIn,
  warningsIn,
} from "./access-config.js";
import { loadConfig } from "./config.js";

const example = parse(readFileSync(new URL("../../../.env.example", import.meta.url), "utf8"));
const SECRET = "a-secret-of-this-test-alone";
const ENTRY = `a:${digestOf(newToken()).toString("hex")}:read`;
const PUBLIC = { HTTP_HOST: "0.0.0.0", GRPC_HOST: "0.0.0.0", PEER_HOST: "0.0.0.0" };
const PRODUCTION = { NODE_ENV: "production" };

const authority = openAuthority();
const stranger = openAuthority();

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), "ringkv-access-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const load = (change: Readonly<Record<string, string>>) => loadConfig({ ...example, ...change });
const fileOf = (name: string, text: string) => {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
};

it.each([
  { change: { API_TOKENS: "sesame-open-yourself" }, complaint: "entry 1" },
  { change: { API_TOKENS: ";" }, complaint: "holds no token" },
  { change: { API_TOKENS_FILE: "/nowhere" }, complaint: "cannot be read" },
  { change: { API_TOKENS: ENTRY, API_TOKENS_FILE: "entries" }, complaint: "beside API_TOKENS" },
  { change: { CLUSTER_SECRET_FILE: "short" }, complaint: "at least 16 characters" },
  { change: { CLUSTER_SECRET: SECRET, CLUSTER_SECRET_FILE: "long" }, complaint: "is given beside" },
  { change: { TLS_CERT_FILE: "cert" }, complaint: "a certificate and its key" },
  { change: { TLS_CERT_FILE: "/nowhere" }, complaint: "cannot be read" },
  { change: { TLS_CERT_FILE: "short", TLS_KEY_FILE: "key" }, complaint: "is no PEM file" },
  { change: { TLS_CERT_FILE: "cert", TLS_KEY_FILE: "other" }, complaint: "does not belong to" },
  { change: { PEER_TLS_CERT_FILE: "cert", PEER_TLS_KEY_FILE: "key" }, complaint: "all three" },
  { change: { ALLOW_ANONYMOUS: "yes" }, complaint: "ALLOW_ANONYMOUS" },
])("refuses $change: $complaint", ({ change, complaint }) => {
  const { cert, key } = authority.issue("localhost");
  const texts = { cert, key, short: "sesame-open", long: SECRET, entries: ENTRY };
  for (const [name, text] of Object.entries(texts)) fileOf(name, text);
  fileOf("other", stranger.issue("localhost").key);
  const asFiles = Object.entries(change).map(([name, value]) => {
    const isFile = name.endsWith("_FILE") && !value.startsWith("/");
    return [name, isFile ? path.join(directory, value) : value] as const;
  });
  const work = () => load(Object.fromEntries(asFiles));
  expect(work).toThrow(complaint);
  expect(work).not.toThrow(/sesame/);
});

it("takes what is right", () => {
  const { cert, key } = authority.issue("node1");
  const [certFile, keyFile, caFile] = [
    fileOf("cert", cert),
    fileOf("key", key),
    fileOf("ca", authority.ca),
  ];
  const config = load({
    CLUSTER_SECRET_FILE: fileOf("secret", `${SECRET}\n`),
    API_TOKENS_FILE: fileOf("entries", `# of a test\n${ENTRY}\n`),
    TLS_CERT_FILE: certFile,
    TLS_KEY_FILE: keyFile,
    PEER_TLS_CERT_FILE: certFile,
    PEER_TLS_KEY_FILE: keyFile,
    PEER_TLS_CA_FILE: caFile,
  });
  expect(secretIn(config)).toBe(SECRET);
  expect(tokensIn(config)).toHaveLength(1);
  expect(tlsIn(config)?.cert).toContain("BEGIN CERTIFICATE");
  expect(peerTlsIn(config)?.ca).toContain("BEGIN CERTIFICATE");
});

interface Opening {
  readonly change: Readonly<Record<string, string>>;
  readonly complaint: RegExp | null;
  readonly why: string;
}

it.each<Opening>([
  { change: {}, complaint: null, why: "nobody else reaches it" },
  { change: { HTTP_HOST: "localhost" }, complaint: null, why: "that is this machine" },
  { change: { HTTP_HOST: "0.0.0.0" }, complaint: /HTTP_HOST/, why: "others reach HTTP" },
  { change: { HTTP_HOST: "192.0.2.1" }, complaint: /HTTP_HOST/, why: "others reach HTTP" },
  { change: { GRPC_HOST: "::" }, complaint: /GRPC_HOST/, why: "others reach gRPC" },
  { change: { PEER_HOST: "0.0.0.0" }, complaint: /CLUSTER_SECRET/, why: "others may join" },
  { change: PRODUCTION, complaint: /CLUSTER_SECRET/, why: "a secret that everybody knows" },
  {
    change: { ...PRODUCTION, CLUSTER_SECRET: SECRET },
    complaint: null,
    why: "a secret of its own",
  },
  { change: { ...PUBLIC, CLUSTER_SECRET: SECRET }, complaint: /HTTP_HOST/, why: "no tokens" },
  { change: { ...PUBLIC, API_TOKENS: ENTRY }, complaint: /CLUSTER_SECRET/, why: "no secret" },
  {
    change: { ...PUBLIC, ...PRODUCTION, CLUSTER_SECRET: SECRET, API_TOKENS: ENTRY },
    complaint: null,
    why: "tokens and a secret",
  },
  {
    change: { ...PUBLIC, ...PRODUCTION, ALLOW_ANONYMOUS: "true" },
    complaint: null,
    why: "an operator says so",
  },
  {
    change: { ...PUBLIC, ALLOW_ANONYMOUS: "true", API_TOKENS: ENTRY },
    complaint: /CLUSTER_SECRET/,
    why: "whoever sets tokens means to be safe",
  },
])("$change: $why", ({ change, complaint }) => {
  if (complaint === null) expect(() => load(change)).not.toThrow();
  else expect(() => load(change)).toThrow(complaint);
});

it("says every door that is too open at once", () => {
  expect(() => load(PUBLIC)).toThrow(/HTTP_HOST[\s\S]*GRPC_HOST[\s\S]*CLUSTER_SECRET/);
});

it("warns of what holds all the same", () => {
  expect(warningsIn(load({}))).toEqual([expect.stringContaining("no API_TOKENS")]);
  expect(warningsIn(load({ ...PUBLIC, ALLOW_ANONYMOUS: "true" }))).toHaveLength(2);
  const safe = { ...PUBLIC, CLUSTER_SECRET: SECRET, API_TOKENS: ENTRY };
  expect(warningsIn(load(safe))).toEqual([]);
  expect(example["CLUSTER_SECRET"]).toBe(DEVELOPMENT_SECRET);
});

it.each([
  { host: "127.0.0.1", is: true },
  { host: "127.1.2.3", is: true },
  { host: "::1", is: true },
  { host: "localhost", is: true },
  { host: "127.0.0.1.example.org", is: false },
  { host: "0.0.0.0", is: false },
  { host: "::", is: false },
  { host: "10.0.0.1", is: false },
  { host: "", is: false },
])("$host is this machine alone: $is", ({ host, is }) => {
  expect(isLoopback(host)).toBe(is);
});
