/**
 * Puts what a tool has measured into a page, between marks that the page holds, and leaves the rest
 * of the page as somebody has written it. Pure.
 */

/**
 * @param {string} page
 * @param {string} name of the marks
 * @param {string} content lines, without the last end of line
 */
export function replacedIn(page, name, content) {
  const [begin, end] = [`<!-- ${name}: begin -->`, `<!-- ${name}: end -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from === -1 || to < from) throw new RangeError(`the page has no "${begin}" and "${end}"`);
  return `${page.slice(0, from + begin.length)}\n${content}\n${page.slice(to)}`;
}

/**
 * A table in Markdown.
 *
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function markdownTable(head, rows) {
  const lineOf = (/** @type {readonly string[]} */ cells) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [lineOf(head), lineOf(head.map(() => "---")), ...rows.map(lineOf)].join("\n");
}
