/** How the command ends, as a shell sees it. Scripts rely on these numbers. */

import { RingkvError } from "@ringkv/client";

export const EXIT = {
  done: 0,
  /** A node said no, or the key is not there. */
  refused: 1,
  /** The command makes no sense as it was typed. */
  usage: 2,
  /** A write may have been stored, or not. */
  unknown: 3,
  /** No node answered. */
  unreachable: 4,
  /** As shells count the signals: 128 and the signal's number. */
  interrupted: 130,
  brokenPipe: 141,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const SILENT = new Set(["unreachable", "timeout", "broken_off"]);

export function exitCodeOf(failure: unknown): ExitCode {
  if (failure instanceof UsageError) return EXIT.usage;
  if (!(failure instanceof RingkvError)) return EXIT.refused;
  if (failure.outcome === "unknown") return EXIT.unknown;
  if (failure.code === "aborted") return EXIT.interrupted;
  return SILENT.has(failure.code) ? EXIT.unreachable : EXIT.refused;
}

/** What the person at the keyboard can mend by typing something else. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What went wrong on this machine, or in a file: said as it is, without a stack. */
export class CommandFailure extends Error {
  override readonly name = "CommandFailure";
}
