/**
 * Module hooks that plant a bug: the text of a built file is replaced while it is loaded. Nothing
 * of this is in production code, and nothing on disk changes.
 *
 * A patch that does not match exactly once fails the load: the code has changed, and the bug would
 * silently not be there.
 */

/** @type {readonly import("./planted-bugs.mjs").Patch[]} */
let patches = [];

/** @param {readonly import("./planted-bugs.mjs").Patch[]} data */
export function initialize(data) {
  patches = data;
}

/** @type {import("node:module").LoadHook} */
export async function load(url, context, nextLoad) {
  const loaded = await nextLoad(url, context);
  const mine = patches.filter(({ file }) => url.endsWith(`/${file}`));
  if (mine.length === 0) return loaded;
  if (loaded.source === undefined) throw new Error(`${url} was loaded without its source`);
  let source = typeof loaded.source === "string" ? loaded.source : decoded(loaded.source);
  for (const { file, find, replace } of mine) {
    const matches = source.split(find).length - 1;
    if (matches !== 1) throw new Error(`${matches} matches of "${find}" in ${file}`);
    source = source.replace(find, () => replace);
  }
  return { ...loaded, source };
}

/** @param {unknown} source */
function decoded(source) {
  return new TextDecoder().decode(/** @type {ArrayBuffer} */ (source));
}
