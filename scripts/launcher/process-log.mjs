/**
 * The log file of one process: opened for it to write to, followed for people to read.
 *
 * Processes write to their file themselves, so that no line is lost when the launcher is killed
 * and no byte of it costs the launcher anything. Reading it again is for the terminal alone.
 */

import { closeSync, fstatSync, openSync, readSync, renameSync, statSync } from "node:fs";

/** A file above this size is put aside (`.old`) at the next start, or logs would grow for ever. */
const FILE_BYTES_MAX = 16 * 1024 * 1024;
const READ_BYTES_MAX = 64 * 1024;
const POLL_MS = 200;

/**
 * Opens the file for appending; the caller closes the descriptor once the process has it.
 *
 * @param {string} file
 */
export function openForProcess(file) {
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > FILE_BYTES_MAX)
    renameSync(file, `${file}.old`);
  return openSync(file, "a");
}

/** Hands over every whole line that is appended after `open`. */
export class LogFollower {
  #descriptor;
  #position;
  #rest = "";
  #onLine;
  #timer;

  /** @param {string} file @param {(line: string) => void} onLine */
  constructor(file, onLine) {
    this.#descriptor = openSync(file, "r");
    this.#position = fstatSync(this.#descriptor).size;
    this.#onLine = onLine;
    this.#timer = setInterval(() => this.#read(), POLL_MS).unref();
  }

  /** Reads what is left, a last line without an end included, and closes the file. */
  close() {
    clearInterval(this.#timer);
    this.#read();
    if (this.#rest !== "") this.#onLine(this.#rest);
    closeSync(this.#descriptor);
  }

  #read() {
    const buffer = Buffer.allocUnsafe(READ_BYTES_MAX);
    for (;;) {
      const count = readSync(this.#descriptor, buffer, 0, buffer.length, this.#position);
      if (count === 0) return;
      this.#position += count;
      // A character cut in two by the end of a block would be garbled; the file has it whole.
      const lines = (this.#rest + buffer.toString("utf8", 0, count)).split("\n");
      this.#rest = lines.pop() ?? "";
      for (const line of lines) this.#onLine(line);
    }
  }
}

/** @type {Readonly<Record<number, string>>} */
const LEVELS = { 40: "warning", 50: "error", 60: "fatal" };
const WARNING = 40;
const NOT_FOR_PEOPLE = new Set(["level", "time", "pid", "hostname", "node", "name", "msg"]);

/**
 * A line of a node's log as a person wants it, or null when it is below a warning. What is not a
 * log record (a crash, a refused configuration) is always shown.
 *
 * @param {string} line
 * @returns {string | null}
 */
export function forPeople(line) {
  if (line.trim() === "") return null;
  const entry = parseEntry(line);
  if (entry === null) return line;
  if (entry.level < WARNING) return null;
  const cause = typeof entry.err?.message === "string" ? ` (${entry.err.message})` : "";
  const details = Object.entries(entry)
    .filter(([key, value]) => !NOT_FOR_PEOPLE.has(key) && typeof value !== "object")
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`);
  return `${LEVELS[entry.level] ?? "problem"}: ${entry.msg ?? ""}${cause}${details.join("")}`;
}

/** @typedef {{level: number, msg?: string, err?: {message?: string}}} LogEntry */

/** @param {string} line @returns {LogEntry | null} */
function parseEntry(line) {
  if (!line.startsWith("{")) return null;
  try {
    const entry = /** @type {Partial<LogEntry> | null} */ (JSON.parse(line));
    return typeof entry?.level === "number" ? { ...entry, level: entry.level } : null;
  } catch {
    return null;
  }
}
