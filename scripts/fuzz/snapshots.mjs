/** Snapshot files: whole ones, and what becomes of them on a bad disk or in bad hands. Pure. */

import { createHash } from "node:crypto";
import { packRecord, SnapshotWriter, versionAt } from "@ringkv/core";
import fc from "fast-check";
import { anyBytes, mutated } from "./arbitraries.mjs";

const STAMPED_AT_MS = Date.UTC(2026, 0, 1);

/** @typedef {import("@ringkv/core").SnapshotForm} SnapshotForm */

/** @param {SnapshotForm} form @param {string} prefix @param {number} count */
function snapshotOf(form, prefix, count) {
  const writer = new SnapshotWriter(form, createHash("sha256"));
  const from = /** @type {const} */ ({ scope: "cluster", node: "n", clusterId: "c", prefix: "" });
  const records = Array.from({ length: count }, (_, index) => {
    return packRecord({
      key: /** @type {import("@ringkv/core").Key} */ (`${prefix} ${index}`),
      version: versionAt({ ms: STAMPED_AT_MS + index, counter: 0 }, 1),
      value: index % 3 === 0 ? null : Buffer.from(`value ${index}`),
      contentType: index % 2 === 0 ? "text/plain" : "",
      expiresAtMs: null,
    });
  });
  return Buffer.concat([
    writer.begin({ ...from, takenAtMs: STAMPED_AT_MS }),
    ...(records.length === 0 ? [] : [writer.records(records)]),
    writer.end(STAMPED_AT_MS),
  ]);
}

const OTHER_JSON = ["{}", "[]", "null", '"x"', "1", '{"entries":{}}', "{}\n{}\n{}", "\n\n", "{"];

/** A file and the form that it is said to be in. @param {string} prefix of its keys */
export function snapshotBody(prefix) {
  const forms = /** @type {const} */ (["json", "ndjson"]);
  const whole = fc.tuple(fc.constantFrom(...forms), fc.nat(5)).map(([form, count]) => {
    return snapshotOf(form, prefix, count);
  });
  const bytes = fc.oneof(
    { weight: 6, arbitrary: mutated(whole, 3) },
    { weight: 2, arbitrary: fc.constantFrom(...OTHER_JSON).map((text) => Buffer.from(text)) },
    { weight: 1, arbitrary: anyBytes },
  );
  return fc.record({ form: fc.constantFrom(...forms), bytes });
}
