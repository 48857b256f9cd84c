import { Forbidden } from "@ringkv/core";
import { demandKey, demandNeed, demandScope, type Grant, type Need, type Scope } from "./grant.js";

const grant = (scopes: string, prefix = ""): Grant => {
  return { name: "it", scopes: scopes.split("+") as Scope[], prefix };
};
const isRefused = (work: () => void): boolean => {
  try {
    work();
    return false;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Forbidden);
    return true;
  }
};

it.each`
  scopes          | prefix  | scope                | keys      | refused  | why
  ${"read"}       | ${""}   | ${"read"}            | ${"all"}  | ${false} | ${"it reads"}
  ${"read"}       | ${""}   | ${"write"}           | ${"own"}  | ${true}  | ${"it does not write"}
  ${"write"}      | ${""}   | ${"read"}            | ${"own"}  | ${true}  | ${"to write is not to read"}
  ${"read+write"} | ${""}   | ${"admin"}           | ${"all"}  | ${true}  | ${"both are no admin"}
  ${"admin"}      | ${""}   | ${"read"}            | ${"own"}  | ${false} | ${"admin includes it"}
  ${"admin"}      | ${""}   | ${"write"}           | ${"all"}  | ${false} | ${"admin includes it"}
  ${"write"}      | ${""}   | ${["read", "write"]} | ${"own"}  | ${false} | ${"one is enough here"}
  ${"read"}       | ${"a:"} | ${"read"}            | ${"own"}  | ${false} | ${"the handler looks at the key"}
  ${"read"}       | ${"a:"} | ${"read"}            | ${"none"} | ${false} | ${"no keys, no prefix"}
  ${"read"}       | ${"a:"} | ${"read"}            | ${"all"}  | ${true}  | ${"more than its keys"}
`("$scopes on '$prefix' for $scope of $keys keys: $why", ({ scopes, prefix, refused, ...need }) => {
  expect(isRefused(() => demandNeed(grant(scopes, prefix), need as Need))).toBe(refused);
});

it.each`
  prefix      | key          | refused
  ${""}       | ${"x"}       | ${false}
  ${""}       | ${""}        | ${false}
  ${"a:"}     | ${"a:1"}     | ${false}
  ${"a:"}     | ${"a:"}      | ${false}
  ${"a:"}     | ${"a"}       | ${true}
  ${"a:"}     | ${""}        | ${true}
  ${"a:"}     | ${"A:1"}     | ${true}
  ${"a:"}     | ${"b:a:"}    | ${true}
  ${"\u00e9"} | ${"e\u0301"} | ${true}
`("a token for '$prefix' and '$key'", ({ prefix, key, refused }) => {
  expect(isRefused(() => demandKey(grant("read", prefix), key))).toBe(refused);
});

it("asks again for the scope of each part", () => {
  expect(isRefused(() => demandScope(grant("write"), "read"))).toBe(true);
  expect(isRefused(() => demandScope(grant("write"), "write"))).toBe(false);
});
