import { type NodeId, NotSupported } from "@ringkv/core";
import { Inquiries } from "./inquiries.js";
import { type Fault, type Inquiry, isInquiry } from "./inquiry.js";
import type { NodeStatus } from "./node-status.js";
import { PeerFailure } from "./ports/peers.js";

const [ONE, TWO, THREE] = ["node1", "node2", "node3"] as NodeId[] as [NodeId, NodeId, NodeId];
const statusOf = (node: NodeId) => ({ node, state: "up" }) as NodeStatus;
const CUT: Fault = { kind: "cut", peer: THREE, delayMs: 0, seconds: 10 };

function open({ drills = true } = {}) {
  const inflicted: Fault[] = [];
  const asked: string[] = [];
  const inquiries = new Inquiries({
    self: ONE,
    members: [ONE, TWO, THREE],
    peers: {
      inquire: async (node, inquiry) => {
        asked.push(`${node} ${inquiry.kind}`);
        if (node === THREE) throw new PeerFailure({ node, reason: "timed-out", sent: true });
        return inquiry.kind === "status" ? statusOf(node) : { isDone: drills };
      },
    },
    ownStatus: async () => statusOf(ONE),
    drill: drills ? async (fault) => void inflicted.push(fault) : null,
    timeoutMs: 100,
  });
  return { inquiries, inflicted, asked };
}

it("reports every member, and null for one that does not answer", async () => {
  const { inquiries } = open();
  expect(await inquiries.reports()).toEqual([
    { node: ONE, status: statusOf(ONE) },
    { node: TWO, status: statusOf(TWO) },
    { node: THREE, status: null },
  ]);
});

it("takes part in a drill itself, and passes one on to whom it is meant for", async () => {
  const { inquiries, inflicted, asked } = open();
  await inquiries.inflict(ONE, CUT);
  await inquiries.inflict(TWO, CUT);
  expect(inflicted).toEqual([CUT]);
  expect(asked).toEqual(["node2 fault"]);
});

it.each([ONE, TWO])("says so when %s takes no part in drills", async (node) => {
  const { inquiries, inflicted } = open({ drills: false });
  await expect(inquiries.inflict(node, CUT)).rejects.toBeInstanceOf(NotSupported);
  expect(inflicted).toEqual([]);
});

it("rejects when the member does not answer", async () => {
  await expect(open().inquiries.inflict(THREE, CUT)).rejects.toBeInstanceOf(PeerFailure);
});

const fault = (changes: object): unknown => ({ kind: "fault", fault: { ...CUT, ...changes } });

it.each<{ thing: unknown; is: boolean; why: string }>([
  { thing: { kind: "status" } satisfies Inquiry, is: true, why: "a question" },
  { thing: fault({}), is: true, why: "a fault" },
  { thing: fault({ kind: "explode" }), is: false, why: "no such fault" },
  { thing: fault({ seconds: 121 }), is: false, why: "longer than a drill" },
  { thing: fault({ seconds: -1 }), is: false, why: "before it began" },
  { thing: fault({ delayMs: Number.NaN }), is: false, why: "no number" },
  { thing: fault({ peer: 7 }), is: false, why: "no name" },
  { thing: { kind: "fault" }, is: false, why: "which?" },
  { thing: null, is: false, why: "nothing" },
  { thing: "status", is: false, why: "a word" },
])("isInquiry is $is for $thing: $why", ({ thing, is }) => {
  expect(isInquiry(thing)).toBe(is);
});
