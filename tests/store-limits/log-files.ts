/** The log of a Redis on disk, as a power cut or a bad disk leaves it. Redis must not run. */

import { appendFileSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";

/** A command that was being written when the power went. */
const HALF_A_COMMAND = "*3\r\n$4\r\nHSET\r\n$5\r\np:1";

/** As if the last write had reached the disk in part. It was not acknowledged. */
export function tear(folder: string): void {
  appendFileSync(logIn(folder), HALF_A_COMMAND);
}

/** As if the disk had lied: what was acknowledged last is cut off. */
export function cutOff(folder: string, bytes: number): void {
  const file = logIn(folder);
  truncateSync(file, readFileSync(file).length - bytes);
}

/** A command in the middle that is none any more. */
export function corrupt(folder: string): void {
  const file = logIn(folder);
  const bytes = readFileSync(file);
  const at = bytes.indexOf("\r\n*", Math.floor(bytes.length / 2), "latin1");
  if (at === -1) throw new Error("the log is too short to have a middle");
  bytes.write("X", at + 2, "latin1");
  writeFileSync(file, bytes);
}

/** What was written last: Redis keeps a compact part and the commands after it. */
function logIn(folder: string): string {
  const logs = readdirSync(path.join(folder, "appendonlydir"));
  const newest = logs
    .filter((file) => file.endsWith(".incr.aof"))
    .toSorted()
    .at(-1);
  if (newest === undefined) throw new Error(`no log in ${folder}`);
  return path.join(folder, "appendonlydir", newest);
}
