/**
 * Users' text made harmless: no character of it can end a line, a tag or a header, turn the reading
 * direction round, or steer a terminal. Pure.
 */

/** Control and format characters, surrogates without a partner, separators of lines. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** On one line, as it is where it can be shown, else by its number; cut where it is too long. */
export function printable(text: string, lengthMax: number): string {
  const characters = Array.from(text);
  const shown = characters.slice(0, lengthMax).join("").replaceAll(UNPRINTABLE, byNumber);
  return characters.length > lengthMax ? `${shown}…` : shown;
}

export function escapedHtml(text: string): string {
  return text.replaceAll(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

function byNumber(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
