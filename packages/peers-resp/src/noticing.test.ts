/** What notices and alerts are on the wire, and that both ends understand them. */

import { type Key, type NodeId, type NoticeKind, versionAt, type WriteNotice } from "@ringkv/core";
import { ALERT_DETAIL_MAX, ALERT_KINDS, type Alert } from "@ringkv/engine";
import fc from "fast-check";
import { NODE2, Stage } from "../test-support/link-fakes.js";
import { decodeAlert, decodeNotices, encodeAlert, encodeNotices, noticeSize } from "./noticing.js";
import { Malformed } from "./wire.js";

const BUDGET_MS = 5_000;

const notice: fc.Arbitrary<WriteNotice> = fc.record({
  version: fc.nat(0xffff_ffff).map((ms) => versionAt({ ms, counter: 1 }, 2)),
  key: fc.string({ minLength: 1, maxLength: 30, unit: "grapheme" }) as fc.Arbitrary<Key>,
  kind: fc.constantFrom<NoticeKind>("created", "replaced", "deleted", "written"),
  value: fc.option(
    fc.record({
      contentType: fc.constantFrom("", "text/plain"),
      bytes: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    }),
  ),
});

const alert: fc.Arbitrary<Alert> = fc.record({
  id: fc.string({ maxLength: 90 }),
  kind: fc.constantFrom(...ALERT_KINDS),
  node: fc.constantFrom("node1", "n-2") as fc.Arbitrary<NodeId>,
  detail: fc.string({ maxLength: ALERT_DETAIL_MAX }),
  atMs: fc.nat(),
});

describe("the payload of notices", () => {
  it("carries any notices, in no more bytes than are counted for them", () => {
    fc.assert(
      fc.property(fc.array(notice, { minLength: 1 }), (notices) => {
        const payload = encodeNotices(notices);
        expect(decodeNotices([payload])).toEqual(notices);
        const counted = notices.reduce((sum, one) => sum + noticeSize(one), 0);
        expect(payload.length).toBeLessThanOrEqual(counted);
      }),
    );
  });

  it("is refused, and never with anything but Malformed, when it is none", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(() => decodeNotices([Buffer.from(bytes)])).toThrow(Malformed);
      }),
    );
    const length = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    expect(() => decodeNotices([length])).toThrow(Malformed);
    expect(() => decodeNotices([])).toThrow(Malformed);
  });
});

describe("the payload of an alert", () => {
  it("carries any alert", () => {
    fc.assert(
      fc.property(alert, (one) => {
        expect(decodeAlert([Buffer.from(encodeAlert(one))])).toEqual(one);
      }),
    );
  });

  const whole = { id: "i", kind: "node-down", node: "node1", detail: "d", atMs: 1 };
  it.each([
    { change: { kind: "party" }, why: "of a kind that nobody knows" },
    { change: { node: "x\r\nBcc: y" }, why: "about what is no node" },
    { change: { node: 7 }, why: "about a number" },
    { change: { detail: "x".repeat(ALERT_DETAIL_MAX + 1) }, why: "with a long story" },
    { change: { detail: null }, why: "with no story" },
    { change: { atMs: "1" }, why: "from no time" },
    { change: { id: "x".repeat(101) }, why: "under a long name" },
  ])("is refused $why", ({ change }) => {
    const bytes = Buffer.from(JSON.stringify({ ...whole, ...change }));
    expect(() => decodeAlert([bytes])).toThrow(Malformed);
  });

  it.each(["", "null", "[]", "1", "{", `{"id":"${"x".repeat(9_000)}"}`])("is not %j", (text) => {
    expect(() => decodeAlert([Buffer.from(text.slice(0, 9_000))])).toThrow(Malformed);
  });
});

describe("an offer of notices", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.end());

  const of = (key: string): WriteNotice => {
    const version = versionAt({ ms: 5, counter: 0 }, 1);
    return { version, key: key as Key, kind: "created", value: null };
  };

  it("brings back for each, in order, whether it is settled", async () => {
    const { peers } = await stage.pair();
    const offered = [of("s1"), of("a"), of("s2")];
    expect(await peers.offerNotices(NODE2, offered, BUDGET_MS)).toEqual([true, false, true]);
  });

  it("goes with alerts over the same link", async () => {
    const { peers, service } = await stage.pair();
    const one = { id: "i", kind: "store-full", node: NODE2, detail: "d", atMs: 1 } as const;
    await peers.raise(NODE2, one, BUDGET_MS);
    expect(service.calls).toContain(`store-full ${NODE2} d`);
  });
});
