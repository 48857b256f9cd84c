import type { Key } from "@ringkv/core";
import { ManualClock, settle } from "../test-support/manual-clock.js";
import { HotKeys, LINE_MAX, type Turn } from "./hot-keys.js";

const KEY = "hot" as Key;
const LATER_MS = 10_000;

function openLines(chance = 0.999) {
  const clock = new ManualClock();
  const hot = new HotKeys({ clock, random: { unit: () => chance } });
  const given: string[] = [];
  const turns = new Map<string, Turn>();
  const wait = (name: string, deadlineMs = LATER_MS, key = KEY) => {
    void hot.turn(key, deadlineMs).then((turn) => {
      given.push(name);
      turns.set(name, turn);
    });
  };
  const end = async (name: string, isWon: boolean) => {
    turns.get(name)?.end(isWon);
    await settle();
  };
  return { clock, hot, given, wait, end };
}

describe("a hot key", () => {
  it("is one for as long as somebody waits for his turn, or has it", async () => {
    const { hot, wait, end } = openLines();
    expect(hot.isHot(KEY)).toBe(false);
    wait("a");
    expect(hot.isHot(KEY)).toBe(true);
    await settle();
    expect(hot.isHot(KEY)).toBe(true);
    await end("a", true);
    expect(hot.isHot(KEY)).toBe(false);
  });

  it("gives a turn at once to the first, and to all who come with him", async () => {
    const { given, wait } = openLines();
    for (const name of ["a", "b", "c"]) wait(name);
    await settle();
    expect(given).toEqual(["a", "b", "c"]);
  });

  it("lets those who come later wait until that turn has ended, in their order", async () => {
    const { given, wait, end } = openLines();
    wait("a");
    wait("b");
    await settle();
    wait("c");
    wait("d");
    await end("a", true);
    expect(given).toEqual(["a", "b"]);
    await end("b", true);
    expect(given).toEqual(["a", "b", "c", "d"]);
  });

  it("does not make other keys wait", async () => {
    const { given, wait } = openLines();
    wait("a");
    await settle();
    wait("of another key", LATER_MS, "other" as Key);
    await settle();
    expect(given).toEqual(["a", "of another key"]);
  });

  it.each`
    lost | leastMs | mostMs | why
    ${1} | ${1}    | ${2}   | ${"up to two milliseconds after one loss"}
    ${3} | ${7}    | ${8}   | ${"doubled with each further one"}
    ${6} | ${63}   | ${64}  | ${"up to this"}
    ${9} | ${63}   | ${64}  | ${"and no further"}
  `("pauses after $lost lost turns: $why", async ({ lost, leastMs, mostMs }) => {
    const { clock, given, wait, end } = openLines();
    for (let turn = 1; turn <= lost; turn++) {
      wait(`${turn}`);
      await clock.advance(100);
      await end(`${turn}`, false);
    }
    wait("next");
    await clock.advance(leastMs);
    expect(given).not.toContain("next");
    await clock.advance(mostMs - leastMs);
    expect(given).toContain("next");
  });

  it("pauses for less after a turn that was won", async () => {
    const { clock, given, wait, end } = openLines();
    for (const [turn, isWon] of [false, false, true].entries()) {
      wait(`${turn}`);
      await clock.advance(4);
      await end(`${turn}`, isWon);
    }
    wait("next");
    await clock.advance(2);
    expect(given).toContain("next");
  });

  it("counts a turn as lost when one of those who took it together lost", async () => {
    const { clock, given, wait, end } = openLines();
    wait("a");
    wait("b");
    await settle();
    await end("a", false);
    await end("b", true);
    wait("next");
    await settle();
    expect(given).not.toContain("next");
    await clock.advance(2);
    expect(given).toContain("next");
  });

  it("lets nobody wait beyond his deadline, and gives the others their turn", async () => {
    const { clock, hot, given, wait, end } = openLines();
    wait("a");
    await settle();
    wait("hurried", 30);
    wait("patient");
    await clock.advance(30);
    expect(given).toEqual(["a", "hurried"]);
    await end("hurried", false); // It had no turn: what became of it is nobody's loss.
    await end("a", true);
    expect(given).toEqual(["a", "hurried", "patient"]);
    await end("patient", true);
    expect(hot.isHot(KEY)).toBe(false);
    wait("too late", 30);
    await settle();
    expect(given).toContain("too late");
  });

  it("makes nobody wait at the end of a line that is too long", async () => {
    const { given, wait } = openLines();
    wait("first");
    await settle();
    for (let place = 0; place < LINE_MAX; place++) wait("waiting");
    wait("one too many");
    await settle();
    expect(given).toEqual(["first", "one too many"]);
  });
});
