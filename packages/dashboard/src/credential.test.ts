import { Credential, isSendable } from "./credential.js";

it("sends nothing until there is something to send", () => {
  const credential = new Credential();
  expect([credential.isSet, credential.headers]).toEqual([false, {}]);
  credential.use("rkv_x");
  expect([credential.isSet, credential.headers]).toEqual([true, { authorization: "Bearer rkv_x" }]);
});

it.each([
  { text: "rkv_abc-_123", is: true },
  { text: "", is: false },
  { text: "two words", is: false },
  { text: "tökén", is: false },
  { text: "a\nb", is: false },
])("$text can be sent: $is", ({ text, is }) => {
  expect(isSendable(text)).toBe(is);
});
