/**
 * With what the command line shows who it is, and whom it believes: read from files and from the
 * environment, never from flags, which everybody on a machine can read in its list of processes.
 */

import { readFileSync } from "node:fs";
import { UsageError } from "./exit-code.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined: none. A file that is named goes before the environment's own word. */
export function tokenIn(environment: Environment, tokenFile: string | undefined) {
  const path = tokenFile ?? environment["RINGKV_TOKEN_FILE"] ?? "";
  const token = path === "" ? (environment["RINGKV_TOKEN"] ?? "") : contentOf(path).trim();
  if (path !== "" && token === "") throw new UsageError(`${path}: holds no token`);
  return token === "" ? undefined : token;
}

/** In PEM; undefined: those whom Node.js trusts. */
export function authorityIn(environment: Environment): string | undefined {
  const path = environment["RINGKV_CA_FILE"] ?? "";
  return path === "" ? undefined : contentOf(path);
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    throw new UsageError(`${path}: cannot be read`);
  }
}
