/**
 * The words that requests and answers are made of, as schemas. A length or a pattern that code
 * checks by hand, because a schema would be too slow for each request, is the same constant here.
 */

import { KEY_BYTES_MAX, type MemberState, PARTITION_COUNT } from "@ringkv/core";
import { z } from "zod";

export const keySchema = z
  .string("a string")
  .refine((key) => key !== "", "the key is empty")
  .refine((key) => !/\p{Surrogate}/u.test(key), "half a surrogate pair is not a character")
  .refine(
    (key) => Buffer.byteLength(key) <= KEY_BYTES_MAX,
    `a key has at most ${KEY_BYTES_MAX} bytes`,
  )
  .meta({
    id: "Key",
    minLength: 1,
    maxLength: KEY_BYTES_MAX,
    description:
      `Well-formed Unicode, 1 to ${KEY_BYTES_MAX} bytes of UTF-8. Case counts, and nothing is ` +
      "normalised.",
    examples: ["user:1"],
  });

export const nodeIdSchema = z.string().meta({
  id: "NodeId",
  pattern: "^[a-z0-9][a-z0-9-]{0,31}$",
  description: "A member's name.",
  examples: ["node2"],
});

export const versionSchema = z.string().meta({
  id: "Version",
  pattern: "^[0-9a-f]{20}$",
  description:
    "12 hex digits of milliseconds (hybrid logical clock), 4 of a counter, 4 of the node. Plain " +
    "string order is the order of versions.",
  examples: ["0191c3a4b2f300001a1b"],
});

export const partitionSchema = z
  .int()
  .min(0)
  .max(PARTITION_COUNT - 1)
  .meta({ id: "Partition", description: "Which part of the key space.", examples: [412] });

const STATES = ["up", "suspect", "down", "recovering"] as const satisfies readonly MemberState[];

export const memberStateSchema = z.enum(STATES).meta({
  id: "MemberState",
  description:
    "`recovering`: back, takes writes, not yet trusted with reads. `suspect`: silent for a while.",
});

export const expiresAtSchema = z
  .int()
  .min(0)
  .meta({
    id: "ExpiresAt",
    description: "Milliseconds since the Unix epoch; left out when the value does not expire.",
    examples: [1_732_100_000_000],
  });

export const jsonValueSchema = z
  .unknown()
  .refine((value) => value !== undefined, "missing")
  .meta({
    id: "JsonValue",
    type: ["null", "boolean", "number", "string", "array", "object"],
    description: "Any JSON value. Kept, and given back, as the bytes that were sent.",
  });

/** A number of things. */
export const countSchema = z.int().min(0);

/** Who leads the cluster's chores, as the answering node knows it. */
export const leadershipShape = {
  isLeader: z.boolean().describe("Whether the answering node leads the cluster's chores."),
  leader: nodeIdSchema.nullable().describe("Null: nobody that the answering node knows of."),
  term: countSchema.describe("The election term that the answering node has reached."),
};
