import { type Key, type NodeId, nodeNumberOf, versionAt, type WriteNotice } from "@ringkv/core";
import type { NoticeChannel } from "./notice-channel.js";
import { NoticeDesk } from "./notice-desk.js";
import type { WriteEvent } from "./ports/notifier.js";

const MEMBERS = ["node1", "node2"] as NodeId[];

function notice(ms: number, by = "node1"): WriteNotice {
  const version = versionAt({ ms, counter: 0 }, nodeNumberOf(by as NodeId));
  return { version, key: `k${ms}` as Key, kind: "created", value: null };
}

function open(channels = 1) {
  const standing = { leads: true };
  const desk = new NoticeDesk({ members: MEMBERS, leads: () => standing.leads });
  const taken: WriteEvent[][] = [];
  for (let index = 0; index < channels; index++) {
    const own: WriteEvent[] = [];
    taken.push(own);
    const channel = { take: (event: WriteEvent) => void own.push(event), forgetWaiting: () => {} };
    desk.addChannel(channel as unknown as NoticeChannel<WriteEvent>);
  }
  return { desk, standing, taken };
}

it("takes a notice once, however many offer it, and says so when it is settled", () => {
  const { desk, taken } = open();
  expect(desk.offer([notice(1), notice(1)])).toEqual([false, false]);
  expect(desk.offer([notice(1), notice(2)])).toEqual([false, false]);
  expect(taken[0]?.map(({ key }) => key)).toEqual(["k1", "k2"]);
  desk.settle([taken[0]?.[0] as WriteEvent]);
  expect(desk.offer([notice(1), notice(2)])).toEqual([true, false]);
  expect(taken[0]).toHaveLength(2);
});

it("says settled when all channels are done with it, and not before", () => {
  const { desk, taken } = open(2);
  desk.offer([notice(1)]);
  const [event] = taken[0] as [WriteEvent];
  desk.settle([event]);
  expect(desk.offer([notice(1)])).toEqual([false]);
  desk.settle([event]);
  expect(desk.offer([notice(1)])).toEqual([true]);
});

it("takes nothing when it does not lead, and still knows what it has settled", () => {
  const { desk, standing, taken } = open();
  desk.offer([notice(1)]);
  desk.settle(taken[0] as WriteEvent[]);
  standing.leads = false;
  expect(desk.offer([notice(1), notice(2)])).toEqual([true, false]);
  expect(taken[0]).toHaveLength(1);
});

it("does not call settled what it has abandoned, though one channel has told of it", () => {
  const { desk, taken } = open(2);
  desk.offer([notice(1)]);
  desk.abandon();
  desk.settle([taken[0]?.[0] as WriteEvent]);
  expect(desk.offer([notice(1)])).toEqual([false]);
  expect(taken[1]).toHaveLength(2);
});

it("says who coordinated it, and what was noted of its value", () => {
  const { desk, taken } = open();
  const value = { contentType: "text/plain", bytes: Buffer.from("v") };
  desk.offer([{ ...notice(5, "node2"), value }, notice(6, "a stranger")]);
  expect(taken[0]).toEqual([
    {
      id: notice(5, "node2").version,
      key: "k5",
      kind: "created",
      atMs: 5,
      coordinator: "node2",
      value: { contentType: "text/plain", base64: "dg==" },
    },
    { id: expect.any(String), key: "k6", kind: "created", atMs: 6, coordinator: "unknown" },
  ]);
});

it("settles at once what nobody is to be told of", () => {
  expect(open(0).desk.offer([notice(1)])).toEqual([true]);
});
