import type { NodeId, WriteQuorum } from "@ringkv/core";
import { HeldPeers, record, version } from "../test-support/fakes.js";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import type { PeerFailureReason } from "./ports/peers.js";
import { type Attempt, type RoundResult, WriteRound, type WriteRoundDeps } from "./write-round.js";

const nodes = (names: string) => names.split("") as NodeId[];

function openRound<P extends WriteRoundDeps["peers"] = HeldPeers>(
  change: Partial<Attempt> = {},
  peers: P = new HeldPeers() as unknown as P,
) {
  const clock = new ManualClock();
  const failures: string[] = [];
  const deps: WriteRoundDeps = {
    clock,
    peers,
    onFailure: (node) => void failures.push(node),
    options: { peerTimeoutMs: 400 },
  };
  const round = new WriteRound(deps, {
    record: record("k", 50),
    targets: { first: nodes("AB"), spares: nodes("CD") },
    needed: 2,
    deadlineMs: 2_000,
    onOver: () => {},
    ...change,
  });
  let result: RoundResult | null = null;
  const done = round.run().then((it) => {
    result = it;
    return it;
  });
  return { clock, peers, failures, done, result: () => result };
}

const REASONS: Record<string, PeerFailureReason> = {
  "!": "timed-out",
  "0": "refused",
  "#": "full",
};

/**
 * Plays "A+ B<5": A stored it, where a value was before with "v" and this version with "=";
 * B holds version 5. "!" ran out of time, "0" was refused unsent, "#" is full.
 */
async function play(peers: HeldPeers, script: string): Promise<void> {
  for (const word of script === "" ? [] : script.split(" ")) {
    const [node, sign, held] = [word.slice(0, 1) as NodeId, word.slice(1, 2), word.slice(2)];
    const reason = REASONS[sign];
    if (reason !== undefined) await peers.fail(node, reason, sign !== "0");
    else if (sign === "=") await peers.answer(node, { outcome: "repeated" });
    else if (sign === "<") await peers.answer(node, { outcome: "stale", held: version(+held) });
    else await peers.answer(node, { outcome: "stored", hadValue: sign === "v" });
  }
  await settle();
}

