/**
 * `token create`: makes a token, and the entry that lets it in. No node is asked: the entry is for
 * the settings, and the token is shown once and kept nowhere.
 */

import {
  digestOf,
  type Entry,
  entryText,
  expiryIn,
  newToken,
  parseEntries,
  scopesIn,
} from "@ringkv/access";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { UsageError } from "../exit-code.js";
import type { Given, Run } from "./command-frame.js";

interface TokenFlags {
  readonly scopes: string;
  readonly prefix: string;
  readonly expires?: string;
}

export function addToken(program: Command, run: Run): void {
  const token = program.command("token").description("tokens with which clients show who they are");
  token
    .command("create <name>")
    .description("make a token: the first line is for the client, the second for API_TOKENS")
    .requiredOption("--scopes <scopes>", "read, write, admin, joined by +")
    .option("--prefix <prefix>", "only keys that begin with it", "")
    .option("--expires <time>", "an ISO 8601 date or time, or seconds since 1970; else never")
    .action(run(create));
}

async function create({ out }: Context, { args, options }: Given<TokenFlags>): Promise<void> {
  const [name = ""] = args as readonly string[];
  const token = newToken();
  const entry = entryText(entryOf(name, options, token));
  const { problems } = parseEntries(entry);
  const [problem] = problems;
  if (problem !== undefined) throw new UsageError(problem.replace(/^entry 1: /, ""));
  if (out.json) await out.jsonLine({ token, entry });
  else await out.line(`${token}\n${entry}`);
  out.note(
    "the token is shown this once; the entry is one of API_TOKENS, or a line of API_TOKENS_FILE",
  );
}

function entryOf(
  name: string,
  { scopes: given, prefix, expires }: TokenFlags,
  token: string,
): Entry {
  const scopes = scopesIn(given);
  if (scopes === null) throw new UsageError("--scopes is read, write, admin, joined by +");
  const expiresAtMs = expires === undefined ? null : expiryIn(expires);
  if (expires !== undefined && expiresAtMs === null) {
    throw new UsageError("--expires is an ISO 8601 date, a time with its zone, or whole seconds");
  }
  return { name, digest: digestOf(token), scopes, prefix, expiresAtMs };
}
