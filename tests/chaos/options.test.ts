/** The command line of the chaos. */

import { FAULT_NAMES } from "../../scripts/chaos/faults.mjs";
import { parseOptions } from "../../scripts/chaos/options.mjs";

const parse = (...argv: string[]) => parseOptions(argv, () => "any");

it("plays all ten faults for half a minute each unless told otherwise", () => {
  expect(parse()).toEqual({
    options: {
      faults: FAULT_NAMES,
      seconds: 30,
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

it("offers its usage", () => {
  expect(parse("--help", "--seconds", "0")).toEqual({ help: true });
});

it.each([
  { argv: ["--faults", "stop,flood"], problem: /there is no "flood"/ },
  { argv: ["--faults", ""], problem: /there is no ""/ },
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
