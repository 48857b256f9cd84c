/**
 * Which changes of a condition are told: each one, unless it comes and goes. Then one message says
 * so, and the next one comes when the condition has held still. Pure: time is passed in.
 */

export interface FlapRules {
  /** More changes than `changesMax` within `windowMs` are flapping. */
  readonly windowMs: number;
  readonly changesMax: number;
  /** It is over when nothing has changed for so long. */
  readonly steadyMs: number;
}

/** What is remembered of one condition. */
export interface Flaps<State> {
  readonly told: State;
  readonly seen: State;
  readonly changedAtMs: readonly number[];
  readonly isFlapping: boolean;
}

export type Telling<State> =
  | { readonly tell: "nothing" }
  | { readonly tell: "state" | "flapping"; readonly state: State };

export function neverChanged<State>(state: State): Flaps<State> {
  return { told: state, seen: state, changedAtMs: [], isFlapping: false };
}

/** What the condition is now, and what is to be told of it. To be asked again as time passes. */
export function observe<State>(
  before: Flaps<State>,
  { state, nowMs }: { readonly state: State; readonly nowMs: number },
  { windowMs, changesMax, steadyMs }: FlapRules,
): readonly [Flaps<State>, Telling<State>] {
  const memoryMs = Math.max(windowMs, steadyMs);
  const recent = before.changedAtMs.filter((atMs) => atMs > nowMs - memoryMs).slice(-changesMax);
  const changedAtMs = state === before.seen ? recent : [...recent, nowMs];
  const seen = { ...before, seen: state, changedAtMs };
  const lastMs = changedAtMs.at(-1) ?? Number.NEGATIVE_INFINITY;
  if (before.isFlapping) {
    if (nowMs - lastMs < steadyMs) return [seen, { tell: "nothing" }];
    return [
      { ...seen, told: state, isFlapping: false },
      { tell: "state", state },
    ];
  }
  if (state === before.told) return [seen, { tell: "nothing" }];
  const changes = changedAtMs.filter((atMs) => atMs > nowMs - windowMs).length;
  if (changes > changesMax) {
    return [
      { ...seen, isFlapping: true },
      { tell: "flapping", state },
    ];
  }
  return [
    { ...seen, told: state },
    { tell: "state", state },
  ];
}
