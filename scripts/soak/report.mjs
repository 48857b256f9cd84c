/** What a soak prints, what it writes into a page, and when it fails. Pure. */

import { markdownTable } from "../chaos/page.mjs";
import { growthOf } from "./slope.mjs";

const MEGABYTE = 1024 * 1024;
const GAP_MS_MAX = 1_000;
const EQUAL_MS_MAX = 30_000;
/** From each start: caches fill, code is compiled. */
const WARM_UP_MINUTES = 5;
/** Fewer say nothing about growth. */
const MINUTES_MIN = 10;
/** What half an hour of garbage collection alone can look like is below that. */
const GROWTH_BYTES_PER_HOUR_MAX = 100 * MEGABYTE;

/** @typedef {import("./soak.mjs").SoakResult} SoakResult */
/** @typedef {import("./soak.mjs").Minute} Minute */

/** @param {Minute} minute */
export function lineOf({ minute, fault, victim, counts, gapMs, vitals, ...rest }) {
  const { wholeMs, equalMs, backlog, judged } = rest;
  const list = (/** @type {(it: Minute["vitals"][number]) => number} */ of) =>
    vitals.map((it) => Math.round(of(it))).join("/");
  const parts = [
    `${minute}`.padStart(3),
    `${fault} ${victim}`.padEnd(20),
    `${counts.operations} done, ${counts.acknowledged} ok ${counts.refused} refused`,
    `${counts.unknown} unknown`,
    `stale ${judged.stale}`,
    `gap ${gapMs === null ? "-" : Math.round(gapMs)} ms`,
    `whole ${secondsOf(wholeMs)}`,
    `equal ${secondsOf(equalMs)}`,
    `owed ${backlog}`,
    `rss ${list(({ rssBytes }) => rssBytes / MEGABYTE)}`,
    `redis ${list(({ redisRssBytes }) => redisRssBytes / MEGABYTE)} MiB`,
    `files ${list(({ openFiles }) => openFiles)}`,
    `lag p99 ${list(({ lagP99Ms }) => lagP99Ms)} ms`,
  ];
  return parts.join("  ");
}

/** @param {SoakResult} result */
export function growthIn({ minutes }) {
  const samples = minutes.flatMap(({ minute, vitals }) =>
    vitals.flatMap(({ node, pid, rssBytes, redisPid, redisRssBytes }) => [
      { minute, process: node, pid, rssBytes },
      { minute, process: node.replace("node", "redis"), pid: redisPid, rssBytes: redisRssBytes },
    ]),
  );
  return growthOf(samples, WARM_UP_MINUTES).filter(({ minutes: lived }) => lived >= MINUTES_MIN);
}

/** @param {SoakResult} result */
function totalsOf(result) {
  const { minutes, judgement } = result;
  const sum = (/** @type {(it: Minute) => number} */ of) =>
    minutes.reduce((total, minute) => total + of(minute), 0);
  const most = (/** @type {(it: Minute) => number | null} */ of) =>
    Math.max(0, ...minutes.map((minute) => of(minute) ?? Number.POSITIVE_INFINITY));
  return {
    operations: sum(({ counts }) => counts.operations),
    acknowledged: sum(({ counts }) => counts.acknowledged),
    refused: sum(({ counts }) => counts.refused),
    unknown: sum(({ counts }) => counts.unknown),
    stale: sum(({ judged }) => judged.stale),
    lost: judgement.lost.length + sum(({ judged }) => judged.lost),
    zombies: judgement.zombies.length + sum(({ judged }) => judged.zombies),
    invented: judgement.invented.length + sum(({ judged }) => judged.invented),
    gapMs: Math.max(0, ...minutes.map(({ gapMs }) => gapMs ?? 0)),
    gapsTooLong: minutes.filter(({ gapMs }) => (gapMs ?? 0) > GAP_MS_MAX).length,
    wholeMs: most(({ wholeMs }) => wholeMs),
    equalMs: most(({ equalMs }) => equalMs),
    lagMs: Math.max(0, ...minutes.flatMap(({ vitals }) => vitals.map((it) => it.lagP99Ms))),
    files: minutes.flatMap(({ vitals }) => vitals.map((it) => it.openFiles)),
  };
}

