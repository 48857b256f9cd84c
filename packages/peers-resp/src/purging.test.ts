/** What a purge puts on the wire, and that both ends understand it. */

import { type Key, type Version, versionAt } from "@ringkv/core";
import type { HeldVersion } from "@ringkv/engine";
import fc from "fast-check";
import { NODE2, recordOf, Stage } from "../test-support/link-fakes.js";
import { decodeForgotten, decodeHeld, encodeForgotten, encodeHeld } from "./purging.js";
import { Malformed } from "./wire.js";

const BUDGET_MS = 5_000;

const held: fc.Arbitrary<HeldVersion> = fc.record({
  key: fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }) as fc.Arbitrary<Key>,
  version: fc.nat(0xffff_ffff).map((ms) => versionAt({ ms, counter: 1 }, 2)),
});

describe("the payloads of a purge", () => {
  it("carry any keys and versions", () => {
    fc.assert(
      fc.property(fc.array(held), (records) => {
        expect(decodeHeld(encodeHeld(records))).toEqual(records);
      }),
    );
  });

  it("carry any answers", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (answers) => {
        const payload = Buffer.from(encodeForgotten(answers));
        expect(decodeForgotten(payload, answers.length)).toEqual(answers);
      }),
    );
  });

  const whole = encodeHeld([{ key: "k" as Key, version: "0".repeat(20) as Version }]);
  const changed = (at: number, byte: number) => {
    const bytes = Buffer.from(whole);
    bytes[at] = byte;
    return bytes;
  };

  it.each([
    { payload: whole.subarray(0, 21), why: "a header cut short" },
    { payload: whole.subarray(0, 22), why: "a key cut short" },
    { payload: changed(1, 0), why: "an empty key" },
    { payload: changed(0, 0xff), why: "a key longer than any" },
    { payload: changed(5, 0x47), why: "a version that is not hex" },
    { payload: changed(22, 0xff), why: "a key that is no UTF-8" },
  ])("are refused with $why", ({ payload }) => {
    expect(() => decodeHeld(payload)).toThrow(Malformed);
  });

  it.each([
    { answer: "1", why: "an answer too few" },
    { answer: "101", why: "an answer too many" },
    { answer: "1x", why: "an answer that is none" },
  ])("are refused with $why", ({ answer }) => {
    expect(() => decodeForgotten(Buffer.from(answer), 2)).toThrow(Malformed);
  });

  it("never make a decoder throw anything else, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          decodeHeld(Buffer.from(bytes));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Malformed);
        }
      }),
    );
  });
});

describe("a call to purge", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.end());

  it("brings back for each record, in order, whether it was forgotten", async () => {
    const { peers, service } = await stage.pair();
    const [a, b] = [recordOf("a"), recordOf("b", "v", 2)];
    await peers.apply(NODE2, [a, b], BUDGET_MS);
    const asked = [a, recordOf("none"), recordOf("b", "v", 1)];
    expect(await peers.purge(NODE2, asked, BUDGET_MS)).toEqual([true, false, false]);
    expect([...service.records.keys()]).toEqual(["b"]);
    expect(await peers.purge(NODE2, [], BUDGET_MS)).toEqual([]);
  });

  it("starts a purge over there", async () => {
    const { peers, service } = await stage.pair();
    await peers.startPurge(NODE2, BUDGET_MS);
    expect(service.calls).toContain("start a purge");
  });

  it("fails like any other when nobody is there", async () => {
    const { peers } = await stage.pair();
    const nobody = "node9" as typeof NODE2;
    await expect(peers.purge(nobody, [recordOf("a")], BUDGET_MS)).rejects.toThrow("refused");
    await expect(peers.startPurge(nobody, BUDGET_MS)).rejects.toThrow("refused");
  });
});
