import {
  type NodeId,
  Recovering,
  readingOf,
  StoreUnavailable,
  type Version,
  versionAt,
} from "@ringkv/core";
import fc from "fast-check";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { CLOCK_RESERVE_MS, VersionClock } from "./version-clock.js";

const DRIFT_MAX_MS = 10_000;

/** The part of a node's store that survives a restart; an earlier start left it long ago. */
class Mark {
  untilMs = 1;
  writes = 0;
  /** "lost": rejects, nothing happened. "ambiguous": rejects, and it happened all the same. */
  mood: "well" | "lost" | "ambiguous" = "well";

  async reserveClock(untilMs: number): Promise<void> {
    this.writes++;
    if (this.mood !== "lost") this.untilMs = Math.max(this.untilMs, untilMs);
    if (this.mood !== "well") throw new StoreUnavailable("away");
  }
}

function openClock(change: { clock?: ManualClock; mark?: Mark } = {}) {
  const { clock = new ManualClock(), mark = new Mark() } = change;
  const log = new LogBook();
  const heard = { isMajority: true };
  const start = () => {
    const self = "node1" as NodeId;
    const hasHeardMajority = () => heard.isMajority;
    const deps = { clock, meta: mark, log, driftMaxMs: DRIFT_MAX_MS, hasHeardMajority };
    const versions = new VersionClock({ self, ...deps });
    versions.startAt(mark.untilMs);
    return versions;
  };
  return { clock, mark, log, heard, start, versions: start() };
}

const msOf = (version: Version) => readingOf(version).ms;

