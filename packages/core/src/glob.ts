/**
 * Patterns for keys: `*` is any run of characters, also none and also `/`; `?` is one; `\` takes
 * the next character as it is. The whole key must match.
 *
 * Walked by hand and not turned into a regular expression: no pattern takes longer than the length
 * of the key times its own.
 */

import type { Key } from "./types.js";

/** Whether a key matches any of the patterns. */
export function keyMatcher(patterns: readonly string[]): (key: Key) => boolean {
  const parsed = patterns.map(parse);
  if (parsed.some((tokens) => tokens.length === 1 && tokens[0] === ANY)) return () => true;
  return (key) => {
    const characters = Array.from(key);
    return parsed.some((tokens) => matches(tokens, characters));
  };
}

const ANY = Symbol("*");
const ONE = Symbol("?");
type Token = string | typeof ANY | typeof ONE;

function parse(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = Array.from(pattern);
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] as string;
    if (character === "\\" && at + 1 < characters.length) tokens.push(characters[++at] as string);
    else if (character === "?") tokens.push(ONE);
    else if (character !== "*") tokens.push(character);
    else if (tokens.at(-1) !== ANY) tokens.push(ANY);
  }
  return tokens;
}

function matches(tokens: readonly Token[], characters: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  /** The last star, and how far it reaches so far: only the last one need ever reach further. */
  let star = -1;
  let reach = 0;
  while (at < characters.length) {
    const wanted = tokens[token];
    if (wanted === ANY) {
      star = token++;
      reach = at;
    } else if (wanted === ONE || wanted === characters[at]) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++reach;
    } else return false;
  }
  while (tokens[token] === ANY) token++;
  return token === tokens.length;
}
