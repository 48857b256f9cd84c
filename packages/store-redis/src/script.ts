/** The Lua scripts, which lie beside `src` and `dist` so that both find them at the same place. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export type ScriptName =
  | "apply"
  | "claim"
  | "heads"
  | "mend"
  | "page"
  | "purgeable"
  | "read"
  | "rebuild-digest"
  | "record-members"
  | "record-vote"
  | "release"
  | "reserve-clock"
  | "versions";

export interface Script {
  readonly name: ScriptName;
  readonly lua: string;
  readonly sha: string;
}

export function loadScript(name: ScriptName): Script {
  const lua = readFileSync(new URL(`../lua/${name}.lua`, import.meta.url), "utf8");
  return { name, lua, sha: createHash("sha1").update(lua).digest("hex") };
}
