import { printable, printableText, textOf } from "./printable.js";
import { tableLines } from "./table.js";
import { Tally } from "./tally.js";
import { bytesText, durationText } from "./wording.js";

it.each([
  ["plain é🔑", "plain é🔑"],
  ["\u001b[31mred\u001b[0m", "\\x1b[31mred\\x1b[0m"],
  ["a\nb\tc\r\u0000\u007f", "a\\nb\\tc\\r\\x00\\x7f"],
  ["left\u202eright", "left\\u202eright"],
])("%j is shown as %j", (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it("text keeps its lines and tabs, and nothing that moves the cursor", () => {
  expect(printableText("a\n\tb\r\u001b[2J")).toBe("a\n\tb\\r\\x1b[2J");
});

it.each([
  ["text/plain", [0x61], "a"],
  ["application/json", [0x31], "1"],
  ["application/ld+json", [0x31], "1"],
  ["text/plain", [0xff], null],
  ["image/png", [0x61], null],
])("%s %j is the text %j", (type, bytes, text) => {
  expect(textOf(Buffer.from(bytes), type)).toBe(text);
});

it("columns line up, also where a character is two cells wide or coloured", () => {
  const columns = [{ title: "KEY" }, { title: "N", align: "right" }, { title: "X" }] as const;
  const rows = [
    ["鍵", "5", "a"],
    ["\u001b[32mup\u001b[0m", "1,000", ""],
  ];
  expect(tableLines(columns, rows)).toEqual([
    "KEY      N  X",
    "鍵       5  a",
    "\u001b[32mup\u001b[0m   1,000",
  ]);
});

it.each([
  [0, "0 s"],
  [59.6, "1 min 0 s"],
  [125, "2 min 5 s"],
  [7_260, "2 h 1 min"],
  [180_000, "2 d 2 h"],
  [Number.POSITIVE_INFINITY, "?"],
])("%f seconds are %s", (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
});

it.each([
  [0, "0 B"],
  [999, "999 B"],
  [1_500, "1.5 kB"],
  [56_066_485, "56 MB"],
])("%i bytes are %s", (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

it("a tally knows the ranks and the longest silence", () => {
  const tally = new Tally();
  expect(tally.percentilesMs(50)).toEqual([null]);
  for (const [latencyMs, atMs] of [
    [1, 10],
    [3, 20],
    [2, 90],
    [10, 95],
  ] as const) {
    tally.answered(latencyMs, atMs);
  }
  tally.failed(true);
  tally.failed(false);
  expect(tally.percentilesMs(50, 99, 100)).toEqual([2, 10, 10]);
  expect(tally).toMatchObject({ count: 4, failures: 1, unknown: 1, longestGapMs: 70 });
});