describe("next", () => {
  it("stamps with the wall clock's time while nothing speaks against it", async () => {
    const { clock, versions } = openClock();
    await clock.advance(5_000);
    expect(readingOf(await versions.next())).toEqual({ ms: clock.wallMs(), counter: 0 });
    expect(readingOf(await versions.next())).toEqual({ ms: clock.wallMs(), counter: 1 });
  });

  it("never repeats or goes back, across restarts, jumps and a store that fails", async () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("stamp" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(4_000) }),
      fc.record({ kind: fc.constant("batch" as const), count: fc.integer({ min: 1, max: 5 }) }),
      fc.record({
        kind: fc.constant("jump" as const),
        ms: fc.integer({ min: -60_000, max: 6_000 }),
      }),
      fc.record({
        kind: fc.constant("hear" as const),
        ms: fc.integer({ min: -9_000, max: 20_000 }),
      }),
      fc.record({ kind: fc.constant("restart" as const) }),
      fc.record({ kind: fc.constant("renew" as const) }),
      fc.record({ kind: fc.constantFrom("well" as const, "lost" as const, "ambiguous" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, mark, start, ...first } = openClock();
        let { versions } = first;
        let last = "";
        for (const it of steps) {
          if (it.kind === "pass") clock.freeze(it.ms);
          else if (it.kind === "jump") clock.epochMs += it.ms;
          else if (it.kind === "hear") versions.observe(clock.wallMs() + it.ms);
          else if (it.kind === "restart") versions = start();
          else if (it.kind === "renew") await versions.renew();
          else if (it.kind === "batch") {
            for (const version of await versions.nextMany(it.count).catch(() => [])) {
              expect(version > last).toBe(true);
              last = version;
            }
          } else if (it.kind !== "stamp") mark.mood = it.kind;
          else {
            for (let left = it.count; left > 0; left--) {
              const version = await versions.next().catch(() => null);
              if (version === null) continue;
              expect(version > last).toBe(true);
              last = version;
            }
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it("takes the next millisecond when 65,536 stamps did not move the clock", async () => {
    const { clock, versions } = openClock();
    let last = await versions.next();
    for (let count = 1; count < 65_536; count++) last = await versions.next();
    expect(readingOf(last)).toEqual({ ms: clock.wallMs(), counter: 65_535 });
    expect(readingOf(await versions.next())).toEqual({ ms: clock.wallMs() + 1, counter: 0 });
  });

  it("gives a batch versions of one turn, also when the mark has to be moved for it", async () => {
    const { clock, mark, versions } = openClock();
    const first = await versions.nextMany(3);
    expect(first.map(readingOf)).toEqual(
      [0, 1, 2].map((counter) => ({ ms: clock.wallMs(), counter })),
    );
    await clock.advance(CLOCK_RESERVE_MS);
    const waiting = versions.nextMany(2);
    const alone = await versions.next();
    const [second, third] = (await waiting) as [Version, Version];
    expect(mark.writes).toBe(2);
    expect([alone, second, third].toSorted().indexOf(alone)).not.toBe(1);
    expect(third > second).toBe(true);
    expect(await versions.nextMany(0)).toEqual([]);
  });

  it.each([
    { aheadMs: -5_000, why: "an old version is no reason to hurry" },
    { aheadMs: 0, why: "the same millisecond" },
    { aheadMs: 8_000, why: "a version from a faster clock" },
    { aheadMs: 3_600_000, why: "however far ahead: it is stored already" },
  ])("stamps above a version that is held, $aheadMs ms from now: $why", async ({ aheadMs }) => {
    const { clock, versions } = openClock();
    const above = `${(clock.wallMs() + aheadMs).toString(16).padStart(12, "0")}0007ffff` as Version;
    const version = await versions.next(above);
    expect(version > above).toBe(true);
    expect((await versions.next()) > version).toBe(true);
  });
});

describe("the reservation", () => {
  it("is waited for, and no version at or above it is handed out", async () => {
    const { clock, mark, versions } = openClock();
    let release = () => {};
    mark.reserveClock = (untilMs) =>
      new Promise((resolve) => {
        release = () => {
          mark.untilMs = untilMs;
          resolve();
        };
      });
    let stamped: Version | null = null;
    const next = versions.next().then((version) => {
      stamped = version;
    });
    await settle();
    expect(stamped).toBeNull();
    release();
    await next;
    expect(mark.untilMs).toBe(clock.wallMs() + CLOCK_RESERVE_MS);
    expect(msOf(stamped ?? ("" as Version))).toBeLessThan(mark.untilMs);
  });

  it("ends before its mark: at the mark itself the next start begins", async () => {
    const { clock, mark, versions } = openClock();
    await versions.next();
    mark.mood = "lost";
    await clock.advance(mark.untilMs - clock.wallMs() - 1);
    await expect(versions.next()).resolves.toEqual(expect.any(String));
    await clock.advance(1);
    await expect(versions.next()).rejects.toThrow(StoreUnavailable);
  });

  it("is made once for all who wait, and each gets a version of its own", async () => {
    const { mark, versions } = openClock();
    const stamped = await Promise.all(Array.from({ length: 50 }, () => versions.next()));
    expect(mark.writes).toBe(1);
    expect(new Set(stamped).size).toBe(50);
    expect(stamped.toSorted()).toEqual(stamped);
  });

  it("that fails refuses the write; the next one tries again", async () => {
    const { mark, versions } = openClock();
    mark.mood = "lost";
    await expect(versions.next()).rejects.toThrow(StoreUnavailable);
    mark.mood = "well";
    await expect(versions.next()).resolves.toEqual(expect.any(String));
  });

  it("of an earlier start is where a start begins, even after the clock was set back", async () => {
    const { clock, mark, start, versions } = openClock();
    const before = await versions.next();
    clock.epochMs -= 86_400_000;
    const after = await start().next();
    expect(after > before).toBe(true);
    expect(msOf(after)).toBeGreaterThanOrEqual(mark.untilMs - 2 * CLOCK_RESERVE_MS);
  });

  it("is renewed before it is reached, and only then", async () => {
    const { clock, mark, versions } = openClock();
    await versions.renew();
    await versions.renew();
    expect(mark.writes).toBe(1);
    await clock.advance(CLOCK_RESERVE_MS / 2);
    await versions.renew();
    expect(mark.writes).toBe(2);
    await versions.next();
    expect(mark.writes).toBe(2);
  });

  it("does not push the clock further ahead with every restart", async () => {
    const { clock, mark, start } = openClock();
    for (let restarts = 0; restarts < 20; restarts++) {
      const versions = start();
      await versions.renew();
      await versions.next();
    }
    expect(mark.untilMs).toBeLessThan(clock.wallMs() + CLOCK_RESERVE_MS + 20 * 15);
  });

  it("that cannot be renewed in the background is logged, and no more", async () => {
    const { log, mark, versions } = openClock();
    mark.mood = "lost";
    await versions.renew();
    expect(log.lines).toEqual(["warn clock reservation not renewed"]);
  });
});

describe("observe", () => {
  it("makes the clock run with the fastest one heard of, also between messages", async () => {
    const { clock, versions } = openClock();
    const fastMs = clock.wallMs() + 5_000;
    expect(versions.observe(fastMs)).toBe(true);
    expect(versions.observe(clock.wallMs() + 1_000)).toBe(true);
    expect(versions.nowMs()).toBe(fastMs);
    await clock.advance(700);
    expect(versions.nowMs()).toBe(fastMs + 700);
    expect(msOf(await versions.next())).toBe(fastMs + 700);
  });

  it("stamps above what another stamped ahead of its clock, but does not run with it", async () => {
    const { clock, versions } = openClock();
    const leadMs = clock.wallMs() + 2_000;
    expect(versions.observe(clock.wallMs(), leadMs)).toBe(true);
    expect(msOf(await versions.next())).toBeGreaterThan(leadMs);
    expect(versions.nowMs()).toBe(clock.wallMs());
    await clock.advance(3_000);
    expect(msOf(await versions.next())).toBe(clock.wallMs());
    expect(versions.observe(clock.wallMs(), clock.wallMs() + DRIFT_MAX_MS + 1)).toBe(false);
  });

  it("is not slowed down by a wall clock that is set back", async () => {
    const { clock, versions } = openClock();
    versions.observe(clock.wallMs());
    const beforeMs = versions.nowMs();
    clock.epochMs -= 3_600_000;
    await clock.advance(100);
    expect(versions.nowMs()).toBe(beforeMs + 100);
  });

  it.each`
    aheadMs             | followed | why
    ${-1_000}           | ${true}  | ${"a slow clock does no harm"}
    ${DRIFT_MAX_MS}     | ${true}  | ${"as far as clocks may drift apart"}
    ${DRIFT_MAX_MS + 1} | ${false} | ${"a millisecond too far"}
    ${86_400_000}       | ${false} | ${"a broken clock"}
  `("follows a clock $aheadMs ms ahead: $followed ($why)", ({ aheadMs, followed }) => {
    const { clock, versions } = openClock();
    const beforeMs = versions.nowMs();
    expect(versions.observe(clock.wallMs() + aheadMs)).toBe(followed);
    expect(versions.nowMs()).toBe(
      followed ? Math.max(beforeMs, clock.wallMs() + aheadMs) : beforeMs,
    );
  });

  it.each([
    { jumpMs: 3_600_000, followed: false, why: "an hour ahead of all others" },
    { jumpMs: DRIFT_MAX_MS + 1, followed: false, why: "a millisecond too far" },
    { jumpMs: DRIFT_MAX_MS, followed: true, why: "as far as clocks may drift apart" },
  ])("follows our own clock when it jumps $jumpMs ms ahead: $followed ($why)", async (row) => {
    const { clock, mark, start, versions } = openClock();
    versions.observe(clock.wallMs());
    const beforeMs = versions.nowMs();
    clock.epochMs += row.jumpMs;
    const stampedMs = msOf(await versions.next());
    await versions.renew();
    expect(stampedMs - beforeMs).toBe(row.followed ? row.jumpMs : 0);
    // Nor is it there after a restart: the mark has not gone along.
    clock.epochMs -= row.jumpMs;
    expect(mark.untilMs - beforeMs).toBeLessThanOrEqual(DRIFT_MAX_MS + CLOCK_RESERVE_MS);
    expect(start().isBeyond(msOf(await versions.next()))).toBe(false);
  });

  it("follows our own clock when the others, asked again, tell the same", async () => {
    const { clock, versions } = openClock();
    versions.observe(clock.wallMs());
    clock.epochMs += 3_600_000; // The machine slept: its monotonic clock stood still.
    expect(versions.observe(clock.wallMs())).toBe(true);
    expect(versions.nowMs()).toBe(clock.wallMs());
  });

  it("still hears the others after our own clock was set back by an hour", async () => {
    const { clock, versions } = openClock();
    const othersMs = clock.wallMs();
    clock.epochMs -= 3_600_000;
    expect(versions.observe(othersMs)).toBe(true);
    expect(versions.isBeyond(othersMs + DRIFT_MAX_MS + 1)).toBe(true);
    expect(msOf(await versions.next())).toBe(othersMs);
  });

  it("cannot be pulled anywhere by a chain of slightly fast clocks", () => {
    const { clock, versions } = openClock();
    expect(versions.observe(clock.wallMs() + 9_000)).toBe(true);
    expect(versions.observe(versions.nowMs() + 9_000)).toBe(false);
  });
});

describe("a blank store", () => {
  const blank = () => {
    const mark = new Mark();
    mark.untilMs = 0;
    return openClock({ mark });
  };

  it("keeps a node from stamping before a majority has told its clock", async () => {
    const { heard, mark, versions } = blank();
    heard.isMajority = false;
    await expect(versions.next()).rejects.toThrow(Recovering);
    await expect(versions.reserve(versionAt({ ms: 5, counter: 0 }, 1))).rejects.toThrow(Recovering);
    await versions.renew();
    expect(mark.untilMs).toBe(0); // Else the next start would take this clock for its own.
  });

  it("makes a node stamp above all that it may have stamped before its disk was lost", async () => {
    const before = openClock();
    const { clock } = before;
    const fastMs = clock.wallMs() + 5_000;
    before.versions.observe(fastMs);
    await before.versions.renew();
    const restarted = before.start(); // At the mark: as far ahead as a clock ever is.
    const last = await restarted.next();
    const after = openClock({ clock, mark: Object.assign(new Mark(), { untilMs: 0 }) });
    await clock.advance(20);
    after.versions.observe(fastMs + 20); // The others have heard the old clock, and run with it.
    expect((await after.versions.next()) > last).toBe(true);
  });
});
