import {
  InvalidRequest,
  KvError,
  NotFound,
  NotSupported,
  Overloaded,
  QuorumUnreachable,
  Recovering,
  ShuttingDown,
  StoreFull,
  StoreUnavailable,
  TooLarge,
} from "./errors.js";
import type { NodeId } from "./types.js";

const nodes = (...names: string[]) => names as NodeId[];
const quorum = (outcome: "not-applied" | "unknown") =>
  new QuorumUnreachable({ needed: 2, answered: nodes("a"), failed: nodes("b", "c"), outcome });

describe("KvError", () => {
  it.each`
    error                        | code                    | retryable | outcome          | why
    ${new InvalidRequest("x")}   | ${"invalid_request"}    | ${false}  | ${"not-applied"} | ${"it stays wrong"}
    ${new NotFound("x")}         | ${"not_found"}          | ${false}  | ${"not-applied"} | ${"nothing to wait for"}
    ${new TooLarge("x")}         | ${"too_large"}          | ${false}  | ${"not-applied"} | ${"it stays too large"}
    ${new NotSupported("x")}     | ${"not_supported"}      | ${false}  | ${"not-applied"} | ${"no node does it"}
    ${new Overloaded("x")}       | ${"overloaded"}         | ${true}   | ${"not-applied"} | ${"load passes"}
    ${new Recovering("x")}       | ${"recovering"}         | ${true}   | ${"not-applied"} | ${"it ends"}
    ${new ShuttingDown("x")}     | ${"shutting_down"}      | ${true}   | ${"not-applied"} | ${"another node answers"}
    ${new StoreUnavailable("x")} | ${"store_unavailable"}  | ${true}   | ${"not-applied"} | ${"refused before the start"}
    ${new StoreFull()}           | ${"store_full"}         | ${true}   | ${"not-applied"} | ${"room may be made"}
    ${new StoreFull("unknown")}  | ${"store_full"}         | ${true}   | ${"unknown"}     | ${"another node may have had room"}
    ${quorum("unknown")}         | ${"quorum_unreachable"} | ${true}   | ${"unknown"}     | ${"one node may have stored it"}
    ${quorum("not-applied")}     | ${"quorum_unreachable"} | ${true}   | ${"not-applied"} | ${"nothing was sent"}
  `("$code, retryable: $retryable, $outcome: $why", ({ error, code, retryable, outcome }) => {
    expect(error).toBeInstanceOf(KvError);
    expect({ code: error.code, retryable: error.retryable, outcome: error.outcome }).toEqual({
      code,
      retryable,
      outcome,
    });
    expect(error.name).toBe(error.constructor.name);
  });

  it("keeps its cause for the log", () => {
    const cause = new Error("ECONNREFUSED");
    expect(new StoreUnavailable("redis is away", { cause }).cause).toBe(cause);
  });

  it("says who answered a quorum and who did not, in words and in fields", () => {
    const error = quorum("unknown");
    expect(error.message).toBe("2 nodes needed; answered: a; failed: b, c");
    expect(error).toMatchObject({ needed: 2, answered: ["a"], failed: ["b", "c"] });
    const nobody = { needed: 1, answered: [], failed: [], outcome: "not-applied" as const };
    expect(new QuorumUnreachable(nobody).message).toBe(
      "1 nodes needed; answered: none; failed: none",
    );
  });
});
