import { allPartitions, buildRing, type NodeId, walkOf } from "@ringkv/core";
import { WalkOrders } from "./walk-orders.js";

it.each([1, 2, 3, 5])("numbers the orders of a ring of %i nodes", (size) => {
  const nodes = Array.from({ length: size }, (_, index) => `node${index + 1}` as NodeId);
  const ring = buildRing(nodes);
  const orders = new WalkOrders(ring);
  expect(new Set(orders.walks.map((walk) => walk.join())).size).toBe(orders.walks.length);
  for (const partition of allPartitions()) {
    expect(orders.walks[orders.numberOf(partition)]).toEqual(walkOf(ring, partition));
  }
});
