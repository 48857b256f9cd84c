/**
 * The house rules that a machine can check, as one function from a file to its problems. Each rule
 * says what to do instead, so that a failure teaches. Lengths of functions and numbers of
 * parameters are the linter's (.oxlintrc.json).
 */

import { posix } from "node:path";
import { MAY_IMPORT, MAY_USE, WITHOUT_NODE_MODULES } from "./architecture.js";
import type { ProjectFile } from "./project-files.js";

export interface Ban {
  readonly pattern: RegExp;
  readonly where: RegExp;
  readonly except?: RegExp;
  readonly instead: string;
}

const CODE = /\.(tsx?|mjs)$/;
const TYPED = /\.tsx?$/;
const TEST = /\.test\.ts$|^tests\/|^packages\/[\w-]+\/test-support\//;
const SOURCE = /^packages\/[\w-]+\/src\/(?!.*\.test\.ts$).*\.tsx?$/;
const SIMULATED = /^packages\/(core|engine|testing)\/src\/(?!open-redis)(?!.*\.test\.ts$).*\.ts$/;

export const BANS: readonly Ban[] = [
  {
    pattern: /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(|\bhrtime\b/,
    where: SOURCE,
    except: /^packages\/((server|client|cli)\/src\/system-clock|testing\/src\/open-redis)\.ts$/,
    instead: "the Clock port, or it cannot be simulated",
  },
  {
    pattern: /\bset(Timeout|Interval|Immediate)\(|\bqueueMicrotask\(|"node:timers/,
    where: SIMULATED,
    // The simulator's own clock lets promises run between two of its instants.
    except: /^packages\/testing\/src\/sim-timeline\.ts$/,
    instead: "the Clock port, or a simulation would have to wait for it",
  },
  {
    pattern: /\bsetInterval\(/,
    where: SOURCE,
    instead: "a loop that sleeps, or rounds pile up behind a slow one",
  },
  {
    pattern: /\bMath\.random\(|\brandomUUID\(/,
    where: /^packages\/(core|engine|testing)\//,
    instead: "a seeded generator that is passed in, or a failure cannot be replayed",
  },
  {
    pattern: /\bprocess\.env\b/,
    where: SOURCE,
    // The command line has an environment of its own; the tests look for a Redis on their machine.
    except: /^packages\/(server\/src\/config|cli\/src\/main|testing\/src\/open-redis)\.ts$/,
    instead: "a field of the configuration, which is checked and documented",
  },
  {
    pattern: /\bapp\.route\(/,
    where: /^packages\/api-http\/src\//,
    except: /^packages\/api-http\/src\/routes\.ts$/,
    instead: "Routes.mount, or nobody has decided which token the route wants",
  },
  {
    // Attack case 68: what is run is what stands here, and no program beside it.
    pattern: /\beval\(|\bnew Function\b|\bFunction\(|"node:vm"/,
    where: SOURCE,
    instead: "code that is written down: what is made of strings may be made by an attacker",
  },
  {
    pattern: /\brequire\((?!")|\bimport\((?!")/,
    where: SOURCE,
    instead: "a name that stands in the source, or a request may one day choose it",
  },
  {
    pattern: /"(node:)?child_process"|"node:cluster"/,
    where: SOURCE,
    // The command line asks the launcher of a checkout for a drill; tests start a Redis.
    except: /^packages\/(cli\/src\/launcher-control|testing\/src\/open-redis)\.ts$/,
    instead: "nothing: a node starts no program",
  },
  { pattern: /\bconsole\.\w/, where: SOURCE, instead: "the Log port" },
  {
    pattern: /:\s*any\b|\bas any\b|<any>|@ts-(ignore|nocheck)/,
    where: TYPED,
    instead: "unknown, and a schema at the edge",
  },
  {
    pattern: /^export default\b/m,
    where: /^packages\/.*\.tsx?$|^tests\/.*\.ts$/,
    instead: "a named export, so that a thing has one name",
  },
  {
    pattern: /\b(it|test|describe)\.(only|skip|todo)\(|\b[fx](it|describe)\(/,
    where: TEST,
    instead: "a test that runs: one that is skipped proves nothing, and one alone hides the others",
  },
  {
    pattern: /\bjest\.mock\(|\bunstable_mockModule\(/,
    where: TEST,
    instead: "a literal that implements the port, or the seam is in the wrong place",
  },
];

const LINES_MAX = 400;
const COLUMNS_MAX = 100;
/** A row of a test's table: values, an object, or the names of the columns. */
const TABLE_ROW = /^\s*(\$\{|\{ |\w+(\s+\| \w+)+$)/;
const VAGUE = /(^|[-.])(utils?|helpers?|managers?|services?|common|misc)([-.]|$)/;

/** Everything that is wrong with a file of code; nothing for a file of another kind. */
export function problemsOf(file: ProjectFile): string[] {
  // The rules' own examples break the rules.
  if (!CODE.test(file.path) || file.path.startsWith("tests/style/")) return [];
  return [
    ...bansOf(file),
    ...layersOf(file),
    ...namesOf(file),
    ...sizesOf(file),
    ...headerOf(file),
  ];
}

function bansOf({ path, text }: ProjectFile): string[] {
  const code = withoutComments(text);
  return BANS.flatMap(({ pattern, where, except, instead }) => {
    if (!where.test(path) || except?.test(path)) return [];
    const hit = pattern.exec(pattern.source.includes("@ts-") ? text : code);
    return hit === null ? [] : [`"${hit[0].trim()}": use ${instead}`];
  });
}

function layersOf({ path, text }: ProjectFile): string[] {
  const owner = /^packages\/([\w-]+)\/(src|test-support)\//.exec(path)?.[1];
  if (owner === undefined) return [];
  const isTest = TEST.test(path);
  return importsOf(text).flatMap((target) => {
    if (target.startsWith(".")) {
      const isInside = posix.join(posix.dirname(path), target).startsWith(`packages/${owner}/`);
      return isInside ? [] : [`${target}: import the package, not its files`];
    }
    if (target.startsWith("@ringkv/")) {
      const [, name = ""] = target.split("/");
      const isAllowed = MAY_IMPORT[owner]?.includes(name) || (isTest && name === "testing");
      return isAllowed ? [] : [`${owner} may not import ${name}`];
    }
    if (isTest) return [];
    if (target.startsWith("node:")) {
      return WITHOUT_NODE_MODULES.includes(owner) ? [`${owner} may not use ${target}`] : [];
    }
    const module = target.split("/", target.startsWith("@") ? 2 : 1).join("/");
    return MAY_USE[owner]?.includes(module) ? [] : [`${owner} may not use ${module}`];
  });
}

function namesOf({ path }: ProjectFile): string[] {
  const stem = posix.basename(path).replace(/(\.(real\.)?test|\.config|\.d)?\.\w+$/, "");
  const problems: string[] = [];
  if (VAGUE.test(stem)) problems.push(`"${stem}" says nothing: name it after its noun`);
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem)) problems.push(`"${stem}" is not kebab-case`);
  return problems;
}

function sizesOf({ path, text }: ProjectFile): string[] {
  const lines = text.trimEnd().split("\n");
  const problems: string[] = [];
  if (lines.length > LINES_MAX) {
    problems.push(`${lines.length} lines: split it along its nouns (limit ${LINES_MAX})`);
  }
  for (const [index, line] of lines.entries()) {
    // A row of a table cannot be broken, neither in a test nor in a comment.
    const isTableRow = line.startsWith(" * |") || (TEST.test(path) && TABLE_ROW.test(line));
    if (line.length > COLUMNS_MAX && !isTableRow) {
      problems.push(`line ${index + 1} has ${line.length} columns (limit ${COLUMNS_MAX})`);
    }
  }
  return problems;
}

/** A header may come after the imports, where a file is one documented interface. */
function headerOf({ path, text }: ProjectFile): string[] {
  if (!SOURCE.test(path) || path.endsWith("/index.ts")) return [];
  const body = text.replace(/^#!.*\n/, "").replace(/^(import\s[^;]*;\s*)+/, "");
  return body.startsWith("/**") ? [] : ["no header: say what it decides and what it refuses to do"];
}

export function importsOf(text: string): string[] {
  const found = text.matchAll(/(?:^|\s)(?:from|import)\s*\(?\s*"([^"]+)"/g);
  return [...found].map(([, target = ""]) => target);
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:"'`\w])\/\/.*$/gm, "");
}
