/**
 * How far a lesson has come. A step is over when it has come true once: what follows may undo it.
 * A step with an action counts only after its action.
 */

import type { Answer, Step } from "./lessons.js";
import type { Overview } from "./wire.js";

export interface Run {
  /** The step that is waited for; equal to their number: all are over. */
  readonly at: number;
  readonly hasActed: boolean;
  readonly answer: Answer | null;
}

export const BEGIN: Run = { at: 0, hasActed: false, answer: null };

export function acted(run: Run, answer: Answer | null): Run {
  return { ...run, hasActed: true, answer: answer ?? run.answer };
}

/** @param atMs when the look was; a look from before the action proves nothing. */
export function advanced(run: Run, steps: readonly Step[], overview: Overview): Run {
  const step = steps[run.at];
  if (step === undefined) return run;
  if (step.action !== undefined && !run.hasActed) return run;
  if (!step.holds(overview, run.answer)) return run;
  return { at: run.at + 1, hasActed: false, answer: run.answer };
}
