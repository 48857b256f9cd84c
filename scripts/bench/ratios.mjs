/**
 * How fast we are beside others in the same run, which another machine can compare with. Pure.
 *
 * A ratio exists where both sides were measured; null where one of them is not installed, failed,
 * or was not asked for.
 */

/** @typedef {import("./speed.mjs").Speed} Speed */
/** @typedef {Readonly<Record<string, number | null>>} Ratios */

/** @param {readonly Speed[]} speeds @returns {Ratios} */
export function ratiosOf(speeds) {
  /** @type {(operation: string, system: string) => Speed | undefined} */
  const found = (operation, system) => speeds.find((it) => isPlain(it, operation, system));
  /** @type {(operation: string, rival: string, of: (speed: Speed) => number) => number | null} */
  const ratio = (operation, rival, of) => {
    const [ours, theirs] = [found(operation, "ringkv"), found(operation, rival)];
    return ours === undefined || theirs === undefined ? null : of(ours) / of(theirs);
  };
  const perSecond = (/** @type {Speed} */ speed) => speed.perSecond;
  const p99 = (/** @type {Speed} */ speed) => speed.p99Ms;
  return {
    get_vs_webdis: ratio("get", "webdis", perSecond),
    put_vs_webdis: ratio("put", "webdis", perSecond),
    get_vs_etcd: ratio("get", "etcd", perSecond),
    put_vs_etcd: ratio("put", "etcd", perSecond),
    get_p99_vs_webdis: ratio("get", "webdis", p99),
    put_p99_vs_webdis: ratio("put", "webdis", p99),
    get_vs_redis: ratio("get", "redis", perSecond),
    put_vs_redis: ratio("put", "redis", perSecond),
    get_vs_bare_node: ratio("get", "bare", perSecond),
    put_vs_bare_node: ratio("put", "bare", perSecond),
  };
}

/**
 * The cells that the targets speak of.
 *
 * @type {(speed: Speed, operation: string, system: string) => boolean}
 */
function isPlain({ cell, system, outcome }, wantedOperation, wantedSystem) {
  return (
    outcome === "measured" &&
    system === wantedSystem &&
    cell.operation === wantedOperation &&
    cell.valueBytes === 100 &&
    cell.connections === 64 &&
    cell.keys === "uniform" &&
    cell.durability === "always" &&
    cell.nodes === 3
  );
}
