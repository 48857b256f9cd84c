/** How long to wait before something that failed is tried again. Pure: chance is passed in. */

export interface Backoff {
  readonly firstMs: number;
  /** No pause is longer: what is away for hours should be found soon after it is back. */
  readonly longestMs: number;
}

/**
 * The pause after the attempt with this number, counted from 1: doubled each time, and made up to
 * half shorter by `chance` (0 to 1), so that what failed together does not come back together.
 */
export function backoffMs(
  attempt: number,
  { firstMs, longestMs }: Backoff,
  chance: number,
): number {
  const wholeMs = Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 40));
  return Math.round(wholeMs * (1 - chance / 2));
}

/** How many attempts fill `spanMs` when every pause is as long as it can be. */
export function attemptsWithin(spanMs: number, backoff: Backoff): number {
  let attempts = 1;
  let leftMs = spanMs;
  for (;;) {
    const pauseMs = backoffMs(attempts, backoff, 0);
    if (pauseMs >= backoff.longestMs) return attempts + Math.ceil(Math.max(0, leftMs) / pauseMs);
    if (leftMs <= 0) return attempts;
    leftMs -= pauseMs;
    attempts++;
  }
}
