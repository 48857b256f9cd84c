import { EventParser } from "./event-parser.js";

const TEXT = 'event: history\ndata: {"a":1}\n\n: nothing\n\nevent: moment\ndata: {"b":"é"}\n\n';
const EVENTS = [
  { event: "history", data: '{"a":1}' },
  { event: "moment", data: '{"b":"é"}' },
];

it("finds the same events wherever the text is cut", () => {
  for (let at = 0; at <= TEXT.length; at++) {
    const parser = new EventParser();
    const found = [...parser.push(TEXT.slice(0, at)), ...parser.push(TEXT.slice(at))];
    expect(found).toEqual(EVENTS);
  }
});

it("keeps what is not complete, up to a limit", () => {
  const parser = new EventParser();
  expect(parser.push("event: moment\ndata: x")).toEqual([]);
  expect(parser.push("\n\n")).toEqual([{ event: "moment", data: "x" }]);
  expect(() => parser.push("x".repeat(16 * 1_024 * 1_024 + 1))).toThrow("without an end");
});
