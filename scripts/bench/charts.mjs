/**
 * Charts as SVG text, small enough to be read in a diff, and legible on light and on dark pages:
 * colours of middle brightness, and no background. Pure.
 */

const WIDTH = 760;
const INK = "#768390";
const COLOURS = ["#2f81f7", "#d98a29", "#3fa45b", "#a371f7", "#8b949e"];
const BAR_HEIGHT = 18;
const BAR_GAP = 6;
const LABEL_WIDTH = 320;
const VALUE_WIDTH = 90;
const HEADING_HEIGHT = 34;
const PLOT = { left: 60, right: 20, top: 52, bottom: 44, height: 320 };
const TICKS = 4;

/**
 * Horizontal bars.
 *
 * @param {string} title
 * @param {readonly {label: string, value: number, group: number}[]} bars one colour per group
 */
export function barChart(title, bars) {
  const most = Math.max(...bars.map(({ value }) => value));
  const room = WIDTH - LABEL_WIDTH - VALUE_WIDTH;
  const rows = bars.map(({ label, value, group }, index) => {
    const y = HEADING_HEIGHT + index * (BAR_HEIGHT + BAR_GAP);
    const width = Math.max(1, (room * value) / most);
    const middle = y + BAR_HEIGHT - 5;
    return [
      text({ x: LABEL_WIDTH - 8, y: middle, anchor: "end" }, label),
      `<rect x="${LABEL_WIDTH}" y="${y}" width="${width.toFixed(1)}" height="${BAR_HEIGHT}" ` +
        `rx="2" fill="${colourOf(group)}"/>`,
      text({ x: LABEL_WIDTH + width + 6, y: middle }, shown(value)),
    ].join("\n");
  });
  const height = HEADING_HEIGHT + bars.length * (BAR_HEIGHT + BAR_GAP) + 8;
  return svg(height, title, rows);
}

/** @param {Omit<import("./stories.mjs").Series, "name">} series */
export function lineChart({ title, across, up, lines, marks }) {
  const points = lines.flatMap((line) => line.points);
  const xMost = Math.max(1, ...points.map(([x]) => x));
  const yMost = niceAbove(Math.max(...points.map(([, y]) => y)));
  const right = WIDTH - PLOT.right;
  const bottom = PLOT.height - PLOT.bottom;
  const xOf = (/** @type {number} */ x) => PLOT.left + ((right - PLOT.left) * x) / xMost;
  const yOf = (/** @type {number} */ y) => bottom - ((bottom - PLOT.top) * y) / yMost;
  const grid = Array.from({ length: TICKS + 1 }, (_, tick) => {
    const y = (yMost * tick) / TICKS;
    const x = (xMost * tick) / TICKS;
    return [
      `<path d="M${PLOT.left} ${yOf(y).toFixed(1)}H${right}" stroke="${INK}" opacity="0.3"/>`,
      text({ x: PLOT.left - 6, y: yOf(y) + 4, anchor: "end" }, shown(y)),
      text({ x: xOf(x), y: bottom + 18, anchor: "middle" }, shown(x)),
    ].join("\n");
  });
  const curves = lines.map(({ points: own }, index) => {
    const path = own.map(([x, y]) => `${xOf(x).toFixed(1)} ${yOf(y).toFixed(1)}`).join("L");
    return `<path d="M${path}" fill="none" stroke="${colourOf(index)}" stroke-width="1.5"/>`;
  });
  const flags = marks.map(({ at, what }, index) => {
    const x = xOf(at).toFixed(1);
    // Two moments may be close to one another.
    const y = PLOT.top + 10 + 14 * (index % 3);
    return [
      `<path d="M${x} ${PLOT.top}V${bottom}" stroke="${INK}" stroke-dasharray="3 3"/>`,
      text({ x: Number(x) + 4, y }, what),
    ].join("\n");
  });
  const legend = lines.map(({ name }, index) =>
    text({ x: PLOT.left + 90 * index, y: 40, fill: colourOf(index) }, name),
  );
  return svg(PLOT.height, title, [
    text({ x: 8, y: 40 }, up),
    text({ x: right, y: PLOT.height - 8, anchor: "end" }, across),
    ...grid,
    ...curves,
    ...flags,
    ...legend,
  ]);
}

/** @param {number} height @param {string} title @param {readonly string[]} parts */
function svg(height, title, parts) {
  const head =
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" ` +
    `width="${WIDTH}" height="${height}" font-family="sans-serif">`;
  // The same twice: for who reads it aloud, and for who looks at it.
  const named = [`<title>${escaped(title)}</title>`, text({ x: 8, y: 20, size: 14 }, title)];
  return `${[head, ...named, ...parts, "</svg>"].join("\n")}\n`;
}

/**
 * @param {{x: number, y: number, anchor?: string, size?: number, fill?: string}} place
 * @param {string} words
 */
function text({ x, y, anchor = "start", size = 12, fill = INK }, words) {
  const at = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`;
  return `<text ${at} font-size="${size}" fill="${fill}">${escaped(words)}</text>`;
}

/** @param {string} words */
function escaped(words) {
  return words.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

/** @param {number} index */
function colourOf(index) {
  return COLOURS[index % COLOURS.length] ?? INK;
}

/** The next of 1, 2, 2.5 and 5 times a power of ten. @param {number} value */
export function niceAbove(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 2.5, 5, 10].find((it) => it * power >= value) ?? 10;
  return factor * power;
}

/** @param {number} value */
function shown(value) {
  if (value >= 1_000_000) return `${(value / 1e6).toFixed(1)} M`;
  if (value >= 10_000) return `${Math.round(value / 1_000)} k`;
  return value >= 10 || Number.isInteger(value) ? String(Math.round(value)) : value.toFixed(1);
}
