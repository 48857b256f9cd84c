import { status } from "@grpc/grpc-js";
import {
  InvalidRequest,
  type KvError,
  type NodeId,
  NotFound,
  NotSupported,
  type Outcome,
  Overloaded,
  QuorumUnreachable,
  Recovering,
  ShuttingDown,
  StoreFull,
  StoreUnavailable,
  TooLarge,
} from "@ringkv/core";
import { failureOf, statusOfFailure } from "./failure.js";

const quorum = (outcome: Outcome) =>
  new QuorumUnreachable({ needed: 2, answered: ["n1" as NodeId], failed: [], outcome });

describe("the status of a failure", () => {
  it.each<{ failure: KvError; expected: keyof typeof status; why: string }>([
    { failure: new InvalidRequest("x"), expected: "INVALID_ARGUMENT", why: "never succeeds" },
    { failure: new NotFound("x"), expected: "NOT_FOUND", why: "as it says" },
    { failure: new TooLarge("x"), expected: "RESOURCE_EXHAUSTED", why: "like gRPC's own limit" },
    { failure: new Overloaded("x"), expected: "RESOURCE_EXHAUSTED", why: "too much to do" },
    { failure: new NotSupported("x"), expected: "UNIMPLEMENTED", why: "as it says" },
    { failure: new StoreUnavailable("x"), expected: "UNAVAILABLE", why: "another node can" },
    { failure: new Recovering("x"), expected: "UNAVAILABLE", why: "later it can" },
    { failure: new ShuttingDown("x"), expected: "UNAVAILABLE", why: "another node can" },
    { failure: quorum("not-applied"), expected: "UNAVAILABLE", why: "nothing was done" },
    { failure: quorum("unknown"), expected: "DEADLINE_EXCEEDED", why: "nobody knows" },
    { failure: new StoreFull(), expected: "RESOURCE_EXHAUSTED", why: "nothing was done" },
    { failure: new StoreFull("unknown"), expected: "DEADLINE_EXCEEDED", why: "nobody knows" },
  ])("$failure.code, $failure.outcome: $expected ($why)", ({ failure, expected }) => {
    const { code, metadata } = statusOfFailure(failureOf(failure), "id-1");
    expect(status[code]).toBe(expected);
    expect(metadata.getMap()).toEqual({
      "ringkv-code": failure.code,
      "ringkv-outcome": failure.outcome,
      "ringkv-retryable": String(failure.retryable),
      "x-request-id": "id-1",
    });
  });

  it("is INTERNAL for a bug, of which nothing is told", () => {
    const { code, details, metadata } = statusOfFailure(failureOf(new Error("secret")), "id-1");
    expect(status[code]).toBe("INTERNAL");
    expect(details).not.toContain("secret");
    expect(metadata.get("ringkv-outcome")).toEqual(["unknown"]);
  });
});
