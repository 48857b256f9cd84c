import type { Inquiry } from "@ringkv/engine";
import { clock, NODE1, NODE2, Stage } from "../test-support/link-fakes.js";
import {
  decodeInquiry,
  decodeInquiryAnswer,
  encodeInquiry,
  encodeInquiryAnswer,
} from "./inquiring.js";
import { PeerFaults } from "./peer-faults.js";
import { Malformed } from "./wire.js";

const BUDGET_MS = 5_000;
const FAULT: Inquiry = {
  kind: "fault",
  fault: { kind: "delay", peer: null, delayMs: 200, seconds: 30 },
};

it.each<Inquiry>([{ kind: "status" }, FAULT])("carries %j there", (inquiry) => {
  expect(decodeInquiry([encodeInquiry(inquiry)])).toEqual(inquiry);
});

it("carries an answer back", () => {
  expect(decodeInquiryAnswer(encodeInquiryAnswer({ isDone: true }))).toEqual({ isDone: true });
});

it.each(["", "{", "null", "7", "[]", '{"kind":"stop"}', '{"kind":"fault","fault":{}}'])(
  "refuses %j as a question",
  (text) => {
    expect(() => decodeInquiry([Buffer.from(text)])).toThrow(Malformed);
  },
);

it.each(["", "{", "null", "{}", '"node"', '{"node":"node1"}'])(
  "refuses %j as an answer",
  (text) => {
    expect(() => decodeInquiryAnswer(Buffer.from(text))).toThrow(Malformed);
  },
);

describe("between two nodes", () => {
  let stage: Stage;
  beforeEach(() => {
    stage = new Stage();
  });
  afterEach(() => stage.end());

  it("brings back what the other one answers", async () => {
    const { peers, service } = await stage.pair();
    expect(await peers.inquire(NODE2, FAULT, BUDGET_MS)).toEqual({ isDone: true });
    expect(service.calls).toContain("inquire fault");
  });

  it("loses a call of a node that has cut itself off, until it is healed", async () => {
    const faults = new PeerFaults(clock);
    const { peers } = await stage.pair({ peers: { faults } });
    faults.set({ kind: "isolate", peer: null, delayMs: 0, seconds: 60 });
    await expect(peers.digests(NODE2, 50)).rejects.toThrow("timed-out");
    faults.set({ kind: "heal", peer: null, delayMs: 0, seconds: 0 });
    await expect(peers.digests(NODE2, BUDGET_MS)).resolves.toEqual(new Map());
  });

  it("does not do what it was told while it had cut the link", async () => {
    const faults = new PeerFaults(clock);
    const { peers, service } = await stage.pair({ server: { faults } });
    faults.set({ kind: "cut", peer: NODE1, delayMs: 0, seconds: 60 });
    await expect(peers.digests(NODE2, 50)).rejects.toThrow("timed-out");
    faults.set({ kind: "heal", peer: null, delayMs: 0, seconds: 0 });
    await peers.inquire(NODE2, FAULT, BUDGET_MS);
    expect(service.calls).not.toContain("digests");
  });

  it("refuses what it was told in time and would do too late", async () => {
    const faults = new PeerFaults(clock);
    const { peers, service } = await stage.pair({ server: { faults } });
    faults.set({ kind: "delay", peer: NODE1, delayMs: 100, seconds: 60 });
    await expect(peers.digests(NODE2, 50)).rejects.toThrow("timed-out");
    await expect(peers.inquire(NODE2, FAULT, BUDGET_MS)).resolves.toEqual({ isDone: true });
    expect(service.calls).not.toContain("digests");
  });
});
