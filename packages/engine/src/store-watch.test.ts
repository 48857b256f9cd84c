import { type NodeId, StoreUnavailable } from "@ringkv/core";
import { LogBook } from "../test-support/fakes.js";
import { ManualClock } from "../test-support/manual-clock.js";
import type { Durability, StoreHealth } from "./ports/meta-store.js";
import { PeerFailure, type PeerFailureReason } from "./ports/peers.js";
import { StoreWatch } from "./store-watch.js";

function openWatch() {
  const clock = new ManualClock();
  const log = new LogBook();
  const store = { isAway: false, durability: "always" as Durability, incarnation: 1, probes: 0 };
  const incarnations: number[] = [];
  const away: number[] = [];
  const meta = {
    async probe(): Promise<StoreHealth> {
      store.probes++;
      if (store.isAway) throw new StoreUnavailable("away");
      return { durability: store.durability, incarnation: store.incarnation };
    },
  };
  const stopped = new AbortController();
  const watch = new StoreWatch({
    clock,
    meta,
    log,
    intervalMs: 1_000,
    onIncarnation: (incarnation) => {
      incarnations.push(incarnation);
      if (!watch.answers) incarnations.push(-1); // Told before anybody is let in again.
    },
    onBack: (awayMs) => void away.push(awayMs),
  });
  return { clock, log, store, stopped, watch, incarnations, away };
}

const failure = (reason: PeerFailureReason) =>
  new PeerFailure({ node: "node1" as NodeId, reason, sent: true });

describe("StoreWatch", () => {
  it("trusts the store until it is asked, and knows nothing of its durability", () => {
    const { watch } = openWatch();
    expect([watch.answers, watch.durability]).toEqual([true, null]);
  });

  it("notices within an interval that the store is away, and that it is back", async () => {
    const { clock, log, stopped, store, watch } = openWatch();
    const running = watch.run(stopped.signal);
    await clock.advance(0);
    expect([watch.answers, watch.durability]).toEqual([true, "always"]);
    store.isAway = true;
    await clock.advance(1_000);
    expect(watch.answers).toBe(false);
    await clock.advance(3_000);
    store.isAway = false;
    store.durability = "everysec";
    await clock.advance(1_000);
    expect([watch.answers, watch.durability]).toEqual([true, "everysec"]);
    expect(log.lines).toEqual([
      "error the store does not answer: this node refuses requests",
      "info the store answers again",
    ]);
    stopped.abort();
    await running;
    const probes = store.probes;
    await clock.advance(10_000);
    expect(store.probes).toBe(probes);
  });

  it("tells what the store says of its claim, before the store counts as back", async () => {
    const { clock, incarnations, stopped, store, watch } = openWatch();
    void watch.run(stopped.signal);
    await clock.advance(0);
    store.isAway = true;
    await clock.advance(1_000);
    store.isAway = false;
    store.incarnation = 0;
    await clock.advance(1_000);
    expect(incarnations).toEqual([1, 0, -1]);
    expect(watch.answers).toBe(true);
    stopped.abort();
  });

  it("tells how long the store was away", async () => {
    const { away, clock, stopped, store, watch } = openWatch();
    void watch.run(stopped.signal);
    await clock.advance(500);
    watch.noteFailure(failure("unavailable"));
    store.isAway = true;
    await clock.advance(3_000);
    store.isAway = false;
    await clock.advance(3_000);
    expect(away).toEqual([3_500]);
    stopped.abort();
  });

  it("knows how long the store has answered without a failure", async () => {
    const { clock, stopped, store, watch } = openWatch();
    void watch.run(stopped.signal);
    await clock.advance(5_500);
    expect(watch.answeredForMs).toBe(5_500);
    watch.noteFailure(failure("unavailable"));
    expect(watch.answeredForMs).toBe(0);
    await clock.advance(1_000);
    expect(watch.answeredForMs).toBe(500);
    store.isAway = true;
    await clock.advance(3_000);
    expect(watch.answeredForMs).toBe(0);
  });

  it.each([
    { thrown: failure("unavailable"), answers: false, why: "a request saw it first" },
    { thrown: failure("full"), answers: true, why: "a store without room still reads" },
    { thrown: failure("rejected"), answers: true, why: "the record was refused, not the store" },
    { thrown: new StoreUnavailable("away"), answers: false, why: "a peer's call saw it first" },
    { thrown: new Error("a bug"), answers: true, why: "that says nothing of the store" },
  ])("is told of a failure: answers $answers, because $why", ({ thrown, answers }) => {
    const { watch } = openWatch();
    watch.noteFailure(thrown);
    expect(watch.answers).toBe(answers);
  });
});
