/**
 * What a round has shown to be broken, as sentences; none: every promise was kept. Pure.
 *
 * `data` is about what is stored and about rounds that prove nothing, `time` about limits of time.
 */

/** Below this, a round without a loss says little. */
const CALM_WRITES_PER_SECOND_MIN = 50;
const EQUAL_WITHIN_MS = 30_000;
const GAP_MS_MAX = 1_000;
/** Five seconds of silence, and what asking five times a second adds. */
const DOWN_WITHIN_MS = 5_500;

/** @typedef {{about: "data" | "time", text: string}} Problem */

/** A gap that is too long: what the client tried meanwhile belongs to the report. */
export function isTooLong(/** @type {import("./timing.mjs").Gap | null} */ gap) {
  return gap !== null && gap.ms > GAP_MS_MAX;
}

/** @param {import("./round.mjs").RoundResult} result @returns {Problem[]} */
export function problemsOf(result) {
  return [...dataProblems(result), ...timeProblems(result)].map(([about, text]) => {
    return { about, text: `${result.fault}: ${text}` };
  });
}

/** @param {readonly Problem[]} problems */
export function exitCodeOf(problems) {
  if (problems.length === 0) return 0;
  return problems.some(({ about }) => about === "data") ? 1 : 3;
}

/**
 * @param {import("./round.mjs").RoundResult} result
 * @returns {["data", string][]}
 */
function dataProblems({ judgement, equalAfterMs, calmWritesPerSecond, unnoticed, ...result }) {
  const { incidents, resets, isGraceful, mustLose } = result;
  const { lost, zombies, invented } = judgement;
  const late = incidents.filter(({ wholeMs }) => wholeMs === null);
  const checks = /** @type {const} */ ([
    [mustLose && lost.length === 0, "a control, and no loss was found: the judge sees nothing"],
    [!mustLose && lost.length > 0, `${lost.length} acknowledged writes lost`],
    [!mustLose && zombies.length > 0, `${zombies.length} deleted keys are back`],
    [isGraceful && resets > 0, `${resets} requests were cut off`],
    [invented.length > 0, `${invented.length} values read that nobody has written`],
    [equalAfterMs === null, "the owners never became equal"],
    [
      (equalAfterMs ?? 0) > EQUAL_WITHIN_MS,
      `owners equal ${seconds(equalAfterMs)} after the healing, not within 30 s`,
    ],
    [late.length > 0, "the nodes were not all ready, and up to one another, in time"],
    [
      calmWritesPerSecond < CALM_WRITES_PER_SECOND_MIN,
      `only ${calmWritesPerSecond.toFixed(0)} acknowledged writes/s outside the fault: too few`,
    ],
    [unnoticed.length > 0, `${unnoticed.length} times the fault had no visible effect`],
  ]);
  return checks.flatMap(([isBroken, text]) => (isBroken ? [["data", text]] : []));
}

/**
 * @param {import("./round.mjs").RoundResult} result
 * @returns {["time", string][]}
 */
function timeProblems({ gap, downAfterMs, stallMs }) {
  /** @type {["time", string][]} */
  const problems = [];
  if (gap !== null && gap.ms > GAP_MS_MAX) {
    const who = `${gap.client} at ${gap.node} had no success for ${gap.ms.toFixed(0)} ms`;
    const ours = `this process itself stood still for up to ${stallMs.toFixed(0)} ms`;
    problems.push(["time", `${who} (${gap.during}; ${ours})`]);
  }
  if (downAfterMs !== null && downAfterMs > DOWN_WITHIN_MS)
    problems.push(["time", `seen as down after ${seconds(downAfterMs)}, not within 5 s`]);
  return problems;
}

/** @param {number | null} ms */
function seconds(ms) {
  if (ms === null || !Number.isFinite(ms)) return "never";
  return `${(ms / 1_000).toFixed(1)} s`;
}
