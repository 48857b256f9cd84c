import { isGenuine, signatureOf } from "./signature.js";

const NOW = 1_700_000_000;
const SECRET = "a secret of ours";
const signed = { id: "msg_1", timestampSeconds: NOW, body: '{"a":1}' };
const signature = signatureOf(signed, SECRET);

it("is the standard's own, for the standard's example", () => {
  const example = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestampSeconds: 1_614_265_330,
    body: '{"test": 2432232314}',
  };
  const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  expect(signatureOf(example, secret)).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
});

it.each`
  change                           | given                     | genuine  | why
  ${{}}                            | ${signature}              | ${true}  | ${"it is what was sent"}
  ${{}}                            | ${`v1,AAAA ${signature}`} | ${true}  | ${"one of several"}
  ${{ body: '{"a":2}' }}           | ${signature}              | ${false} | ${"the body was altered"}
  ${{ id: "msg_2" }}               | ${signature}              | ${false} | ${"the id was"}
  ${{ timestampSeconds: NOW + 1 }} | ${signature}              | ${false} | ${"the time was"}
  ${{}}                            | ${"v1,AAAA"}              | ${false} | ${"another signature"}
  ${{}}                            | ${""}                     | ${false} | ${"none"}
`("of $change with $given is genuine: $genuine, $why", ({ change, given, genuine }) => {
  const all = { ...signed, ...change };
  expect(isGenuine(all, given, { secret: SECRET, nowSeconds: NOW })).toBe(genuine);
});

it.each([-301, 301])("is not believed when it is %d seconds off", (seconds) => {
  const at = { secret: SECRET, nowSeconds: NOW + seconds };
  expect(isGenuine(signed, signature, at)).toBe(false);
});

it("is not believed under another secret", () => {
  expect(isGenuine(signed, signature, { secret: "another", nowSeconds: NOW })).toBe(false);
});
