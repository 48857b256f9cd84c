/**
 * What an operator can set of who may come in: tokens, the members' secret, certificates; a part of
 * the configuration in config.ts. It also decides what is too open to start with.
 */

import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import { type Entry, parseEntries } from "@ringkv/access";
import { z } from "zod";
import { fileOf, flag } from "./secret-file.js";

/** What development uses when nobody chose a secret. Known to everybody, hence the rules below. */
export const DEVELOPMENT_SECRET = "ringkv-development-secret";

const SECRET_LENGTH_MIN = 16;
const SECRET_LENGTH_MAX = 256;

const secret = z
  .string()
  .min(SECRET_LENGTH_MIN, `at least ${SECRET_LENGTH_MIN} characters`)
  .max(SECRET_LENGTH_MAX, `at most ${SECRET_LENGTH_MAX} characters`);

const pem = fileOf(z.string().includes("-----BEGIN ", "is no PEM file"));

const entries = z.string().transform((text, issues) => entriesIn(text, issues));

/** The path is kept: the file is read again while the node runs. */
const entriesFile = z.string().transform((path, issues) => {
  try {
    return { path, entries: entriesIn(readFileSync(path, "utf8"), issues) };
  } catch {
    issues.addIssue("cannot be read");
    return z.NEVER;
  }
});

export const accessShape = {
  CLUSTER_SECRET: secret
    .default(DEVELOPMENT_SECRET)
    .describe("What members prove to each other. Choose your own outside development."),
  CLUSTER_SECRET_FILE: fileOf(secret).optional().describe("A file that holds it instead."),
  API_TOKENS: entries
    .optional()
    .describe("Who may do what: name:sha256:scopes[:prefix[:expires]], divided by semicolons."),
  API_TOKENS_FILE: entriesFile
    .optional()
    .describe("A file that holds them instead, one a line; read again when it changes."),
  ALLOW_ANONYMOUS: flag
    .default(false)
    .describe("true: without tokens, other machines may be served too."),
  TLS_CERT_FILE: pem.optional().describe("HTTP and gRPC over TLS: the certificate, in PEM."),
  TLS_KEY_FILE: pem.optional().describe("Its key, in PEM."),
  PEER_TLS_CERT_FILE: pem
    .optional()
    .describe("TLS between members: a certificate in the name of this node's NODE_ID, in PEM."),
  PEER_TLS_KEY_FILE: pem.optional().describe("Its key, in PEM."),
  PEER_TLS_CA_FILE: pem.optional().describe("Who signs the members' certificates, in PEM."),
};

type AccessConfig = z.infer<z.ZodObject<typeof accessShape>>;

/** The rules between these settings, in the words that an operator needs when one is broken. */
export function accessRelations(config: AccessConfig) {
  const rule = (path: keyof typeof accessShape, holds: boolean, message: string) => {
    return { path, holds, message };
  };
  const together = (...paths: readonly (keyof typeof accessShape)[]) => {
    const given = paths.filter((path) => config[path] !== undefined);
    return given.length === 0 || given.length === paths.length;
  };
  const isPair = (cert: string | undefined, key: string | undefined) =>
    cert === undefined || key === undefined || fits({ cert, key });
  const { TLS_CERT_FILE: cert, TLS_KEY_FILE: key } = config;
  const { PEER_TLS_CERT_FILE: peerCert, PEER_TLS_KEY_FILE: peerKey } = config;
  const hasChosen = config.CLUSTER_SECRET !== DEVELOPMENT_SECRET;
  return [
    rule(
      "CLUSTER_SECRET_FILE",
      !hasChosen || config.CLUSTER_SECRET_FILE === undefined,
      "is given beside CLUSTER_SECRET",
    ),
    rule(
      "API_TOKENS_FILE",
      config.API_TOKENS === undefined || config.API_TOKENS_FILE === undefined,
      "is given beside API_TOKENS",
    ),
    rule("TLS_KEY_FILE", together("TLS_CERT_FILE", "TLS_KEY_FILE"), "a certificate and its key"),
    rule("TLS_KEY_FILE", isPair(cert, key), "does not belong to TLS_CERT_FILE"),
    rule(
      "PEER_TLS_CA_FILE",
      together("PEER_TLS_CERT_FILE", "PEER_TLS_KEY_FILE", "PEER_TLS_CA_FILE"),
      "a certificate, its key and who signs the others': all three",
    ),
    rule("PEER_TLS_KEY_FILE", isPair(peerCert, peerKey), "does not belong to PEER_TLS_CERT_FILE"),
  ];
}

