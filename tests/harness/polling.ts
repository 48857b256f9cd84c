/** The patience of the harnesses on real clocks, in one place. */

import { setTimeout as wait } from "node:timers/promises";
import { Refused } from "./cluster.js";

const POLL_MS = 50;
/** Longer than any of the default settings takes, twice over, on a busy machine. */
export const DEADLINE_MS = 45_000;

/** See `Cluster.waitUntil`. */
export async function pollUntil(
  what: string,
  problem: () => Promise<string>,
  deadlineMs: number = DEADLINE_MS,
): Promise<void> {
  const endMs = performance.now() + deadlineMs;
  for (;;) {
    const last = await answerOf(problem);
    if (last === "") return;
    if (performance.now() > endMs) throw new Error(`waited in vain until ${what}: ${last}`);
    await wait(POLL_MS);
  }
}

/** A node that refuses is part of the picture, and no reason to stop looking. */
export async function answerOf(problem: () => Promise<string>): Promise<string> {
  try {
    return await problem();
  } catch (thrown) {
    if (thrown instanceof Refused) return thrown.message;
    throw thrown;
  }
}
