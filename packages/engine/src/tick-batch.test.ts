import { settle } from "../test-support/manual-clock.js";
import { TickBatch, type TickBatchOptions } from "./tick-batch.js";

/** A batch of texts, each as large as it is long, sent when the test ends the turn. */
function openBatch(change: Partial<TickBatchOptions<string, string>> = {}) {
  const sent: string[] = [];
  const turns: (() => void)[] = [];
  const batch = new TickBatch<string, string>({
    send: async (items) => {
      sent.push(items.join(" "));
      return items.map((item) => item.toUpperCase());
    },
    atEndOfTurn: (flush) => void turns.push(flush),
    itemsMax: 4,
    bytesMax: 10,
    bytesOf: (item) => item.length,
    ...change,
  });
  const endTurn = () => {
    for (const flush of turns.splice(0)) flush();
  };
  return { batch, sent, turns, endTurn };
}

describe("TickBatch", () => {
  it("sends what is asked within one turn as one, and gives each caller its own part", async () => {
    const { batch, sent, turns, endTurn } = openBatch();
    const results = Promise.all([batch.add(["a"]), batch.add(["b", "c"])]);
    expect(sent).toEqual([]);
    expect(turns).toHaveLength(1);
    endTurn();
    expect(await results).toEqual([["A"], ["B", "C"]]);
    expect(sent).toEqual(["a b c"]);
  });

  it("starts anew with the next turn", async () => {
    const { batch, sent, endTurn } = openBatch();
    const first = batch.add(["a"]);
    endTurn();
    const second = batch.add(["b"]);
    endTurn();
    expect(await Promise.all([first, second])).toEqual([["A"], ["B"]]);
    expect(sent).toEqual(["a", "b"]);
  });

  it.each([
    {
      adds: [
        ["a", "b"],
        ["c", "d"],
      ],
      early: ["a b c d"],
      why: "as many items as allowed",
    },
    { adds: [["aaaaa"], ["bbbbb"]], early: ["aaaaa bbbbb"], why: "as many bytes as allowed" },
    {
      adds: [
        ["a", "b", "c"],
        ["d", "e"],
      ],
      early: ["a b c d e"],
      why: "one call stays together",
    },
    { adds: [["x".repeat(99)]], early: ["x".repeat(99)], why: "too large to wait for others" },
    { adds: [["a"], ["b"]], early: [], why: "there is room for more" },
  ])("does not wait for the end of the turn with $why: $early", async ({ adds, early }) => {
    const { batch, sent, endTurn } = openBatch();
    const results = Promise.all(adds.map((items) => batch.add(items)));
    expect(sent).toEqual(early);
    endTurn();
    expect(await results).toEqual(adds.map((items) => items.map((item) => item.toUpperCase())));
  });

  it("sends at the end of the turn what came after a batch that was full", async () => {
    const { batch, sent, turns, endTurn } = openBatch();
    const results = Promise.all([batch.add(["a"]), batch.add(["b", "c", "d"]), batch.add(["e"])]);
    expect(turns).toHaveLength(1);
    endTurn();
    expect(await results).toEqual([["A"], ["B", "C", "D"], ["E"]]);
    expect(sent).toEqual(["a b c d", "e"]);
  });

  it("tells everybody in it when a batch fails, and goes on with the next", async () => {
    const thrown = new Error("the link broke");
    const outcomes = [Promise.reject(thrown), Promise.resolve(["B"])];
    const { batch, endTurn } = openBatch({ send: () => outcomes.shift() ?? Promise.resolve([]) });
    const lost = Promise.allSettled([batch.add(["a"]), batch.add(["a"])]);
    endTurn();
    expect(await lost).toEqual([
      { status: "rejected", reason: thrown },
      { status: "rejected", reason: thrown },
    ]);
    const next = batch.add(["b"]);
    endTurn();
    expect(await next).toEqual(["B"]);
  });

  it("answers who asks for nothing, without a message", async () => {
    const { batch, sent, endTurn } = openBatch();
    let answer: readonly string[] | null = null;
    void batch.add([]).then((results) => {
      answer = results;
    });
    endTurn();
    await settle();
    expect(answer).toEqual([]);
    expect(sent).toEqual([]);
  });
});
