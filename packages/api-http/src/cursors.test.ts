import { InvalidRequest, type Key } from "@ringkv/core";
import fc from "fast-check";
import { Cursors } from "./cursors.js";

const cursors = new Cursors("a secret of the cluster");

describe("a cursor", () => {
  it("is opened by every node that shares the secret, for its own prefix", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    fc.assert(
      fc.property(text, text, (prefix, rest) => {
        const key = `${prefix}${rest}k` as Key;
        const other = new Cursors("a secret of the cluster");
        expect(other.open(cursors.seal(prefix, key), prefix)).toBe(key);
      }),
    );
  });

  it("is refused by a cluster with another secret", () => {
    const cursor = new Cursors("another secret").seal("", "k" as Key);
    expect(() => cursors.open(cursor, "")).toThrow(InvalidRequest);
  });

  it.each([
    { sealedFor: "a", openedFor: "", why: "no prefix" },
    { sealedFor: "", openedFor: "a", why: "a prefix, where it had none" },
    { sealedFor: "a", openedFor: "ab", why: "a longer one, though the key begins with it" },
    { sealedFor: "ab", openedFor: "a", why: "a shorter one" },
  ])("of a listing of '$sealedFor' is refused for $why", ({ sealedFor, openedFor }) => {
    const cursor = cursors.seal(sealedFor, "abc" as Key);
    expect(() => cursors.open(cursor, openedFor)).toThrow("another prefix");
  });

  it("is refused when anything of it was changed", () => {
    const cursor = cursors.seal("us", "user:7" as Key);
    const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=.";
    for (let at = 0; at < cursor.length; at++) {
      for (const character of characters) {
        if (character === cursor[at]) continue;
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        expect(() => cursors.open(changed, "us")).toThrow(InvalidRequest);
      }
      expect(() => cursors.open(cursor.slice(0, at), "us")).toThrow(InvalidRequest);
    }
    for (const more of ["A", "AAAA", "=", " "]) {
      expect(() => cursors.open(cursor + more, "us")).toThrow(InvalidRequest);
    }
  });
});
