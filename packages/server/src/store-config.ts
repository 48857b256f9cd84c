/**
 * What an operator can set of this node's Redis: a part of the configuration in config.ts. It says
 * where the records and the jobs are, and as whom; it connects to neither.
 *
 * A password may stand in the URL, in a setting or in a file, as containers are given secrets.
 */

import { z } from "zod";
import { fileOf } from "./secret-file.js";

const PASSWORD_LENGTH_MIN = 8;

const redisUrl = z.url({ protocol: /^rediss?$/, error: "must be a redis:// URL" });
const password = z.string().min(PASSWORD_LENGTH_MIN, "at least 8 characters").max(1_024);

export const storeShape = {
  REDIS_URL: redisUrl.describe("This node's own Redis. Never shared with another node."),
  QUEUE_REDIS_URL: redisUrl.optional().describe("Redis for jobs; empty: REDIS_URL, database 1."),
  REDIS_PASSWORD: password
    .optional()
    .describe("Of the users that these URLs name without a password."),
  REDIS_PASSWORD_FILE: fileOf(password).optional().describe("A file that holds it instead."),
};

type StoreConfig = z.infer<z.ZodObject<typeof storeShape>>;

/** The rules between these settings, in the words that an operator needs when one is broken. */
export function storeRelations(config: StoreConfig) {
  const rule = (path: keyof typeof storeShape, holds: boolean, message: string) => {
    return { path, holds, message };
  };
  const isGiven = passwordIn(config) !== undefined;
  return [
    rule(
      "REDIS_PASSWORD_FILE",
      config.REDIS_PASSWORD === undefined || config.REDIS_PASSWORD_FILE === undefined,
      "is given beside REDIS_PASSWORD",
    ),
    // A password that is silently not used would be found out when it is too late.
    rule(
      "REDIS_URL",
      !isGiven || new URL(config.REDIS_URL).username !== "",
      "must name a user where REDIS_PASSWORD is given: redis://user@host:port",
    ),
  ];
}

/** Where the records are. */
export function storeUrlOf(config: StoreConfig): string {
  return withPassword(config.REDIS_URL, config);
}

/** The jobs live beside the records, in a database of their own, unless another Redis is named. */
export function queueUrlOf(config: StoreConfig): string {
  if (config.QUEUE_REDIS_URL !== undefined) return withPassword(config.QUEUE_REDIS_URL, config);
  const url = new URL(storeUrlOf(config));
  url.pathname = "/1";
  return url.href;
}

function withPassword(text: string, config: StoreConfig): string {
  const url = new URL(text);
  const given = passwordIn(config);
  if (given === undefined || url.username === "" || url.password !== "") return text;
  // URL leaves a "%" as it is, and the client decodes.
  url.password = encodeURIComponent(given);
  return url.href;
}

function passwordIn(config: StoreConfig): string | undefined {
  return config.REDIS_PASSWORD ?? config.REDIS_PASSWORD_FILE;
}
