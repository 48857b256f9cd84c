/** Gathering, budgets and settling, without a socket. */

import { jest } from "@jest/globals";
import type { NodeId } from "@ringkv/core";
import { PeerFailure } from "@ringkv/engine";
import { failureOf } from "../test-support/link-fakes.js";
import { type Carrier, Lane, type Message } from "./lane.js";
import type { Operation } from "./operations.js";
import { Malformed } from "./wire.js";

/** Items are numbers, each takes ten bytes, and its result is its text. */
const OPERATION: Operation<number, string> = {
  command: "RKV.APPLY",
  itemsMax: 4,
  bytesMax: 1_000,
  bytesOf: () => 10,
  encode: (items) => [items.join(" ")],
  decode: (reply) => {
    if (reply === "nonsense") throw new Malformed("nonsense");
    return (reply as string).split(" ");
  },
};

class FakeCarrier implements Carrier {
  readonly node = "node2" as NodeId;
  isOpen = true;
  bytesInFlight = 0;
  messagesInFlight = 0;
  readonly sent: Message[] = [];
  readonly givenUp: string[] = [];
  silences = 0;
  readonly failures: unknown[] = [];
  answer: (items: string) => Promise<unknown> = (items) => Promise.resolve(items);

  scheduleFlush(): void {}

  send(message: Message): Promise<unknown> {
    this.sent.push(message);
    return this.answer(String(message.args[0]));
  }

  noteSilence(): void {
    this.silences++;
  }

  noteFailure(thrown: unknown): void {
    this.failures.push(thrown);
  }

  giveUp(why: string): void {
    this.givenUp.push(why);
  }
}

function laneOn(carrier: FakeCarrier): Lane<number, string> {
  const limits = { bytesInFlightMax: 100, messagesInFlightMax: 3 };
  const clock = { monotonicMs: () => performance.now() };
  return new Lane({ carrier, clock, operation: OPERATION, ...limits });
}

const texts = (carrier: FakeCarrier) => carrier.sent.map(({ args }) => args[0]);

describe("Lane", () => {
  let carrier: FakeCarrier;
  let lane: Lane<number, string>;

  beforeEach(() => {
    jest.useFakeTimers();
    carrier = new FakeCarrier();
    lane = laneOn(carrier);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it("sends one message for all that was asked since the last one", async () => {
    const calls = [lane.call([1, 2], 100), lane.call([3], 100)];
    expect(carrier.sent).toEqual([]);
    lane.flush();
    expect(texts(carrier)).toEqual(["1 2 3"]);
    expect(await Promise.all(calls)).toEqual([["1", "2"], ["3"]]);
    lane.flush();
    expect(carrier.sent).toHaveLength(1);
  });

  it("sends early what is full, and never splits a call", async () => {
    void lane.call([1, 2, 3], 100);
    void lane.call([4, 5], 100);
    void lane.call([6, 7, 8, 9, 10], 100);
    lane.flush();
    expect(texts(carrier)).toEqual(["1 2 3", "4 5", "6 7 8 9 10"]);
  });

  it("gives a message the budget of its most patient call", () => {
    void lane.call([1], 50);
    void lane.call([2], 400);
    void lane.call([3], 90);
    jest.advanceTimersByTime(10);
    lane.flush();
    expect(carrier.sent[0]?.stamp.budgetMs).toBe(390);
  });

  it("rejects each call when its own budget is used up, and not before", async () => {
    carrier.answer = () => new Promise(() => {});
    const order: string[] = [];
    for (const budgetMs of [200, 50, 100, 50]) {
      lane.call([budgetMs], budgetMs).catch((failure: PeerFailure) => {
        order.push(`${budgetMs} ${failure.reason} ${failure.sent}`);
      });
    }
    lane.flush();
    await jest.advanceTimersByTimeAsync(49);
    expect(order).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(order).toEqual(["50 timed-out true", "50 timed-out true"]);
    await jest.advanceTimersByTimeAsync(150);
    expect(order.slice(2)).toEqual(["100 timed-out true", "200 timed-out true"]);
    expect(carrier.silences).toBe(3);
    expect(carrier.failures).toHaveLength(4);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("has no timer left when the answer has come", async () => {
    const call = lane.call([1], 100);
    lane.flush();
    await call;
    expect(jest.getTimerCount()).toBe(0);
  });

  it("does not send what nobody waits for any more", async () => {
    const call = failureOf(lane.call([1], 50));
    jest.advanceTimersByTime(60);
    lane.flush();
    expect(await call).toMatchObject({ reason: "timed-out", sent: false });
    expect(carrier.sent).toEqual([]);
  });

  it("fails what was gathered when the connection is gone before it was sent", async () => {
    const call = failureOf(lane.call([1], 50));
    carrier.isOpen = false;
    lane.flush();
    expect(await call).toMatchObject({ reason: "refused", sent: false });
    expect(await failureOf(lane.call([2], 50))).toMatchObject({ reason: "refused", sent: false });
  });

  it.each([
    { why: "bytes", load: { bytesInFlight: 95 } },
    { why: "messages", load: { messagesInFlight: 3 } },
  ])("refuses a call when too many $why are in flight", async ({ load }) => {
    Object.assign(carrier, load);
    expect(await failureOf(lane.call([1], 50))).toMatchObject({ reason: "refused", sent: false });
  });

  it("takes what is larger than all that may be on its way, when nothing else is", async () => {
    const large = Array.from({ length: 11 }, (_, index) => index);
    const result = lane.call(large, 1_000);
    lane.flush();
    expect(await result).toHaveLength(11);
    carrier.bytesInFlight = 1;
    expect(await failureOf(lane.call(large, 1_000))).toMatchObject({ reason: "refused" });
  });

  it("tells every call of a message what the message failed with", async () => {
    const node = carrier.node;
    carrier.answer = () => Promise.reject(new PeerFailure({ node, reason: "full", sent: true }));
    const failures = [1, 2].map((item) => failureOf(lane.call([item], 50)));
    lane.flush();
    expect(await Promise.all(failures)).toMatchObject([{ reason: "full" }, { reason: "full" }]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it("asks again for what the answer left out", async () => {
    carrier.answer = (items) => Promise.resolve(items.split(" ").slice(0, 2).join(" "));
    const calls = Promise.all([lane.call([1], 100), lane.call([2, 3], 100), lane.call([4], 100)]);
    lane.flush();
    await jest.advanceTimersByTimeAsync(1);
    lane.flush();
    expect(texts(carrier)).toEqual(["1 2 3 4", "3 4"]);
    expect(await calls).toEqual([["1"], ["2", "3"], ["4"]]);
  });

  it("gives up a peer whose answer it does not understand", async () => {
    carrier.answer = () => Promise.resolve("nonsense");
    const call = failureOf(lane.call([1], 100));
    lane.flush();
    expect(await call).toMatchObject({ reason: "rejected", sent: true });
    expect(carrier.givenUp).toEqual(["malformed answer to RKV.APPLY: nonsense"]);
  });
});
