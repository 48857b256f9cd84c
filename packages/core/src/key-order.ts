/**
 * The order in which keys are listed: by the bytes of their UTF-8, as Redis sorts them. JavaScript
 * compares units of UTF-16, which puts characters beyond U+FFFF before those from U+E000 on.
 */

/** Negative: `a` comes first; zero: they are equal. Both must be well-formed Unicode. */
export function compareKeys(a: string, b: string): number {
  const end = Math.min(a.length, b.length);
  for (let at = 0; at < end; at++) {
    const unitOfA = a.charCodeAt(at);
    const unitOfB = b.charCodeAt(at);
    if (unitOfA !== unitOfB) return rankOf(unitOfA) - rankOf(unitOfB);
  }
  return a.length - b.length;
}

/** Half a surrogate pair is part of a character that comes after all that are one unit. */
function rankOf(unit: number): number {
  return (unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit;
}
