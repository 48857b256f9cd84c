/**
 * What a node and the command line are made of, as a CycloneDX document, read from the lock file.
 *
 * Pure: it follows dependencies from our packages through the lock file as npm lays them out, and
 * asks nobody. `npm sbom --omit dev` is not used: it leaves out what the repository wants for its
 * tests as well, ioredis among them.
 */

/**
 * @typedef {object} Locked an entry of package-lock.json
 * @property {string} [name]
 * @property {string} [version]
 * @property {string} [license]
 * @property {string} [integrity]
 * @property {string} [resolved] of a link: where it leads
 * @property {boolean} [link]
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 * @property {Record<string, string>} [peerDependencies]
 * @property {Record<string, {optional?: boolean}>} [peerDependenciesMeta]
 */

/** @typedef {Readonly<Record<string, Locked>>} Packages `packages` of package-lock.json */

/** What the image installs: see the Dockerfile. */
export const SHIPPED = ["packages/server", "packages/cli"];

const MODULES = "node_modules/";

/**
 * Where everything lies that is reached from `roots`, ours included.
 *
 * @param {Packages} packages
 * @param {readonly string[]} roots
 * @returns {Set<string>}
 */
export function reachedFrom(packages, roots) {
  const found = new Set(roots);
  // A set gives out what is added while it is walked through.
  for (const from of found) {
    for (const { name, isOptional } of wantsOf(packages[from] ?? {})) {
      const at = locate(packages, { name, from });
      if (at !== null) found.add(at);
      else if (!isOptional) throw new Error(`package-lock.json lacks ${name}, wanted by ${from}`);
    }
  }
  return found;
}

/** @param {Locked} locked */
function wantsOf({ dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta }) {
  const named = (/** @type {object | undefined} */ list, /** @type {boolean} */ isOptional) =>
    Object.keys(list ?? {}).map((name) => ({ name, isOptional }));
  const peers = Object.keys(peerDependencies ?? {})
    .filter((name) => peerDependenciesMeta?.[name]?.optional !== true)
    .map((name) => ({ name, isOptional: true }));
  return [...named(dependencies, false), ...named(optionalDependencies, true), ...peers];
}

/**
 * The nearest one, as Node.js looks for it: beside whoever wants it, then further up.
 *
 * @param {Packages} packages
 * @param {{name: string, from: string}} wanted
 */
function locate(packages, { name, from }) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")))) {
    const at = `${folder === "" ? "" : `${folder}/`}${MODULES}${name}`;
    const locked = folder.endsWith("node_modules") ? undefined : packages[at];
    if (locked?.link) return locked.resolved ?? null;
    if (locked !== undefined) return at;
    if (folder === "") return null;
  }
}

/**
 * The same lock file gives the same document, byte for byte: no date, no serial number.
 *
 * @param {Packages} packages
 */
export function billOf(packages) {
  const components = [...reachedFrom(packages, SHIPPED)]
    .filter((at) => at.includes(MODULES))
    .map((at) => componentOf(at, packages[at] ?? {}));
  const unique = new Map(components.map((component) => [component["bom-ref"], component]));
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: {
      component: {
        "bom-ref": "ringkv",
        type: "application",
        name: "ringkv",
        version: packages[""]?.version ?? "",
        licenses: [{ license: { id: packages[""]?.license ?? "" } }],
      },
    },
    components: [...unique.values()].toSorted((a, b) => (a["bom-ref"] < b["bom-ref"] ? -1 : 1)),
  };
}

/** @param {string} at @param {Locked} locked */
function componentOf(at, { name, version = "", license = "", integrity = "" }) {
  const title = name ?? at.slice(at.lastIndexOf(MODULES) + MODULES.length);
  const reference = `pkg:npm/${title.replace("@", "%40")}@${version}`;
  const isExpression = /\b(AND|OR)\b/.test(license);
  return {
    "bom-ref": reference,
    type: "library",
    name: title,
    version,
    purl: reference,
    licenses: [isExpression ? { expression: license } : { license: { id: license } }],
    hashes: hashesIn(integrity),
  };
}

/** The lock file has base64, the document hexadecimal digits. @param {string} integrity */
function hashesIn(integrity) {
  const [, base64] = /^sha512-(\S+)/.exec(integrity) ?? [];
  if (base64 === undefined) return [];
  return [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }];
}
