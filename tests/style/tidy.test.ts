/** Every file keeps the house rules, and the rules catch those that do not. */

import { readFileSync } from "node:fs";
import { projectFiles } from "./project-files.js";
import { problemsOf } from "./rules.js";

const files = projectFiles().filter(({ path }) => /\.(tsx?|mjs)$/.test(path));

it("looks at the whole project", () => {
  const paths = files.map(({ path }) => path);
  expect(paths).toContain("packages/core/src/ring.ts");
  expect(paths).toContain("tests/style/tidy.test.ts");
  expect(paths.filter((path) => path.includes("node_modules"))).toEqual([]);
});

it.each(files.map(({ path }) => path))("%s is tidy", (path) => {
  const file = files.find((it) => it.path === path);
  expect(file === undefined ? ["not found"] : problemsOf(file)).toEqual([]);
});

const HEADER = "/** Decides nothing. */\n";
const inCore = "packages/core/src/x.ts";
const inEngine = "packages/engine/src/x.ts";
const inStore = "packages/store-redis/src/x.ts";
const inServer = "packages/server/src/x.ts";
const inTest = "packages/engine/src/x.test.ts";

// Attack case 68 is here, too: eval, new Function, child_process, names chosen at run time.
describe("a planted file", () => {
  it.each([
    {
      path: inCore,
      code: 'import { x } from "@ringkv/engine";',
      problem: /core may not import engine/,
    },
    { path: inCore, code: 'import { x } from "node:fs";', problem: /core may not use node:fs/ },
    { path: inEngine, code: 'import { x } from "ioredis";', problem: /engine may not use ioredis/ },
    {
      path: inEngine,
      code: 'import { x } from "@ringkv/testing";',
      problem: /may not import testing/,
    },
    { path: inEngine, code: 'import { x } from "../../core/src/x.js";', problem: /not its files/ },
    { path: inEngine, code: 'const x = await import("bullmq");', problem: /may not use bullmq/ },
    { path: inStore, code: 'export * from "@ringkv/peers-resp";', problem: /may not import peers/ },
    { path: inStore, code: 'import { Queue } from "bullmq";', problem: /may not use bullmq/ },
    { path: inStore, code: 'import x from "@scope/y/z";', problem: /may not use @scope\/y$/ },
    {
      path: inServer,
      code: 'import { x } from "@ringkv/testing";',
      problem: /may not import testing/,
    },
    { path: inServer, code: "const atMs = Date.now();", problem: /the Clock port/ },
    { path: inServer, code: "const at = new Date();", problem: /the Clock port/ },
    { path: inStore, code: "const atMs = performance.now();", problem: /the Clock port/ },
    { path: inEngine, code: "setTimeout(f, 1);", problem: /a simulation would have to wait/ },
    { path: inEngine, code: "setImmediate(f);", problem: /a simulation would have to wait/ },
    { path: inEngine, code: "queueMicrotask(f);", problem: /a simulation would have to wait/ },
    { path: inStore, code: "setInterval(f, 1);", problem: /rounds pile up/ },
    { path: inEngine, code: "const x = Math.random();", problem: /cannot be replayed/ },
    { path: inTest, code: "const x = Math.random();", problem: /cannot be replayed/ },
    { path: inStore, code: "const x = process.env;", problem: /a field of the configuration/ },
    {
      path: "packages/api-http/src/x.ts",
      code: 'app.route("/x").get(f);',
      problem: /which token the route wants/,
    },
    { path: inStore, code: "eval(text);", problem: /made of strings/ },
    { path: inStore, code: "const f = new Function(text);", problem: /made of strings/ },
    { path: inStore, code: 'import { Script } from "node:vm";', problem: /made of strings/ },
    { path: inServer, code: "const x = await import(name);", problem: /stands in the source/ },
    { path: inServer, code: "const x = require(name);", problem: /stands in the source/ },
    {
      path: inServer,
      code: 'import { spawn } from "node:child_process";',
      problem: /starts no program/,
    },
    { path: inServer, code: 'console.log("x");', problem: /the Log port/ },
    { path: inCore, code: "const x: any = 1;", problem: /unknown, and a schema/ },
    { path: inTest, code: "f(x as any);", problem: /unknown, and a schema/ },
    { path: inTest, code: "// @ts-ignore", problem: /unknown, and a schema/ },
    { path: inCore, code: "export default class X {}", problem: /one name/ },
    { path: inTest, code: 'it.only("x", f);', problem: /a test that runs/ },
    { path: inTest, code: 'describe.skip("x", f);', problem: /a test that runs/ },
    { path: inTest, code: 'xit("x", f);', problem: /a test that runs/ },
    { path: inTest, code: 'jest.mock("ioredis");', problem: /a literal that implements/ },
    { path: inCore, code: `const x = "${"x".repeat(100)}";`, problem: /line 2 has 113 columns/ },
    { path: inCore, code: `// ${"x".repeat(100)}`, problem: /line 2 has 103 columns/ },
    { path: inCore, code: "\n".repeat(400).concat("f();"), problem: /402 lines/ },
    { path: "packages/core/src/ring-utils.ts", code: "", problem: /"ring-utils" says nothing/ },
    { path: "packages/core/src/common.ts", code: "", problem: /"common" says nothing/ },
    { path: "packages/core/src/ring-service.ts", code: "", problem: /says nothing/ },
    { path: "tests/harness/helpers.ts", code: "", problem: /"helpers" says nothing/ },
    { path: "packages/core/src/theRing.ts", code: "", problem: /not kebab-case/ },
  ])("$path with $code fails", ({ path, code, problem }) => {
    expect(problemsOf({ path, text: `${HEADER}${code}\n` })).toEqual([
      expect.stringMatching(problem),
    ]);
  });

  it("without a header fails, wherever its imports are", () => {
    const complaint = [expect.stringMatching(/no header/)];
    expect(problemsOf({ path: inCore, text: "export const x = 1;\n" })).toEqual(complaint);
    expect(problemsOf({ path: inCore, text: 'import { x } from "./y.js";\nf(x);\n' })).toEqual(
      complaint,
    );
  });

  it.each([
    { path: inCore, text: `${HEADER}export const x = 1;\n`, why: "a header" },
    { path: inCore, text: `import { x } from "./x.js";\n\n${HEADER}f(x);\n`, why: "imports first" },
    {
      path: inCore,
      text: `${HEADER}// Date.now() is banned here.\n`,
      why: "a comment does nothing",
    },
    { path: inCore, text: `${HEADER}/* console.log */ f();\n`, why: "nor does this one" },
    {
      path: "packages/core/src/index.ts",
      text: 'export * from "./x.js";\n',
      why: "a list of exports",
    },
    { path: inTest, text: 'import { x } from "@ringkv/testing";\n', why: "tests may use testing" },
    { path: inTest, text: 'import fc from "fast-check";\n', why: "tests may use test tools" },
    {
      path: inTest,
      text: `    \${1} | \${"${"x".repeat(100)}"}\n`,
      why: "a row of a test's table",
    },
    { path: inServer, text: `${HEADER}import { x } from "@ringkv/engine";\n`, why: "inward" },
    {
      path: "packages/server/src/config.ts",
      text: `${HEADER}f(process.env);\n`,
      why: "its one place",
    },
    { path: "README.md", text: "console.log\n", why: "not code" },
  ])("passes: $why", ({ path, text }) => {
    expect(problemsOf({ path, text })).toEqual([]);
  });
});

it("leaves functions and parameters to the linter, with the announced limits", () => {
  const { rules } = JSON.parse(readFileSync(".oxlintrc.json", "utf8"));
  expect(rules["eslint/max-lines-per-function"]).toEqual(["error", { max: 70 }]);
  expect(rules["eslint/max-params"]).toEqual(["error", { max: 3 }]);
  expect(rules["eslint/max-lines"]).toEqual(["error", { max: 400 }]);
});
