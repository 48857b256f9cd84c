import { momentOf, overviewOf, ratesAt } from "../test-support/samples.js";
import { EMPTY_PAGE, nextPage, type PageEvent } from "./page-state.js";

const history = (base: string, rates = [ratesAt(1_000)]): PageEvent => {
  return { kind: "history", base, history: { primaries: [0, 1, 2], rates, happenings: [] } };
};
const moment = (node = "node1", atMs = 2_000): PageEvent => {
  return { kind: "moment", moment: momentOf({ overview: overviewOf({ node, atMs }) }) };
};
const after = (...events: PageEvent[]) => events.reduce(nextPage, EMPTY_PAGE);

it("takes the node that it hears first for home", () => {
  expect(after(history(""), moment())).toMatchObject({
    home: "node1",
    base: "",
    isConnected: true,
    notice: null,
  });
});

it("says so when it listens to another node, and keeps what it knew", () => {
  const state = after(
    history(""),
    moment(),
    { kind: "lost" },
    history("http://b"),
    moment("node2"),
  );
  expect(state).toMatchObject({ home: "node1", base: "http://b", isConnected: true });
  expect(state.notice).toBe("node1 does not answer. You see what node2 sees.");
  expect(state.rates).toHaveLength(1);
});

it("says that it is back, until somebody has read it", () => {
  const back = after(
    history(""),
    moment(),
    history("http://b"),
    moment("node2"),
    history(""),
    moment(),
  );
  expect(back).toMatchObject({ base: "", notice: "node1 answers again: this page is back on it." });
  expect(nextPage(back, { kind: "dismissed" }).notice).toBeNull();
});

it("keeps what it has seen while nobody answers", () => {
  const state = after(history(""), moment(), { kind: "lost" });
  expect(state.isConnected).toBe(false);
  expect(state.overview).not.toBeNull();
});

it("keeps one point a second, of the last fifteen minutes", () => {
  const rates = [ratesAt(1_000), ratesAt(1_900, { reads: 5 }), ratesAt(1_000_000)];
  expect(after(history("", rates)).rates).toEqual([ratesAt(1_000_000)]);
  const near = [ratesAt(1_000), ratesAt(1_900, { reads: 5 })];
  expect(after(history("", near)).rates).toEqual([ratesAt(1_900, { reads: 5 })]);
});

it("asks for a token, and forgets that it did once somebody answers", () => {
  const locked = after({ kind: "locked", lock: "wanted" });
  expect(locked).toMatchObject({ lock: "wanted", isConnected: false });
  expect(nextPage(locked, { kind: "locked", lock: "refused" }).lock).toBe("refused");
  expect(nextPage(locked, history("")).lock).toBeNull();
});
