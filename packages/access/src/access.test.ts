import { Forbidden, TooManyAttempts, Unauthenticated } from "@ringkv/core";
import { Access } from "./access.js";
import { type Entry, parseEntries } from "./entry.js";
import { digestOf, newToken } from "./token.js";

const READER = newToken();
const ADMIN = newToken();
const GUEST = newToken();
const HOME = "192.0.2.1";

const entryOf = (token: string, rest: string) =>
  `${rest.replace("#", digestOf(token).toString("hex"))}`;

function openAccess(...more: string[]) {
  const text = [entryOf(READER, "reader:#:read"), entryOf(ADMIN, "root:#:admin"), ...more].join(
    ";",
  );
  const now = { wallMs: 1_000, monotonicMs: 0 };
  const { entries, problems } = parseEntries(text);
  expect(problems).toEqual([]);
  const access = new Access(entries, {
    wallMs: () => now.wallMs,
    monotonicMs: () => now.monotonicMs,
  });
  const ask = (authorization: string | readonly string[], address = HOME): Entry =>
    access.identify({ authorization: [authorization].flat(), address });
  return { access, now, ask };
}

describe("who is it", () => {
  it("finds the entry of a token", () => {
    expect(openAccess().ask(`Bearer ${READER}`).name).toBe("reader");
    expect(openAccess().ask(`bearer  ${ADMIN}`).name).toBe("root");
  });

  it.each([
    { sent: [], why: "nothing" },
    { sent: [""], why: "an empty header" },
    { sent: ["Bearer"], why: "no token" },
    { sent: ["Bearer "], why: "an empty token" },
    { sent: [READER], why: "no scheme" },
    { sent: [`Basic ${READER}`], why: "another scheme" },
    { sent: [`Bearer ${READER}`, `Bearer ${READER}`], why: "two headers" },
    { sent: [`Bearer ${READER}, Bearer ${READER}`], why: "two in one" },
    { sent: [`Bearer ${READER.slice(0, -1)}`], why: "one character less" },
    { sent: [`Bearer ${READER}x`], why: "one character more" },
    { sent: [`Bearer ${READER.toUpperCase()}`], why: "other letters" },
    { sent: [`Bearer ${digestOf(READER).toString("hex")}`], why: "the digest itself" },
    { sent: [`Bearer ${READER}\0`], why: "a NUL" },
    { sent: ["Bearer tökén"], why: "not ASCII" },
    { sent: [`Bearer ${"x".repeat(1_048_576)}`], why: "a mebibyte" },
    { sent: [`Bearer ${newToken()}`], why: "a token of nobody" },
  ])("refuses $why", ({ sent }) => {
    expect(() => openAccess().ask(sent)).toThrow(Unauthenticated);
  });

  it("takes an expired token for none, from that millisecond on", () => {
    const { ask, now } = openAccess(entryOf(GUEST, "guest:#:read::2"));
    now.wallMs = 1_999;
    expect(ask(`Bearer ${GUEST}`).name).toBe("guest");
    now.wallMs = 2_000;
    expect(() => ask(`Bearer ${GUEST}`)).toThrow(Unauthenticated);
  });

  it("knows no token that was taken out, and gives those that stay what they have now", () => {
    const { access, ask } = openAccess();
    const [before, other] = [ask(`Bearer ${ADMIN}`), ask(`Bearer ${READER}`)];
    access.replace(parseEntries(entryOf(ADMIN, "root:#:read")).entries);
    expect(() => ask(`Bearer ${READER}`)).toThrow(Unauthenticated);
    expect(access.renew(other)).toBeNull();
    expect(access.renew(before)?.scopes).toEqual(["read"]);
  });

  it("lets nobody in where no entry is left", () => {
    const { access, ask } = openAccess();
    access.replace([]);
    expect(() => ask(`Bearer ${READER}`)).toThrow(Unauthenticated);
  });

  it("says what it wants of a token that is not enough", () => {
    const { access } = openAccess();
    const credentials = { authorization: [`Bearer ${READER}`], address: HOME };
    expect(access.admit(credentials, { scope: "read", keys: "all" }).name).toBe("reader");
    expect(() => access.admit(credentials, { scope: "write", keys: "own" })).toThrow(Forbidden);
  });
});

describe("an address that guesses", () => {
  const guess = (ask: (text: string, address?: string) => unknown, times: number, at = HOME) => {
    for (let i = 0; i < times; i++) expect(() => ask("Bearer wrong", at)).toThrow(Unauthenticated);
  };

  it("has to wait after twenty wrong tokens, with a right one too", () => {
    const { ask, now } = openAccess();
    guess(ask, 20);
    now.monotonicMs = 2_500;
    const late = expect.objectContaining({ code: "overloaded", retryAfterSeconds: 8 });
    for (const token of ["wrong", READER]) {
      let thrown: unknown;
      try {
        ask(`Bearer ${token}`);
      } catch (it) {
        thrown = it;
      }
      expect(thrown).toBeInstanceOf(TooManyAttempts);
      expect(thrown).toEqual(late);
    }
    now.monotonicMs = 10_000;
    expect(ask(`Bearer ${READER}`).name).toBe("reader");
  });

  it("does not lock out a token that the address has used before", () => {
    const { ask } = openAccess();
    ask(`Bearer ${READER}`);
    guess(ask, 20);
    expect(() => ask("Bearer wrong")).toThrow(TooManyAttempts);
    expect(ask(`Bearer ${READER}`).name).toBe("reader");
    expect(() => ask(`Bearer ${ADMIN}`)).toThrow(TooManyAttempts);
  });

  it("does not lock out others, nor itself by asking without a token", () => {
    const { ask } = openAccess();
    for (let i = 0; i < 50; i++) expect(() => ask([])).toThrow(Unauthenticated);
    guess(ask, 20);
    expect(ask(`Bearer ${READER}`, "192.0.2.2").name).toBe("reader");
  });

  it("begins a new count when its ten seconds are over", () => {
    const { ask, now } = openAccess();
    for (let round = 0; round < 5; round++) {
      guess(ask, 19);
      now.monotonicMs += 10_000;
    }
  });

  it("is a whole network of IPv6", () => {
    const { ask } = openAccess();
    for (let i = 0; i < 20; i++) guess(ask, 1, `2001:db8:1:2::${i.toString(16)}`);
    expect(() => ask("Bearer wrong", "2001:db8:1:2:ffff::1")).toThrow(TooManyAttempts);
    expect(() => ask("Bearer wrong", "2001:db8:1:3::1")).toThrow(Unauthenticated);
  });

  it("cannot fill the memory: beyond 4,096 addresses the oldest is forgotten", () => {
    const { ask } = openAccess();
    guess(ask, 20);
    for (let i = 0; i < 4_096; i++) guess(ask, 1, `10.0.${i >> 8}.${i & 255}`);
    guess(ask, 1);
  });
});
