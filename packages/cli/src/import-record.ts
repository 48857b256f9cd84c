/**
 * What one document of a file becomes in the store: a key, the bytes of its value and their type.
 * Pure. A document that cannot become a record is refused with the reason; nothing is guessed.
 */

import { type Member, membersOf } from "./json-cutter.js";

export interface ImportRules {
  readonly prefix: string;
  /** The field whose value is the key; the whole document is the value then. */
  readonly keyField: string | null;
  /** The number of the document is the key. */
  readonly numbered: boolean;
  /** For the expiry of an exported record. */
  readonly nowMs: number;
}

export interface ImportDocument {
  readonly raw: Buffer;
  /** Of a property in a JSON object. */
  readonly name: string | null;
  /** From 0. */
  readonly ordinal: number;
}

export interface ImportRecord {
  readonly key: string;
  readonly value: Buffer;
  readonly contentType: string;
  readonly ttlSeconds: number | null;
}

export type Verdict =
  | { readonly kind: "record"; readonly record: ImportRecord }
  | { readonly kind: "skipped" | "refused"; readonly why: string };

const JSON_TYPE = "application/json";
/** The first line of a snapshot, which `restore` takes with its versions. */
export const SNAPSHOT_FORMAT = "ringkv-snapshot";

export function recordOf(document: ImportDocument, rules: ImportRules): Verdict {
  const { raw, name, ordinal } = document;
  const parsed = parse(raw);
  if (parsed === NOT_JSON) return refused("it is no JSON");
  const { keyField, numbered, prefix } = rules;
  if (keyField !== null) {
    const key = fieldOf(parsed, keyField);
    if (typeof key === "number" || (typeof key === "string" && key !== "")) {
      return whole(`${prefix}${key}`, raw);
    }
    return refused(`its field ${keyField} is no key`);
  }
  if (numbered) return whole(`${prefix}${ordinal + 1}`, raw);
  if (name !== null) return whole(`${prefix}${name}`, raw);
  return exported(raw, parsed, rules);
}

const NOT_JSON = Symbol("not JSON");

function parse(raw: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(raw));
  } catch {
    return NOT_JSON;
  }
}

function fieldOf(parsed: unknown, field: string): unknown {
  if (typeof parsed !== "object" || parsed === null || !Object.hasOwn(parsed, field)) return null;
  return (parsed as Record<string, unknown>)[field];
}

function whole(key: string, value: Buffer): Verdict {
  return { kind: "record", record: { key, value, contentType: JSON_TYPE, ttlSeconds: null } };
}

function refused(why: string): Verdict {
  return { kind: "refused", why };
}

/** A line as `export` writes it: `key`, and `value` or `base64`. */
function exported(raw: Buffer, parsed: unknown, { prefix, nowMs }: ImportRules): Verdict {
  const key = fieldOf(parsed, "key");
  if (typeof key !== "string" || key === "") {
    return refused("it has no key: name the field with --key-field, or use --numbered");
  }
  if (fieldOf(parsed, "tombstone") === true) return { kind: "skipped", why: "it is deleted" };
  const expiresAt = fieldOf(parsed, "expiresAt");
  if (expiresAt !== null && typeof expiresAt !== "number") return refused("its expiresAt is odd");
  if (expiresAt !== null && expiresAt <= nowMs) return { kind: "skipped", why: "it has expired" };
  const value = valueIn(membersOf(raw), parsed);
  if (value === null) return refused("it has no value, or two");
  const given = fieldOf(parsed, "contentType");
  const contentType = typeof given === "string" && given !== "" ? given : value.type;
  const ttlSeconds = expiresAt === null ? null : Math.ceil((expiresAt - nowMs) / 1_000);
  const bytes = value.isText && !isJsonType(contentType) ? value.text : value.raw;
  return {
    kind: "record",
    record: { key: prefix + key, value: bytes, contentType, ttlSeconds },
  };
}

interface FoundValue {
  readonly raw: Buffer;
  /** A string means its text, unless the type says that it is JSON. */
  readonly isText: boolean;
  readonly text: Buffer;
  readonly type: string;
}

function valueIn(members: readonly Member[], parsed: unknown): FoundValue | null {
  const values = members.filter(({ name }) => name === "value" || name === "base64");
  const [found] = values;
  if (found === undefined || values.length > 1) return null;
  const content = fieldOf(parsed, found.name ?? "");
  if (found.name === "base64" || fieldOf(parsed, "encoding") === "base64") {
    if (typeof content !== "string" || !/^[A-Za-z0-9+/]*={0,2}$/.test(content)) return null;
    const bytes = Buffer.from(content, "base64");
    return { raw: bytes, isText: false, text: bytes, type: "application/octet-stream" };
  }
  const isText = typeof content === "string";
  return {
    raw: found.raw,
    isText,
    text: isText ? Buffer.from(content) : found.raw,
    type: JSON_TYPE,
  };
}

function isJsonType(contentType: string): boolean {
  return /^[\w.-]+\/([\w.-]+\+)?json\b/i.test(contentType);
}
