/** A line typed into the shell, as words. Quotes keep spaces; no variables, no pipes. Pure. */

import { UsageError } from "./exit-code.js";

/** `put a "1 2"` is three words. A backslash outside quotes takes the next character as it is. */
export function wordsIn(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote: string | null = null;
  for (let at = 0; at < line.length; at++) {
    const character = line.charAt(at);
    if (quote !== null) {
      if (character === quote) quote = null;
      else if (character === "\\" && quote === '"' && /["\\]/.test(line.charAt(at + 1))) {
        word = (word ?? "") + line.charAt(++at);
      } else word = (word ?? "") + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "\\" && at + 1 < line.length) word = (word ?? "") + line.charAt(++at);
    else word = (word ?? "") + character;
  }
  if (quote !== null) throw new UsageError(`a quote is not closed: ${quote}`);
  if (word !== null) words.push(word);
  return words;
}

/** What is typed behind the first `count` words, as it is: values need no quotes. */
export function restBehind(line: string, count: number): string {
  let rest = line.trimStart();
  for (let skipped = 0; skipped < count; skipped++) {
    const match = /^("(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+\s*/.exec(rest);
    rest = match === null ? "" : rest.slice(match[0].length);
  }
  return rest;
}
