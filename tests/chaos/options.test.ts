/** The command line of the chaos. */

import { ALL_FAULT_NAMES, FAULT_NAMES, faultNamed } from "../../scripts/chaos/faults.mjs";
import { parseOptions } from "../../scripts/chaos/options.mjs";

const parse = (...argv: string[]) => parseOptions(argv, () => "any");

it("plays all ten faults for half a minute each unless told otherwise", () => {
  expect(parse()).toEqual({
    options: {
      faults: FAULT_NAMES,
      seconds: 30,
      seeds: 1,
      write: null,
      seed: "any",
      clients: 24,
      rate: 800,
      records: 5_000,
      json: false,
    },
  });
  expect(FAULT_NAMES).toHaveLength(10);
});

it("takes some faults, in its own order, each once", () => {
  const parsed = parse("--faults", "wipe, stop,wipe", "--seconds", "9", "--seed", "7", "--json");
  const options = { faults: ["stop", "wipe"], seconds: 9, seed: "7", json: true };
  expect(parsed).toMatchObject({ options });
});

it("plays the whole matrix when asked to, and names a row for every fault", () => {
  const parsed = parse("--all", "--seeds", "5", "--write", "page.md");
  const options = { faults: ALL_FAULT_NAMES, seeds: 5, write: "page.md" };
  expect(parsed).toMatchObject({ options });
  const rows = ALL_FAULT_NAMES.map((name) => faultNamed(name).row);
  expect([...new Set(rows)]).toEqual(Array.from({ length: 19 }, (_, index) => index + 1));
  expect(ALL_FAULT_NAMES).toEqual(expect.arrayContaining([...FAULT_NAMES]));
});

it("offers its usage", () => {
  expect(parse("--help", "--seconds", "0")).toEqual({ help: true });
});

it.each([
  { argv: ["--faults", "stop,flood"], problem: /there is no "flood"/ },
  { argv: ["--faults", ""], problem: /there is no ""/ },
  { argv: ["--seeds", "0"], problem: /--seeds takes a whole number from 1/ },
  { argv: ["--seconds", "4"], problem: /--seconds takes a whole number from 5/ },
  { argv: ["--seconds", "1e3"], problem: /--seconds/ },
  { argv: ["--clients", "8"], problem: /--clients/ },
  { argv: ["--rate", "-1"], problem: /--rate/ },
  { argv: ["--records", "many"], problem: /--records/ },
  { argv: ["--nonsense"], problem: /nonsense/ },
  { argv: ["stop"], problem: /stop/ },
])("refuses $argv", ({ argv, problem }) => {
  expect(parse(...argv)).toEqual({ problem: expect.stringMatching(problem) });
});
