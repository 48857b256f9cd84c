/**
 * What each operation of a batch is answered, put together by hand: as the request alone is
 * answered, with the operation's name and status before it. What many operations share is written
 * once for each batch; nothing is remembered from one batch to the next.
 *
 * Tests compare the texts with those that are made from objects of the schemas' types.
 */

import type { NodeId } from "@ringkv/core";
import type { Reading, WriteReceipt } from "@ringkv/engine";
import { recordFields } from "./reading.js";

export class BatchResults {
  readonly #lists = new Map<readonly NodeId[], string>();

  read({ key, record }: Reading): string {
    if (record === null) return `{"op":"get","status":404,"key":${textOf(key)},"value":null}`;
    return `{"op":"get","status":200,"key":${textOf(key)},${recordFields(record)}}`;
  }

  written(op: "put" | "delete", receipt: WriteReceipt): string {
    const { key, version, partition, primary, stored, standIns, w } = receipt;
    const { hadValue, expiresAtMs } = receipt;
    const status = op === "put" && !hadValue ? 201 : 200;
    const place =
      `"key":${textOf(key)},"version":"${version}","partition":${partition},` +
      `"primary":"${primary}","stored":${this.#list(stored)},` +
      `"standIns":${this.#list(standIns)},"w":${w}`;
    const expiry = op === "put" && expiresAtMs !== null ? `,"expiresAt":${expiresAtMs}` : "";
    const found = op === "put" ? `"created":${!hadValue}${expiry}` : `"existed":${hadValue}`;
    return `{"op":"${op}","status":${status},${place},${found}}`;
  }

  /** Receipts of one batch share their lists. Names need no escaping. */
  #list(nodes: readonly NodeId[]): string {
    if (nodes.length === 0) return "[]";
    let text = this.#lists.get(nodes);
    if (text === undefined) {
      text = `["${nodes.join('","')}"]`;
      this.#lists.set(nodes, text);
    }
    return text;
  }
}

/** Printable ASCII but quotes and backslashes: stands for itself in JSON. */
const PLAIN = /^[ !#-[\]-~]*$/;

/** A string in JSON. Most keys need no encoder. */
export function textOf(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
