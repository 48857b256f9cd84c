import { NodeOrder } from "./node-order.js";

const open = (spread = false) => new NodeOrder({ nodes: ["a", "b", "c"], spread, asideMs: 100 });

it("keeps to the node that answered last", () => {
  const order = open();
  expect(order.next(0)).toEqual(["a", "b", "c"]);
  order.answered("b");
  expect(order.next(0)).toEqual(["b", "c", "a"]);
});

it("begins each request at the next node when it is to spread them", () => {
  const order = open(true);
  const firsts = [1, 2, 3, 4].map(() => order.next(0)[0]);
  expect(firsts).toEqual(["a", "b", "c", "a"]);
});

it("asks a node that failed last, until its time is over", () => {
  const order = open();
  order.failed("a", 0);
  expect(order.next(99)).toEqual(["b", "c", "a"]);
  expect(order.next(100)).toEqual(["a", "b", "c"]);
});

it("asks all of them when all have failed", () => {
  const order = open();
  for (const node of "abc") order.failed(node, 0);
  expect(order.next(1)).toEqual(["a", "b", "c"]);
});

it("forgives a node that answers", () => {
  const order = open();
  order.failed("a", 0);
  order.answered("a");
  expect(order.next(1)).toEqual(["a", "b", "c"]);
});
