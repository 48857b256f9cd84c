import type { NodeId } from "@ringkv/core";
import { NODE1, NODE2, selfOf } from "../test-support/link-fakes.js";
import { type Identity, identityOf, isSameProof, mismatchOf, proofOf } from "./identity.js";

const SECRET = "a secret that nobody guesses";
const nonces = { caller: "a".repeat(64), callee: "b".repeat(64) };
const prover: Identity = identityOf(selfOf(NODE1));
const told = { nonces, prover, verifier: NODE2 };
const proof = proofOf(SECRET, "caller", told);

describe("proofOf", () => {
  it("is the same for the same, and never shows the secret", () => {
    expect(proof).toMatch(/^[0-9a-f]{64}$/);
    expect(isSameProof(proof, proofOf(SECRET, "caller", told))).toBe(true);
  });

  it.each([
    { why: "another secret", other: proofOf("guess", "caller", told) },
    { why: "the other role", other: proofOf(SECRET, "callee", told) },
    { why: "another verifier", other: proofOf(SECRET, "caller", { ...told, verifier: NODE1 }) },
    { why: "no verifier", other: proofOf(SECRET, "caller", { ...told, verifier: null }) },
    ...[
      { clusterId: "other" },
      { membershipHash: "0" },
      { node: "node3" as NodeId },
      { incarnation: 4 },
      { clusterId: "ring", membershipHash: `kv${prover.membershipHash}` },
    ].map((change) => ({
      why: JSON.stringify(change),
      other: proofOf(SECRET, "caller", { ...told, prover: { ...prover, ...change } }),
    })),
    ...(["caller", "callee"] as const).map((side) => ({
      why: `another nonce of the ${side}`,
      other: proofOf(SECRET, "caller", { ...told, nonces: { ...nonces, [side]: "c" } }),
    })),
  ])("differs for $why", ({ other }) => {
    expect(isSameProof(proof, other)).toBe(false);
  });
});

describe("mismatchOf", () => {
  it.each([
    { change: {}, expected: null, why: "a fellow member" },
    { change: { clusterId: "other", membershipHash: "0" }, expected: "CLUSTER", why: "the worst" },
    { change: { membershipHash: "0" }, expected: "MEMBERS", why: "another list" },
    { change: { node: "node9" as NodeId }, expected: "NODE", why: "not on the list" },
    { change: { node: NODE2 }, expected: "NODE", why: "my own name" },
    { change: { incarnation: 99 }, expected: null, why: "starts are not compared" },
  ])("$why: $expected", ({ change, expected }) => {
    expect(mismatchOf(selfOf(NODE2), { ...prover, ...change })).toBe(expected);
  });
});
