/** What was tried and found, for people and for machines. Pure. */

/** @typedef {import("./run.mjs").Result} Result */

/** @param {readonly Result[]} results */
export function tableOf(results) {
  const rows = results.map(({ target, where, inputs, seconds, slowestMs, found }) => [
    target,
    where,
    inputs.toLocaleString("en"),
    `${seconds.toFixed(0)} s`,
    `${slowestMs.toFixed(0)} ms`,
    found.length === 0 ? "nothing" : `${found.length} found`,
  ]);
  const all = [["target", "where", "inputs", "time", "slowest", "found"], ...rows];
  const widths = all[0]?.map((_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  const lines = all.map((row) => row.map((cell, at) => cell.padEnd(widths?.[at] ?? 0)).join("  "));
  return lines.map((line) => line.trimEnd()).join("\n");
}

/** @param {readonly Result[]} results */
export function totalsOf(results) {
  const sum = (/** @type {string} */ where) => {
    return results.filter((it) => it.where === where).reduce((all, it) => all + it.inputs, 0);
  };
  const [sockets, inProcess] = [sum("socket"), sum("in process")];
  return { inputs: sockets + inProcess, sockets, inProcess };
}

/** @param {import("./run.mjs").Found} found */
export function storyOf({ target, what, seed, input }) {
  const again = seed === null ? "" : `\n  again: npm run fuzz -- --only ${target} --seed ${seed}`;
  const shown = input === "" ? "" : `\n  input: ${input}`;
  return `FOUND ${target}: ${what}${shown}${again}`;
}
