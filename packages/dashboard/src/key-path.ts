/** Where a key is found. "." and ".." as a path would be resolved away on the way. */

export function pathOfKey(key: string): string {
  return key === "." || key === ".." ? `/kv?key=${key}` : `/kv/${encodeURIComponent(key)}`;
}

/** The number of UTF-8 bytes is what the store limits: 1 to 1,024. */
export function keyProblem(key: string): string | null {
  if (key === "") return "A key has at least one character.";
  if (/\p{Surrogate}/u.test(key)) return "Half a character is no character.";
  return new TextEncoder().encode(key).length > 1_024 ? "A key has at most 1,024 bytes." : null;
}
