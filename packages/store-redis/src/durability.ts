/** What Redis's own words say about when a write is on its disk. Pure; asks nobody. */

import type { Durability } from "@ringkv/engine";

export interface RedisSays {
  /** `INFO persistence`; null where it may not be asked. */
  readonly info: string | null;
  /** `CONFIG GET appendfsync`; null where it may not be asked, or has no answer. */
  readonly appendfsync: string | null;
}

/**
 * Never more than what was said. With a log and nothing known of its policy it is "everysec",
 * which is Redis's default.
 */
export function durabilityOf({ info, appendfsync }: RedisSays): Durability {
  if (info === null || !/^aof_enabled:1\r?$/m.test(info)) return "none";
  if (appendfsync === "always") return "always";
  return appendfsync === "no" ? "none" : "everysec";
}
