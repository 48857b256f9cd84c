/** Whom the page asks next when the node that it listens to is silent. */

import type { Overview } from "./wire.js";

/** "" stands for home: the node that has served the page. */
export type Base = string;

/**
 * All who may be asked, best first: home, then the members that were up when last heard of, then
 * the rest. `failed` comes last, so that nobody is asked twice before everybody was asked once.
 */
export function nextBases(overview: Overview | null, home: string | null, failed: Base): Base[] {
  const others = (overview?.members ?? []).filter(
    ({ node, http }) => http !== null && node !== home,
  );
  const isWell = (state: string) => state === "up" || state === "recovering";
  const bases = [
    "",
    ...others.filter(({ state }) => isWell(state)).map(({ http }) => http ?? ""),
    ...others.filter(({ state }) => !isWell(state)).map(({ http }) => http ?? ""),
  ];
  return [...bases.filter((base) => base !== failed), failed];
}
