import { Overloaded } from "@ringkv/core";
import { Load } from "./load.js";

const LIMITS = { requestsMax: 3, bytesMax: 100 };

it.each([
  { within: [], bytes: 1_000, taken: true, why: "one alone may be of any size" },
  { within: [60], bytes: 40, taken: true, why: "just as many bytes as allowed" },
  { within: [60], bytes: 41, taken: false, why: "one byte more" },
  { within: [1_000], bytes: 0, taken: true, why: "what brings nothing is not too heavy" },
  { within: [0, 0], bytes: 1_000, taken: true, why: "what is in flight brings nothing" },
  { within: [0, 0], bytes: 0, taken: true, why: "the third of three" },
  { within: [0, 0, 0], bytes: 0, taken: false, why: "the fourth of three" },
])("beside $within, one of $bytes bytes is taken: $taken. $why", ({ within, bytes, taken }) => {
  const load = new Load(LIMITS);
  for (const other of within) load.enter(other);
  if (taken) load.enter(bytes);
  else expect(() => load.enter(bytes)).toThrow(Overloaded);
  expect(load.count).toBe(within.length + (taken ? 1 : 0));
});

it("has room again when a request has left", () => {
  const load = new Load(LIMITS);
  load.enter(100);
  expect(() => load.enter(1)).toThrow(Overloaded);
  load.leave(100);
  load.enter(1);
  expect(load.count).toBe(1);
});

it.each`
  max    | peak   | late         | room   | why
  ${100} | ${0}   | ${"+"}       | ${100} | ${"nothing is late"}
  ${100} | ${100} | ${"-"}       | ${70}  | ${"late with a hundred, so fewer"}
  ${100} | ${50}  | ${"-"}       | ${64}  | ${"late with fifty: so few are not to blame"}
  ${100} | ${0}   | ${"-"}       | ${64}  | ${"late with nobody: the machine is busy with something else"}
  ${10}  | ${10}  | ${"-"}       | ${10}  | ${"never more than is configured"}
  ${100} | ${100} | ${"- -"}     | ${64}  | ${"late again with nobody in flight"}
  ${100} | ${100} | ${"- +"}     | ${88}  | ${"in time again, so more, bit by bit"}
  ${100} | ${100} | ${"- + + +"} | ${100} | ${"up to what is configured"}
`("of $max, with $peak at once and then $late, takes $room: $why", ({ max, peak, late, room }) => {
  const load = new Load({ requestsMax: max, bytesMax: 100 });
  for (let count = 0; count < peak; count++) load.enter(0);
  for (let count = 0; count < peak; count++) load.leave(0);
  for (const sign of late.split(" ")) load.adapt(sign === "-");
  expect(load.room).toBe(room);
  for (let count = 0; count < room; count++) load.enter(0);
  expect(() => load.enter(0)).toThrow(Overloaded);
});
