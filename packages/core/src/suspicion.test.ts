import { type Evidence, excusePause, failed, heard, judge, noEvidence } from "./suspicion.js";

const LIMITS = { suspectAfterMs: 2_000, downAfterMs: 5_000 };

const heardAt = (nowMs: number, declared: Evidence["declared"] = "up") =>
  heard(noEvidence(0), nowMs, declared);
const timeouts = (count: number, evidence: Evidence): Evidence =>
  count === 0 ? evidence : timeouts(count - 1, failed(evidence, "timed-out"));

describe("judge", () => {
  it.each([
    { evidence: noEvidence(0), atMs: 0, expected: "suspect", why: "nothing is known yet" },
    { evidence: noEvidence(0), atMs: 4_999, expected: "suspect", why: "it may still be starting" },
    { evidence: noEvidence(0), atMs: 5_000, expected: "down", why: "it was never heard" },
    { evidence: heardAt(100), atMs: 100, expected: "up", why: "it just answered" },
    { evidence: heardAt(100), atMs: 2_099, expected: "up", why: "one beat may be late" },
    { evidence: heardAt(100), atMs: 2_100, expected: "suspect", why: "it is silent" },
    { evidence: heardAt(100), atMs: 5_099, expected: "suspect", why: "silent, not yet given up" },
    { evidence: heardAt(100), atMs: 5_100, expected: "down", why: "silent for too long" },
    { evidence: heardAt(9, "recovering"), atMs: 9, expected: "recovering", why: "it says so" },
    { evidence: heardAt(9, "down"), atMs: 9, expected: "down", why: "it leaves" },
    { evidence: heardAt(9, "recovering"), atMs: 2_009, expected: "suspect", why: "silent" },
  ])("$why: $expected at $atMs", ({ evidence, atMs, expected }) => {
    expect(judge(evidence, atMs, LIMITS)).toBe(expected);
  });

  it.each([
    { evidence: failed(heardAt(0), "refused"), expected: "suspect", why: "refused: at once" },
    { evidence: timeouts(1, heardAt(0)), expected: "up", why: "one time-out is an accident" },
    { evidence: timeouts(2, heardAt(0)), expected: "up", why: "two may be" },
    { evidence: timeouts(3, heardAt(0)), expected: "suspect", why: "three in a row are none" },
    {
      evidence: timeouts(2, heard(timeouts(2, heardAt(0)), 1, "up")),
      expected: "up",
      why: "an answer in between ends the run",
    },
    {
      evidence: heard(failed(heardAt(0), "refused"), 1, "up"),
      expected: "up",
      why: "an answer ends the refusal",
    },
    {
      evidence: failed(heardAt(0, "down"), "refused"),
      expected: "down",
      why: "who said it leaves is not merely suspect",
    },
  ])("$why: $expected", ({ evidence, expected }) => {
    expect(judge(evidence, 10, LIMITS)).toBe(expected);
  });

  it("never believes a member that has only called us: it could not be used", () => {
    const caller: Evidence = { ...noEvidence(0), declared: "up" };
    expect(judge(caller, 10, LIMITS)).toBe("suspect");
    expect(judge({ ...caller, declared: "down" }, 10, LIMITS)).toBe("down");
  });

  it("gets no better while nothing is heard", () => {
    const order = ["up", "suspect", "down"];
    let last = 0;
    for (let atMs = 0; atMs <= 6_000; atMs += 100) {
      const place = order.indexOf(judge(heardAt(0), atMs, LIMITS));
      expect(place).toBeGreaterThanOrEqual(last);
      last = place;
    }
  });
});

describe("excusePause", () => {
  it.each([
    { evidence: heardAt(1_000), before: "down", after: "up", why: "a member heard of before" },
    { evidence: noEvidence(1_000), before: "down", after: "suspect", why: "one never heard of" },
  ])("does not blame $why for our own sleep", ({ evidence, before, after }) => {
    expect(judge(evidence, 61_000, LIMITS)).toBe(before);
    expect(judge(excusePause(evidence, 59_500, 61_000), 61_000, LIMITS)).toBe(after);
  });

  it("gives no credit to a member that was heard after the pause", () => {
    const evidence = excusePause(heardAt(61_000), 59_500, 61_000);
    expect(judge(evidence, 63_000, LIMITS)).toBe("suspect");
    expect(judge(evidence, 66_000, LIMITS)).toBe("down");
  });
});
