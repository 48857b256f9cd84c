import type { LookupAddress } from "node:dns";
import { lookupFor, targetOf } from "./target.js";

const STRICT = { allowPrivate: false, allowHttp: false };

it.each`
  url                                  | why
  ${"https://hooks.example.org/a?b=c"} | ${"an ordinary receiver"}
  ${"https://example.org:8443/"}       | ${"on a port of its own"}
  ${"https://8.8.8.8/"}                | ${"a public address"}
  ${"https://[2606:4700::1111]/"}      | ${"another one"}
`("$url may be used: $why", ({ url }) => {
  expect(targetOf(url, STRICT).href).toBe(url);
});

it.each`
  url                                           | why
  ${"https://127.0.0.1/"}                       | ${"this machine"}
  ${"https://localhost/"}                       | ${"this machine by name"}
  ${"https://localhost./"}                      | ${"with a dot"}
  ${"https://a.localhost/"}                     | ${"below it"}
  ${"https://0/"}                               | ${"this machine, to some"}
  ${"https://0x7f.1/"}                          | ${"in hex"}
  ${"https://2130706433/"}                      | ${"as one number"}
  ${"https://017700000001/"}                    | ${"in octal"}
  ${"https://127.1/"}                           | ${"short"}
  ${"https://①②⑦.0.0.1/"}                       | ${"in circles"}
  ${"https://[::1]/"}                           | ${"in IPv6"}
  ${"https://[::ffff:127.0.0.1]/"}              | ${"in other clothes"}
  ${"https://[::ffff:7f00:1]/"}                 | ${"in other clothes, in hex"}
  ${"https://[64:ff9b::7f00:1]/"}               | ${"translated"}
  ${"https://10.0.0.1/"}                        | ${"private"}
  ${"https://169.254.169.254/latest"}           | ${"a cloud's metadata"}
  ${"https://[fe80::1]/"}                       | ${"this link"}
  ${"https://[fc00::1]/"}                       | ${"private"}
  ${"https://redis1/"}                          | ${"a container's name"}
  ${"https://node2:8443/"}                      | ${"another one"}
  ${"https://metadata.google.internal/"}        | ${"a cloud's own name"}
  ${"http://example.org/"}                      | ${"not encrypted"}
  ${"file:///etc/passwd"}                       | ${"a file"}
  ${"ftp://example.org/"}                       | ${"another protocol"}
  ${"gopher://example.org/"}                    | ${"an old one"}
  ${"data:text/plain,x"}                        | ${"nowhere"}
  ${"https://good@evil.example.org/"}           | ${"a user that looks like a host"}
  ${"https://:secret@example.org/"}             | ${"a password"}
  ${"https://example.org:22/"}                  | ${"SSH"}
  ${"https://example.org:25/"}                  | ${"mail"}
  ${"https://example.org:6379/"}                | ${"Redis"}
  ${"https://example.org:99999/"}               | ${"no port"}
  ${"//example.org/"}                           | ${"half a URL"}
  ${""}                                         | ${"nothing"}
  ${`https://example.org/${"x".repeat(2_048)}`} | ${"too long"}
`("$url may not: $why", ({ url }) => {
  expect(() => targetOf(url, STRICT)).toThrow(expect.objectContaining({ name: "TargetRefused" }));
});

it("allows http and private addresses where the operator says so, and nothing else", () => {
  const lax = { allowPrivate: true, allowHttp: true };
  expect(targetOf("http://127.0.0.1:9000/", lax).port).toBe("9000");
  expect(targetOf("http://receiver/", lax).hostname).toBe("receiver");
  expect(() => targetOf("http://127.0.0.1:6379/", lax)).toThrow("port");
  expect(() => targetOf("file:///etc/passwd", lax)).toThrow("https only");
});

describe("at the connection", () => {
  const of = (...addresses: string[]): LookupAddress[] => {
    return addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
  };
  const lookup = (found: LookupAddress[], allowPrivate: boolean, all: boolean) => {
    const rules = { ...STRICT, allowPrivate };
    const resolving = lookupFor(rules, (_name, callback) => callback(null, found));
    return new Promise((resolve) => {
      resolving("example.org", { all }, (error, address) => resolve(error?.message ?? address));
    });
  };

  it.each`
    found                         | allowPrivate | expected        | why
    ${of("8.8.8.8")}              | ${false}     | ${"8.8.8.8"}    | ${"it is public"}
    ${of("8.8.8.8", "127.0.0.1")} | ${false}     | ${/not public/} | ${"one of them is not"}
    ${of("8.8.8.8", "::1")}       | ${false}     | ${/not public/} | ${"nor is this one"}
    ${of("127.0.0.1")}            | ${true}      | ${"127.0.0.1"}  | ${"the operator allows it"}
    ${of()}                       | ${true}      | ${/no address/} | ${"there is none"}
  `("$found is $expected: $why", async ({ found, allowPrivate, expected }) => {
    const outcome = await lookup(found, allowPrivate, false);
    if (typeof expected === "string") expect(outcome).toBe(expected);
    else expect(outcome).toMatch(expected);
  });

  it("gives all addresses to who asks for all, after looking at all", async () => {
    expect(await lookup(of("8.8.8.8", "1.1.1.1"), false, true)).toEqual(of("8.8.8.8", "1.1.1.1"));
    expect(await lookup(of("8.8.8.8", "10.0.0.1"), false, true)).toMatch(/not public/);
  });
});