describe("WriteRound", () => {
  it.each`
    script           | asked        | verdict          | stored  | why
    ${""}            | ${"A B"}     | ${null}          | ${""}   | ${"the owners are asked at once"}
    ${"A+"}          | ${"A B"}     | ${null}          | ${""}   | ${"one of two"}
    ${"A+ B+"}       | ${"A B"}     | ${"reached"}     | ${"AB"} | ${"both owners"}
    ${"A= B+"}       | ${"A B"}     | ${"reached"}     | ${"AB"} | ${"held before is as good as stored"}
    ${"A!"}          | ${"A B C"}   | ${null}          | ${""}   | ${"a stand-in takes over at once"}
    ${"A! B+ C+"}    | ${"A B C"}   | ${"reached"}     | ${"BC"} | ${"an owner and a stand-in"}
    ${"A! B0 C+ D+"} | ${"A B C D"} | ${"reached"}     | ${"CD"} | ${"two stand-ins"}
    ${"A! C! D! B+"} | ${"A B C D"} | ${"unreachable"} | ${""}   | ${"one alone is not two"}
    ${"A<60"}        | ${"A B"}     | ${"stale"}       | ${""}   | ${"something newer is held"}
    ${"A+ B<60"}     | ${"A B"}     | ${"stale"}       | ${"A"}  | ${"even when another stored it"}
    ${"A! B<60"}     | ${"A B C"}   | ${"stale"}       | ${""}   | ${"no matter who else is asked"}
  `("$script: $verdict, because $why", async ({ script, asked, verdict, stored }) => {
    const { peers, result } = openRound();
    await play(peers, script);
    expect(peers.asked("apply")).toBe(asked);
    expect(result()?.verdict ?? null).toBe(verdict);
    expect(result()?.stored.join("") ?? "").toBe(stored);
  });

  it.each`
    script            | maybe    | full     | hadValue | why
    ${"A0 B0 C0 D0"}  | ${false} | ${false} | ${false} | ${"nothing ever left this node"}
    ${"A! B0 C0 D0"}  | ${true}  | ${false} | ${false} | ${"A may store it yet"}
    ${"A# B0 C0 D0"}  | ${true}  | ${true}  | ${false} | ${"A was asked and had no room"}
    ${"A0 B0 C0 Dv"}  | ${true}  | ${false} | ${true}  | ${"D stored it over a value"}
    ${"A+"}           | ${true}  | ${false} | ${false} | ${"A stored it, where nothing was"}
    ${"A="}           | ${true}  | ${false} | ${false} | ${"A had stored it before"}
    ${"A<9"}          | ${true}  | ${false} | ${false} | ${"B has not answered yet"}
    ${"B0 C0 D0 A<9"} | ${false} | ${false} | ${false} | ${"who is stale stored nothing"}
  `("$script: may be stored $maybe, full $full, had a value $hadValue: $why", async (row) => {
    const { peers, done } = openRound({ needed: 1 });
    await play(peers, row.script);
    const { maySomeHaveStored, someStoreFull, hadValue } = await done;
    expect([maySomeHaveStored, someStoreFull, hadValue]).toEqual([
      row.maybe,
      row.full,
      row.hadValue,
    ]);
  });

  it("answers before the stragglers do, who get the record all the same", async () => {
    const targets = { first: nodes("ABC"), spares: [] };
    const { peers, result } = openRound({ targets, needed: 1 });
    await play(peers, "B+");
    expect(result()).toMatchObject({ verdict: "reached", stored: ["B"] });
    expect(peers.asked("apply")).toBe("A B C");
    await play(peers, "A+ C+");
    expect(result()?.stored).toEqual(["B"]);
  });

  it("goes on replacing an owner that fails after the client has been answered", async () => {
    const { peers, result } = openRound({ needed: 1 });
    await play(peers, "B+");
    expect(result()?.verdict).toBe("reached");
    await play(peers, "A!");
    expect(peers.asked("apply")).toBe("A B C");
    await play(peers, "C!");
    expect(peers.asked("apply")).toBe("A B C D");
    await play(peers, "D+");
  });

  it("asks no stand-in once something newer is known: nobody wants the old record", async () => {
    const { peers } = openRound();
    await play(peers, "A<60 B!");
    expect(peers.asked("apply")).toBe("A B");
  });

  it("sends nothing when the quorum cannot be reached, so that nothing is stored", async () => {
    const { peers, done } = openRound({ targets: { first: nodes("A"), spares: [] } });
    expect(await done).toMatchObject({ verdict: "unreachable", maySomeHaveStored: false });
    expect(peers.calls).toEqual([]);
  });

  it("sends nothing after the deadline", async () => {
    const { peers, done } = openRound({ deadlineMs: 0 });
    expect(await done).toMatchObject({ verdict: "unreachable", maySomeHaveStored: false });
    expect(peers.calls).toEqual([]);
  });

  it("asks no stand-in after the deadline", async () => {
    const { clock, peers, done } = openRound();
    await clock.advance(2_000);
    await play(peers, "A!");
    expect(peers.asked("apply")).toBe("A B");
    await expect(done).resolves.toMatchObject({ verdict: "unreachable" });
  });

  it("gives each node its own time, and none more than is left", async () => {
    const { clock, peers } = openRound({ deadlineMs: 500 });
    await clock.advance(300);
    await play(peers, "A!");
    expect(peers.calls.map(({ budgetMs }) => budgetMs)).toEqual([400, 400, 200]);
  });

  it("reports who failed, and who answered what and when", async () => {
    const { clock, peers, failures, done } = openRound();
    await clock.advance(10);
    await play(peers, "A!");
    await clock.advance(5);
    await play(peers, "B+ C=");
    expect(failures).toEqual(["A"]);
    expect((await done).answers).toEqual([
      { node: "A", answer: "timed-out", version: null, afterMs: 10 },
      { node: "B", answer: "stored", version: version(50), afterMs: 15 },
      { node: "C", answer: "repeated", version: version(50), afterMs: 15 },
    ]);
  });

  it("treats a failure that it does not know as one that may have stored the record", async () => {
    const bug = new TypeError("a bug");
    const peers = { apply: () => Promise.reject(bug) };
    const { done } = openRound({}, peers);
    expect(await done).toMatchObject({ verdict: "unreachable", maySomeHaveStored: true });
    expect((await done).answers[0]?.answer).toBe("failed");
  });
});

describe("a node that has not recovered", () => {
  it("is no vote, though it has the record: a stand-in is asked as well", async () => {
    const { peers, done } = openRound({ targets: { first: nodes("AB"), spares: nodes("C") } });
    await peers.answer("A" as NodeId, { outcome: "unvouched" });
    expect(peers.asked("apply")).toBe("A B C");
    await peers.answer("B" as NodeId, { outcome: "stored", hadValue: false });
    await peers.answer("C" as NodeId, { outcome: "stored", hadValue: false });
    const result = await done;
    expect(result).toMatchObject({ verdict: "reached", stored: ["B", "C"], failed: ["A"] });
    expect(result.answers[0]).toMatchObject({ node: "A", answer: "unvouched" });
  });

  it("leaves the outcome unknown when nobody else is left", async () => {
    const { peers, done } = openRound({ targets: { first: nodes("AB"), spares: [] } });
    await peers.answer("A" as NodeId, { outcome: "unvouched" });
    expect(await done).toMatchObject({ verdict: "unreachable", maySomeHaveStored: true });
  });
});

it("says who has it when the last one has answered, not when the client is told", async () => {
  const over: string[] = [];
  const onOver = ({ stored, failed }: WriteQuorum) =>
    over.push(`${stored.join()} | ${failed.join()}`);
  const { peers, done } = openRound({
    targets: { first: nodes("ABC"), spares: [] },
    needed: 1,
    onOver,
  });
  await peers.answer("A" as NodeId, { outcome: "stored", hadValue: false });
  await done;
  await peers.fail("B" as NodeId, "timed-out");
  expect(over).toEqual([]);
  await peers.answer("C" as NodeId, { outcome: "repeated" });
  expect(over).toEqual(["A,C | B"]);
});
