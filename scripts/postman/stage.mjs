/**
 * The cluster under the collection: one of its own through the launcher, on free ports and in a
 * temporary directory, or one that runs already and in which nothing is stopped.
 *
 * Settings are those of production, but that a node is missed and relieved sooner, so that the
 * drills do not wait for periods of ten seconds, and that mails go to a server of the runner's.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startCluster } from "../launcher/cluster.mjs";
import { openMailSink } from "./mail-sink.mjs";

/** @typedef {import("./plan.mjs").Step} Step */
/** @typedef {import("./collection.mjs").Variable} Variable */

/**
 * @typedef {object} Stage
 * @property {string} description
 * @property {readonly Variable[]} environment the nodes' addresses by their names, and as `mail`
 *   the page that shows the mails they send; without it nothing is asked about mails
 * @property {((step: Step) => Promise<void>) | null} act stops and starts a node, and resolves when
 *   it is gone or answers; null: not here
 * @property {() => Promise<void>} close
 */

const SETTINGS = {
  HEARTBEAT_INTERVAL_MS: "250",
  SUSPECT_AFTER_MS: "750",
  DOWN_AFTER_MS: "2000",
  HANDOFF_INTERVAL_MS: "1000",
  ANTI_ENTROPY_INTERVAL_MS: "1000",
  // Mails go to a server of the runner's own, and tell of one key, not of all that is tried.
  SMTP_HOST: "127.0.0.1",
  SMTP_REQUIRE_TLS: "false",
  NOTIFY_FROM: "ringkv@example.org",
  NOTIFY_TO: "you@example.org",
  NOTIFY_KEYS: "email_test",
  NOTIFY_DIGEST_MS: "1000",
  NODE_ENV: "production",
  ALLOW_ANONYMOUS: "true",
};

/** @param {{signal?: AbortSignal}} [options] @returns {Promise<Stage>} */
export async function openOwnStage({ signal } = {}) {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), "ringkv-postman-"));
  const remove = () => rmSync(dataDirectory, { recursive: true, force: true });
  const sink = await openMailSink();
  const env = { ...SETTINGS, SMTP_PORT: `${sink.smtpPort}` };
  const options = { dataDirectory, env, quiet: true };
  const started = startCluster(signal ? { ...options, signal } : options);
  const cluster = await started.catch(async (error) => {
    await sink.close();
    remove();
    throw error;
  });
  const addresses = cluster.nodes.map(({ name, url }) => ({ key: name, value: url }));
  return {
    description: "a cluster of its own, on free ports and in a temporary directory",
    environment: [...addresses, { key: "mail", value: sink.url }],
    act: ({ action, node }) => cluster[action](node),
    close: async () => {
      await cluster.stopAll();
      await sink.close();
      remove();
    },
  };
}

/** @param {readonly Variable[]} environment @returns {Stage} */
export function runningStage(environment) {
  const urls = environment.map(({ value }) => value).join(", ");
  return {
    description: `the cluster at ${urls}`,
    environment,
    act: null,
    close: async () => {},
  };
}
