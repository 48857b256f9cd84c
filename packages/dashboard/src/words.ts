/** Numbers and lists as people say them. */

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

export function whole(number: number): string {
  return WHOLE.format(number);
}

/** "1 record", "1,204 records". */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`;
}

/** "node1", "node1 and node2", "node1, node2 and node3". */
export function listed(names: readonly string[]): string {
  const [last = "", ...before] = names.toReversed();
  return before.length === 0 ? last : `${before.toReversed().join(", ")} and ${last}`;
}

/** "are" after several, "is" after one. */
export function areOrIs(names: readonly string[]): string {
  return names.length === 1 ? "is" : "are";
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return "–";
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

/** "about 40 s", "about 3 min". */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  return whole < 90 ? `about ${whole} s` : `about ${Math.round(whole / 60)} min`;
}

/** "4.2" below ten, "1,204" above. */
export function perSecond(rate: number): string {
  return rate > 0 && rate < 10 ? rate.toFixed(1) : whole(rate);
}
