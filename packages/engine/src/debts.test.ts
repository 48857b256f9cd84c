import type { NodeId, Partition } from "@ringkv/core";
import { Debts } from "./debts.js";

const [SELF, A, B] = ["node1", "node2", "node3"] as [NodeId, NodeId, NodeId];
const P = 17 as Partition;
const Q = 18 as Partition;

const owes = (node: NodeId, ...partitions: Partition[]) => new Map([[node, new Set(partitions)]]);

describe("Debts", () => {
  it("know nothing at first: nobody is behind", () => {
    const debts = new Debts(SELF);
    expect(debts.own().size).toBe(0);
    expect(debts.debtorsTo(A, P)).toEqual([]);
  });

  it("tell what this node owes, by creditor", () => {
    const debts = new Debts(SELF);
    debts.owe(P, [A, B]);
    debts.owe(Q, [A]);
    expect(debts.own()).toEqual(
      new Map([
        [A, new Set([P, Q])],
        [B, new Set([P])],
      ]),
    );
    expect(debts.debtorsTo(A, P)).toEqual([SELF]);
    expect(debts.debtorsTo(B, Q)).toEqual([]);
  });

  it("end when they are paid, creditor by creditor", () => {
    const debts = new Debts(SELF);
    debts.owe(P, [A, B]);
    debts.paid(P, [A], debts.mark);
    expect(debts.own()).toEqual(owes(B, P));
    debts.paid(P, [A, B], debts.mark);
    expect(debts.own().size).toBe(0);
  });

  it("that were made while others were being paid are not paid with them", () => {
    const debts = new Debts(SELF);
    debts.owe(P, [A]);
    const { mark } = debts;
    debts.owe(P, [A]);
    debts.paid(P, [A], mark);
    expect(debts.own()).toEqual(owes(A, P));
  });

  it("of others are what they told last", () => {
    const debts = new Debts(SELF);
    debts.told(A, owes(SELF, P));
    debts.told(B, owes(SELF, P, Q));
    expect(debts.debtorsTo(SELF, P)).toEqual([A, B]);
    debts.told(B, owes(SELF, Q));
    expect(debts.debtorsTo(SELF, P)).toEqual([A]);
    debts.told(A, new Map());
    expect(debts.debtorsTo(SELF, P)).toEqual([]);
    expect(debts.debtorsTo(SELF, Q)).toEqual([B]);
  });

  it("are a snapshot when they are told: what comes later does not change it", () => {
    const debts = new Debts(SELF);
    debts.owe(P, [A]);
    const told = debts.own();
    debts.owe(Q, [A]);
    debts.paid(P, [A], debts.mark);
    expect(told).toEqual(owes(A, P));
  });
});
