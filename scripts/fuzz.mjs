/**
 * `npm run fuzz`: hundreds of thousands of inputs that nobody means, against the parsers in this
 * process and against three real nodes. Nothing may end, hang, grow, leak or be stored.
 *
 *   npm run fuzz -- --only http,json --inputs 50000
 *
 * Exit codes: 0 nothing found, 1 something found, 2 usage.
 */

import { setup } from "./setup.mjs";

const USAGE_ERROR = 2;
const INTERRUPTED = 130;

/** @param {string} text */
const say = (text) => void process.stdout.write(`${text}\n`);
/** Beside the result, which a machine may read. @param {string} text */
const note = (text) => void process.stderr.write(`${text}\n`);

async function main() {
  setup(); // Before the parsers are loaded: they are those of the build.
  const { parseOptions, USAGE } = await import("./fuzz/options.mjs");
  const parsed = parseOptions(process.argv.slice(2), () => Date.now() % 1_000_000_000);
  if (!("options" in parsed)) {
    say("problem" in parsed ? `${parsed.problem}\n${USAGE}` : USAGE);
    return "problem" in parsed ? USAGE_ERROR : 0;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => stop.abort());
  const found = await play(parsed.options, stop.signal);
  if (stop.signal.aborted) return INTERRUPTED;
  return found === 0 ? 0 : 1;
}

/** @param {import("./fuzz/options.mjs").Options} options @param {AbortSignal} signal */
async function play({ targets, inputs, seed, json }, signal) {
  const { playTarget, sharesOf } = await import("./fuzz/run.mjs");
  const { storyOf, tableOf, totalsOf } = await import("./fuzz/report.mjs");
  const { openStage } = await import("./fuzz/stage.mjs");
  note(`seed ${seed}, ${inputs.toLocaleString("en")} inputs`);
  const shares = sharesOf(targets, inputs);
  const needsNodes = targets.some(({ where }) => where === "socket");
  const stage = needsNodes ? await openStage(signal) : null;
  const results = [];
  /** @type {string[]} */
  let strangers = [];
  try {
    for (const [index, target] of targets.entries()) {
      if (signal.aborted) break;
      note(target.name);
      const count = shares[index] ?? 1;
      results.push(await playTarget({ target, inputs: count, seed, stage, signal }));
      for (const one of results.at(-1)?.found ?? []) note(storyOf(one));
    }
    strangers = signal.aborted ? [] : ((await stage?.strangers()) ?? []);
  } finally {
    await stage?.close();
  }
  const totals = totalsOf(results);
  if (json) say(JSON.stringify({ seed, totals, results, strangers }));
  else {
    const odd = strangers
      .slice(0, 10)
      .map((key) => `FOUND stored, never acknowledged: ${JSON.stringify(key)}`);
    const [all, sockets, inProcess] = [totals.inputs, totals.sockets, totals.inProcess].map((it) =>
      it.toLocaleString("en"),
    );
    const sum = `${all} inputs: ${sockets} over sockets, ${inProcess} in process`;
    say([tableOf(results), sum, ...odd].join("\n"));
  }
  return results.flatMap((it) => it.found).length + strangers.length;
}

process.exitCode = await main();
