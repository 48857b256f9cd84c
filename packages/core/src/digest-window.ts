/**
 * When the next message of a channel may leave, so that nobody is drowned: the first one at once,
 * what follows soon after is gathered, and an hour has a cap. Pure: given what was sent and when.
 *
 * The first half of an hour's messages may leave as quickly as the window allows; the second half
 * is spread over what is left of the hour, so that the cap is felt as slower and larger digests,
 * and not as an hour of silence.
 */

export interface WindowRules {
  /** What comes within so many milliseconds after a message is gathered into the next one. */
  readonly digestMs: number;
  readonly perHourMax: number;
}

/** When messages left, in milliseconds, oldest first; nothing older than an hour. */
export type Sent = readonly number[];

export const HOUR_MS = 3_600_000;

/** With one more that has left now. */
export function withSent(sent: Sent, nowMs: number): Sent {
  return [...sent.filter((atMs) => atMs > nowMs - HOUR_MS), nowMs];
}

/** The earliest moment for the next message; not later than `nowMs`: now. */
export function dueAtMs(sent: Sent, { digestMs, perHourMax }: WindowRules, nowMs: number): number {
  const inHour = sent.filter((atMs) => atMs > nowMs - HOUR_MS);
  const [oldestMs] = inHour;
  const lastMs = inHour.at(-1);
  if (oldestMs === undefined || lastMs === undefined) return nowMs;
  const left = perHourMax - inHour.length;
  if (left <= 0) return (inHour.at(-perHourMax) ?? oldestMs) + HOUR_MS;
  if (2 * inHour.length <= perHourMax) return lastMs + digestMs;
  const restMs = oldestMs + HOUR_MS - lastMs;
  return lastMs + Math.max(digestMs, Math.ceil(restMs / left));
}
