/** What is shipped is listed, and comes under licences that a company's lawyer has seen before. */

import { readFileSync } from "node:fs";
import { billOf, reachedFrom, SHIPPED } from "../../scripts/sbom/bill.mjs";

interface Locked {
  readonly license?: string;
  readonly link?: boolean;
}

const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
const packages: Readonly<Record<string, Locked>> = lock.packages;

const ALLOWED = new Set(
  ["MIT", "MIT-0", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause"].concat([
    "Apache-2.0",
    "BlueOak-1.0.0",
  ]),
);
/** What never leaves the developer's machine may ask for more: a notice, or the same licence. */
const ALLOWED_FOR_TOOLS = new Set(
  [...ALLOWED].concat(["MPL-2.0", "CC-BY-4.0", "CC0-1.0", "Unlicense", "WTFPL", "Zlib"]),
);
/** Tools whose package.json says it in an old form; their LICENSE files are MIT's. */
const MIT_IN_AN_OLD_FORM = ["httpntlm", "stack-trace"];

/** One of the alternatives, and all that it joins. */
function isAllowed(license: string, allowed: ReadonlySet<string>): boolean {
  const plain = license.replaceAll(/[()]/g, "");
  return plain.split(" OR ").some((one) => one.split(" AND ").every((it) => allowed.has(it)));
}

const isShipped = reachedFrom(lock.packages, SHIPPED);
const thirdParty = Object.keys(packages).filter(
  (at) => at.includes("node_modules/") && packages[at]?.link !== true,
);

it("docs/sbom.cdx.json lists what is shipped: else run npm run sbom", () => {
  const written = JSON.parse(readFileSync("docs/sbom.cdx.json", "utf8"));
  expect(written).toEqual(billOf(lock.packages));
});

it("lists what every adapter brings, with a hash for each", () => {
  const { components } = billOf(lock.packages);
  const names = components.map(({ name }) => name);
  for (const name of ["express", "ioredis", "bullmq", "axios", "nodemailer", "@grpc/grpc-js"])
    expect(names).toContain(name);
  for (const tool of ["jest", "typescript", "@biomejs/biome", "newman"])
    expect(names).not.toContain(tool);
  expect(components.filter(({ hashes }) => hashes.length === 0)).toEqual([]);
});

it("everything that is shipped has a licence that asks for no more than its notice", () => {
  const odd = thirdParty.filter(
    (at) => isShipped.has(at) && !isAllowed(packages[at]?.license ?? "", ALLOWED),
  );
  expect(odd).toEqual([]);
});

it("no tool has a licence that nobody has looked at", () => {
  const odd = thirdParty.filter((at) => {
    const isOld = MIT_IN_AN_OLD_FORM.some((name) => at.endsWith(`node_modules/${name}`));
    return !isOld && !isAllowed(packages[at]?.license ?? "", ALLOWED_FOR_TOOLS);
  });
  expect(odd).toEqual([]);
});

it.each([
  { license: "MIT", allowed: true },
  { license: "(MIT OR GPL-3.0)", allowed: true },
  { license: "MIT AND GPL-3.0", allowed: false },
  { license: "AGPL-3.0", allowed: false },
  { license: "", allowed: false },
])("a planted $license is allowed: $allowed", ({ license, allowed }) => {
  expect(isAllowed(license, ALLOWED)).toBe(allowed);
});
