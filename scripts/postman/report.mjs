/** What is said of a run: a row for each section, then every failure by its request. Pure. */

/** @typedef {import("./collection-run.mjs").SectionResult} SectionResult */

const HEAD = ["section", "requests", "assertions", "failures"];

/** @param {readonly SectionResult[]} results */
export function isClean(results) {
  return results.length > 0 && results.every((result) => countsOf(result).failures === 0);
}

/** @param {readonly SectionResult[]} results @returns {string} */
export function reportOf(results) {
  const counts = results.map(countsOf);
  const sum = counts.reduce(
    (total, it) => ({
      requests: total.requests + it.requests,
      assertions: total.assertions + it.assertions,
      failures: total.failures + it.failures,
    }),
    { requests: 0, assertions: 0, failures: 0 },
  );
  const rows = [...counts, { section: "all", ...sum }].map((it) =>
    [it.section, it.requests, it.assertions, it.failures].map(String),
  );
  return [...tableOf([HEAD, ...rows]), ...failuresIn(results)].join("\n");
}

/** @param {SectionResult} result */
function countsOf({ section, requests }) {
  return {
    section,
    requests: requests.length,
    assertions: requests.reduce((sum, it) => sum + it.assertions, 0),
    failures: requests.reduce((sum, it) => sum + it.failures.length, 0),
  };
}

/** Words to the left, figures to the right. @param {readonly string[][]} rows */
function tableOf(rows) {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width + 2);
      })
      .join(""),
  );
}

/** @param {readonly SectionResult[]} results */
function failuresIn(results) {
  const wrong = results
    .flatMap(({ requests }) => requests)
    .filter(({ failures }) => failures.length > 0);
  return wrong.flatMap(({ name, failures }) => ["", name, ...failures.map((it) => `  ${it}`)]);
}
