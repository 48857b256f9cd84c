import fc from "fast-check";
import { FrameGuard } from "./frame-guard.js";

const LIMIT = 1_000;

function admits(text: string): boolean {
  return new FrameGuard(LIMIT).admits(Buffer.from(text, "latin1"));
}

describe("FrameGuard", () => {
  it.each([
    { input: "*1\r\n$4\r\nPING\r\n", admitted: true, why: "a request" },
    { input: "*2\r\n$0\r\n\r\n$1\r\nx\r\n", admitted: true, why: "an empty argument" },
    { input: "*1\r\n$4\r\nPI", admitted: true, why: "the rest may follow" },
    { input: "*1\r\n$1000\r\n", admitted: true, why: "just fits" },
    { input: "*1\r\n$1001\r\n", admitted: false, why: "one byte too many is announced" },
    { input: `*2\r\n$600\r\n${"x".repeat(602)}$401\r\n`, admitted: false, why: "together" },
    { input: "*32000000\r\n", admitted: false, why: "an array that would be allocated" },
    { input: "*99999999999999999999\r\n", admitted: false, why: "more digits than any length" },
    { input: "*0\r\n", admitted: false, why: "an empty array says nothing" },
    { input: "*-1\r\n", admitted: false, why: "nor does a null one" },
    { input: "*1\r\n$-1\r\n", admitted: false, why: "a null argument" },
    { input: "*1\r\n*1\r\n", admitted: false, why: "an array in an array" },
    { input: "*1\r\n:5\r\n", admitted: false, why: "a number" },
    { input: "*\r\n", admitted: false, why: "no length" },
    { input: "*1\n", admitted: false, why: "a bare line feed" },
    { input: "*1\r$", admitted: false, why: "half a line end" },
    { input: "+OK\r\n", admitted: false, why: "an answer is no question" },
    { input: "-ERR\r\n", admitted: false, why: "nor is an error" },
    { input: "GET / HTTP/1.1\r\nHost: node1\r\n\r\n", admitted: false, why: "a browser" },
    { input: "PING\r\n", admitted: false, why: "an inline command" },
    { input: "\x16\x03\x01\x02", admitted: false, why: "TLS" },
  ])("$why", ({ input, admitted }) => {
    expect(admits(input)).toBe(admitted);
  });

  it("says the same however the input is cut into pieces", () => {
    const bulk = fc.string({ maxLength: 300, unit: "binary-ascii" });
    const message = fc.array(bulk, { minLength: 1, maxLength: 5 }).map(requestOf);
    const garbage = fc.string({ maxLength: 20, unit: "binary-ascii" });
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 5, arbitrary: message }, garbage), { maxLength: 6 }),
        fc.array(fc.nat(400), { maxLength: 20 }),
        (parts, steps) => {
          const input = Buffer.from(parts.join(""), "latin1");
          const guard = new FrameGuard(LIMIT);
          let at = 0;
          let admitted = true;
          for (const step of [...steps, input.length]) {
            admitted &&= guard.admits(input.subarray(at, at + step));
            at += step;
          }
          expect(admitted).toBe(new FrameGuard(LIMIT).admits(input));
        },
      ),
    );
  });

  it("counts each message anew, and admits more once the peer has proved itself", () => {
    const guard = new FrameGuard(10);
    const message = Buffer.from(requestOf(["0123456789"]), "latin1");
    expect(guard.admits(Buffer.concat([message, message, message]))).toBe(true);
    guard.raiseTo(11);
    expect(guard.admits(Buffer.from(requestOf(["0123456789A"]), "latin1"))).toBe(true);
  });
});

function requestOf(parts: readonly string[]): string {
  return `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join("")}`;
}