/** @param {SoakResult} result @returns {{about: "data" | "time", text: string}[]} */
export function problemsOf(result) {
  const totals = totalsOf(result);
  const checks = /** @type {const} */ ([
    ["data", totals.lost > 0, `${totals.lost} acknowledged writes lost`],
    ["data", totals.zombies > 0, `${totals.zombies} deleted keys are back`],
    ["data", totals.invented > 0, `${totals.invented} values read that nobody has written`],
    ["data", result.equalMs === null, "the owners were not equal at the end"],
    ["data", result.backlogGoneMs === null, "something was still owed at the end"],
    ["data", totals.equalMs > EQUAL_MS_MAX, "the owners were not equal within 30 s of a minute"],
    ["time", totals.gapsTooLong > 0, `${totals.gapsTooLong} minutes with a gap above 1 s`],
  ]);
  /** @type {{about: "data" | "time", text: string}[]} */
  const problems = checks.flatMap(([about, isBroken, text]) => (isBroken ? [{ about, text }] : []));
  for (const { process, bytesPerHour } of growthIn(result))
    if ((bytesPerHour ?? 0) > GROWTH_BYTES_PER_HOUR_MAX)
      problems.push({ about: "time", text: `${process} grows by ${perHour(bytesPerHour)}` });
  return problems;
}

/** @param {readonly {about: "data" | "time"}[]} problems */
export function exitCodeOf(problems) {
  if (problems.length === 0) return 0;
  return problems.some(({ about }) => about === "data") ? 1 : 3;
}

/** @param {SoakResult} result */
export function summaryOf(result) {
  return figuresOf(result).map(([what, figure]) => `${what}: ${figure}`);
}

/** @param {SoakResult} result @returns {[string, string][]} */
function figuresOf(result) {
  const totals = totalsOf(result);
  const { minutes, capacity, rate, keysRead, equalMs, backlogGoneMs } = result;
  const growth = growthIn(result).map(
    ({ process, minutes: lived, bytesPerHour }) =>
      `${process} ${perHour(bytesPerHour)} (over ${lived} minutes)`,
  );
  const number = (/** @type {number} */ value) => Math.round(value).toLocaleString("en");
  return [
    ["minutes, a fault in each", `${minutes.length}`],
    ["operations/s flat out, and kept up", `${number(capacity)}, ${number(rate)}`],
    ["operations", number(totals.operations)],
    ["writes acknowledged", number(totals.acknowledged)],
    ["writes refused, unknown", `${number(totals.refused)}, ${number(totals.unknown)}`],
    ["keys read at the end, through every node", number(keysRead)],
    ["lost, zombies, invented", `${totals.lost}, ${totals.zombies}, ${totals.invented}`],
    ["stale reads under load (R=1 allows them)", number(totals.stale)],
    ["longest gap at a node left alone", `${number(totals.gapMs)} ms`],
    ["minutes with a gap above 1 s", `${totals.gapsTooLong}`],
    ["longest from healing to all ready", secondsOf(totals.wholeMs)],
    ["longest from a minute's end to equal owners", secondsOf(totals.equalMs)],
    ["nothing owed any more after the end", secondsOf(backlogGoneMs)],
    ["owners equal after the end", secondsOf(equalMs)],
    ["event loop's lag, p99 of a minute, at most", `${number(totals.lagMs)} ms`],
    ["open files of a node", `${Math.min(...totals.files)} to ${Math.max(...totals.files)}`],
    ["memory, straight line after 5 minutes", growth.join("; ") || "too short to tell"],
  ];
}

/** @param {SoakResult} result */
export function pageOf(result) {
  const figures = markdownTable(["figure", "measured"], figuresOf(result));
  const list = (
    /** @type {Minute} */ { vitals },
    /** @type {(it: Minute["vitals"][number]) => number} */ of,
  ) => vitals.map((it) => Math.round(of(it))).join(" / ");
  const rows = result.minutes.map((minute) => [
    `${minute.minute}`,
    `${minute.fault}, ${minute.victim}`,
    minute.counts.operations.toLocaleString("en"),
    minute.gapMs === null ? "-" : Math.round(minute.gapMs).toLocaleString("en"),
    list(minute, ({ rssBytes }) => rssBytes / MEGABYTE),
    list(minute, ({ redisRssBytes }) => redisRssBytes / MEGABYTE),
    list(minute, ({ openFiles }) => openFiles),
    list(minute, ({ lagP99Ms }) => lagP99Ms),
    Number.isFinite(minute.backlog) ? `${minute.backlog}` : "not told",
  ]);
  const head = ["minute", "fault", "operations", "longest gap ms", "rss MiB of nodes"];
  const more = ["of Redis", "open files", "lag p99 ms", "owed after"];
  const table = markdownTable([...head, ...more], rows);
  return `${figures}\n\n<details><summary>Minute by minute</summary>\n\n${table}\n\n</details>`;
}

/** @param {number | null} bytes */
function perHour(bytes) {
  return bytes === null ? "unknown" : `${(bytes / MEGABYTE).toFixed(1)} MiB/h`;
}

/** @param {number | null} ms */
function secondsOf(ms) {
  return ms === null || !Number.isFinite(ms) ? "never" : `${(ms / 1_000).toFixed(1)} s`;
}
