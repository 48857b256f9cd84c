import type { Version } from "@ringkv/core";
import { outcomeOf, parseAnswers, parseDigest } from "./packing.js";

const HELD = "0123456789abcdef0123" as Version;

it.each([
  { reply: "", answers: [], why: "nothing was asked" },
  { reply: "n", answers: [{ outcome: "stored", hadValue: false }], why: "a new key" },
  { reply: "v", answers: [{ outcome: "stored", hadValue: true }], why: "a value was replaced" },
  { reply: "r", answers: [{ outcome: "repeated" }], why: "the same version" },
  { reply: HELD, answers: [{ outcome: "stale", held: HELD }], why: "a newer one is held" },
  {
    reply: `v${HELD}x\u0000\u0000\u0000\u0000\u0001\u00ffrn`,
    answers: [
      { outcome: "stored", hadValue: true },
      { outcome: "stale", held: HELD },
      { outcome: "replaced", expiresAtMs: 511 },
      { outcome: "repeated" },
      { outcome: "stored", hadValue: false },
    ],
    why: "all of them, one after the other",
  },
  {
    reply: "f".repeat(20),
    answers: [{ outcome: "stale", held: "f".repeat(20) }],
    why: "no version looks like another answer",
  },
])("understands $reply: $why", ({ reply, answers }) => {
  expect(parseAnswers(Buffer.from(reply, "latin1"))).toEqual(answers);
});

it.each([
  { expiresAtMs: 11, nowMs: 10, hadValue: true },
  { expiresAtMs: 10, nowMs: 10, hadValue: false },
  { expiresAtMs: 9, nowMs: 10, hadValue: false },
])("an expiry at $expiresAtMs is a value at $nowMs: $hadValue", ({ hadValue, ...times }) => {
  const outcome = outcomeOf({ outcome: "replaced", ...times }, times.nowMs);
  expect(outcome).toEqual({ outcome: "stored", hadValue });
});

it("reads a digest's lanes and count", () => {
  const bytes = Buffer.from("ffffffff0000000100000002", "hex");
  expect(parseDigest(bytes)).toEqual({ records: 2, sum: "ffffffff00000001" });
});
