/**
 * What a request may ask for besides its key and value. Whatever is not known, or not a number in
 * range, is refused: an option that is silently ignored is a promise silently broken.
 */

import { InvalidRequest } from "@ringkv/core";
import { z } from "zod";
import type { Query } from "./request-target.js";

export const TIMEOUT_MS_MAX = 30_000;

/** A hundred years. Far beyond it the record format has no room, and nobody means it. */
export const TTL_SECONDS_MAX = 100 * 365 * 86_400;

export interface Options {
  readonly w: number | null;
  readonly r: number | null;
  readonly timeoutMs: number | null;
  readonly ttlSeconds: number | null;
  readonly explain: boolean;
}

export type OptionName = "w" | "r" | "timeout" | "ttl" | "explain";

export const READ_OPTIONS = ["w", "r", "timeout", "explain"] as const;
export const WRITE_OPTIONS = [...READ_OPTIONS, "ttl"] as const;

const NO_OPTIONS: Options = {
  w: null,
  r: null,
  timeoutMs: null,
  ttlSeconds: null,
  explain: false,
};

export const ttlSchema = wholeNumber(TTL_SECONDS_MAX, "Seconds until the value is absent.");

/** `replicaCount` is N, which bounds W and R. */
export function optionsSchema(replicaCount: number) {
  return z.strictObject({
    w: wholeNumber(
      replicaCount,
      "W: how many nodes must have a write on disk before it is acknowledged. Checked and " +
        "without effect on a read.",
    ).optional(),
    r: wholeNumber(
      replicaCount,
      "R: how many nodes must answer a read. Checked and without effect on a write.",
    ).optional(),
    timeout: wholeNumber(TIMEOUT_MS_MAX, "Milliseconds until an answer is wanted.").optional(),
    ttl: ttlSchema.optional(),
    explain: z
      .enum(["0", "1"], "0 or 1")
      .describe("1: adds `explain`, how it was decided.")
      .optional(),
  });
}

export class OptionsReader {
  readonly #schema: ReturnType<typeof optionsSchema>;

  constructor(replicaCount: number) {
    this.#schema = optionsSchema(replicaCount);
  }

  /** `also` names the parameters that the route reads itself. */
  read(query: Query, known: readonly OptionName[], also: readonly string[] = []): Options {
    if (query.size === 0) return NO_OPTIONS;
    const given: Partial<Record<OptionName, string>> = {};
    for (const [name, value] of query) {
      const option = known.find((it) => it === name);
      if (option !== undefined) given[option] = value;
      else if (!also.includes(name)) throw new InvalidRequest(`unknown parameter: ${name}`);
    }
    const { w, r, timeout, ttl, explain } = parse(this.#schema, given);
    return {
      w: w ?? null,
      r: r ?? null,
      timeoutMs: timeout ?? null,
      ttlSeconds: ttl ?? null,
      explain: explain === "1",
    };
  }
}

/** The time to live, which may stand in one place only: query, `KV-TTL` header or body. */
export function onlyTtl(header: unknown, ...others: readonly (number | null)[]): number | null {
  const fromHeader = header === undefined ? null : parse(ttlSchema, header, "KV-TTL");
  const given = [fromHeader, ...others].filter((ttl) => ttl !== null);
  if (given.length > 1) throw new InvalidRequest("the time to live is given twice");
  return given[0] ?? null;
}

/** The input as the schema has it. Rejects with what is wrong and where. */
export function parse<T>(schema: z.ZodType<T>, input: unknown, name?: string): T {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const complaints = result.error.issues.map(({ path, message }) =>
    [name ?? path.join("."), message].filter((part) => part !== "").join(": "),
  );
  throw new InvalidRequest(complaints.join("; "));
}

/**
 * From 1, in plain decimal digits: "1e3", "+1", " 1" and "0x1" are mistakes, not numbers. For whom
 * it is described, it is the number that these digits mean.
 */
export function wholeNumber(max: number, description: string) {
  const complaint = `a whole number from 1 to ${max}`;
  return z
    .string(complaint)
    .regex(/^[1-9]\d{0,14}$/, complaint)
    .transform(Number)
    .refine((number) => number <= max, complaint)
    .meta({ type: "integer", minimum: 1, maximum: max, description });
}
