/** The command line of the benchmark, and the cells that it leads to. */

import { cellOf, groupsOf, titleOf } from "../../scripts/bench/cells.mjs";
import { parseOptions } from "../../scripts/bench/options.mjs";
import { cellsOf, SECTION_NAMES } from "../../scripts/bench/section-names.mjs";

const USUAL = {
  sections: ["get", "put", "batch"],
  seconds: 4,
  rounds: 3,
  records: 100_000,
  generator: null,
  profile: false,
  charts: null,
  json: false,
};

it("measures what the targets speak of unless told otherwise", () => {
  expect(parseOptions([])).toEqual({ options: USUAL });
});

it("takes some sections, in its own order, each once", () => {
  const argv = ["--only", "idle, put,idle", "--seconds", "9", "--rounds", "1", "--json"];
  const options = { ...USUAL, sections: ["put", "idle"], seconds: 9, rounds: 1, json: true };
  expect(parseOptions(argv)).toEqual({ options });
});

it("takes all sections with a million records, or as many as are asked for", () => {
  const all = { sections: SECTION_NAMES, records: 1_000_000 };
  expect(parseOptions(["--all"])).toMatchObject({ options: all });
  expect(parseOptions(["--all", "--records", "5000"])).toMatchObject({
    options: { ...all, records: 5_000 },
  });
});

it("takes the other flags as they are", () => {
  const argv = ["--load", "autocannon", "--charts", "docs/x", "--profile"];
  expect(parseOptions(argv)).toEqual({
    options: { ...USUAL, generator: "autocannon", charts: "docs/x", profile: true },
  });
});

it("offers its usage", () => {
  expect(parseOptions(["--help", "--seconds", "0"])).toEqual({ help: true });
});

it.each([
  { argv: ["--only", "get,fly"], problem: /there is no "fly"/ },
  { argv: ["--only", ""], problem: /there is no ""/ },
  { argv: ["--only", "get", "--all"], problem: /contradict/ },
  { argv: ["--seconds", "0"], problem: /--seconds takes a whole number from 1/ },
  { argv: ["--seconds", "1e2"], problem: /--seconds/ },
  { argv: ["--rounds", "100"], problem: /--rounds/ },
  { argv: ["--records", "many"], problem: /--records/ },
  { argv: ["--load", "ab"], problem: /--load takes wrk or autocannon/ },
  { argv: ["--nonsense"], problem: /nonsense/ },
  { argv: ["get"], problem: /get/ },
])("refuses $argv", ({ argv, problem }) => {
  expect(parseOptions(argv)).toEqual({ problem: expect.stringMatching(problem) });
});

describe("cells", () => {
  it("has every cell once, on all systems that one of its sections wants", () => {
    const cells = cellsOf(SECTION_NAMES);
    const titles = cells.map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
    const plain = cells.find((cell) => titleOf(cell) === titleOf(cellOf()));
    expect(plain?.systems).toEqual(["ringkv", "webdis", "etcd", "redis", "bare"]);
  });

  it("puts cells on one cluster that want the same durability and number of nodes", () => {
    const everysec = cellOf({ durability: "everysec" });
    const nine = cellOf({ nodes: 9 });
    const put = cellOf({ operation: "put" });
    expect(groupsOf([cellOf(), everysec, put, nine])).toEqual([
      [cellOf(), put],
      [everysec],
      [nine],
    ]);
  });

  it.each([
    { cell: {}, title: "GET 100 B, 64 connections" },
    {
      cell: { operation: "put", valueBytes: 65_536, connections: 1 } as const,
      title: "PUT 64 KiB, 1 connection",
    },
    {
      cell: { operation: "mixed", keys: "zipf", durability: "everysec", nodes: 5 } as const,
      title: "GET and PUT 80:20 100 B, 64 connections, Zipf keys, everysec, 5 nodes",
    },
  ])("calls a cell $title", ({ cell, title }) => {
    expect(titleOf(cellOf(cell))).toBe(title);
  });
});