export interface Doors extends AccessConfig {
  readonly HTTP_HOST: string;
  readonly GRPC_HOST: string;
  readonly PEER_HOST: string;
}

/**
 * What is too open to start with; one line for each setting, as the other complaints have it.
 *
 * `ALLOW_ANONYMOUS` is an operator's word that something else keeps strangers out, such as ports
 * that are published on 127.0.0.1 alone. It covers the development secret too, but only as long as
 * there are no tokens: whoever sets those means to be safe, and would not be.
 */
export function tooOpenIn(config: Doors, isProduction: boolean): readonly string[] {
  const hasTokens = tokensIn(config) !== null;
  const isPermitted = config.ALLOW_ANONYMOUS && !hasTokens;
  const complaints: string[] = [];
  for (const door of ["HTTP_HOST", "GRPC_HOST"] as const) {
    if (hasTokens || isPermitted || isLoopback(config[door])) continue;
    complaints.push(
      `${door}: other machines could read and write everything. ` +
        "Set API_TOKENS or API_TOKENS_FILE, or say ALLOW_ANONYMOUS=true",
    );
  }
  const isReachable = isProduction || !isLoopback(config.PEER_HOST);
  if (secretIn(config) === DEVELOPMENT_SECRET && isReachable && !isPermitted) {
    complaints.push(
      "CLUSTER_SECRET: everybody knows the development secret, and whoever reaches the peer port " +
        `could join. Choose one of ${SECRET_LENGTH_MIN} characters or more` +
        (hasTokens ? "" : ", or say ALLOW_ANONYMOUS=true"),
    );
  }
  return complaints;
}

/** What holds all the same, and should be read at least once. */
export function warningsIn(config: Doors): readonly string[] {
  const warnings: string[] = [];
  if (tokensIn(config) === null) {
    warnings.push("no API_TOKENS: whoever reaches this node may read, write and administer it");
  }
  if (secretIn(config) === DEVELOPMENT_SECRET && !isLoopback(config.PEER_HOST)) {
    warnings.push(
      "CLUSTER_SECRET is the development default: anyone who reaches the peer port may join",
    );
  }
  return warnings;
}

export function secretIn(config: AccessConfig): string {
  return config.CLUSTER_SECRET_FILE ?? config.CLUSTER_SECRET;
}

/** Null: none are set. */
export function tokensIn(config: AccessConfig): readonly Entry[] | null {
  return config.API_TOKENS ?? config.API_TOKENS_FILE?.entries ?? null;
}

export function tlsIn({ TLS_CERT_FILE: cert, TLS_KEY_FILE: key }: AccessConfig) {
  return cert === undefined || key === undefined ? null : { cert, key };
}

export function peerTlsIn(config: AccessConfig) {
  const { PEER_TLS_CERT_FILE: cert, PEER_TLS_KEY_FILE: key, PEER_TLS_CA_FILE: ca } = config;
  return cert === undefined || key === undefined || ca === undefined ? null : { cert, key, ca };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** At least one, all of them right: a wrong one is found before the node serves anybody. */
function entriesIn(text: string, issues: { addIssue(message: string): void }): readonly Entry[] {
  const { entries: found, problems } = parseEntries(text);
  for (const problem of problems) issues.addIssue(problem);
  if (found.length === 0 && problems.length === 0) issues.addIssue("holds no token");
  return found;
}

function fits(pair: { readonly cert: string; readonly key: string }): boolean {
  try {
    createSecureContext(pair);
    return true;
  } catch {
    return false;
  }
}
