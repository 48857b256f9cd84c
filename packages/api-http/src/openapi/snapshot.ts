/** `GET /snapshot` and `POST /restore`. */

import { z } from "zod";
import { restoreSchema } from "../restore-routes.js";
import { snapshotSchema } from "../snapshot-routes.js";
import { restoredSchema, snapshotFileSchema } from "../snapshot-schema.js";
import { recoveryStartedSchema } from "../status-schemas.js";
import { json, type Operation, QUORUM } from "./operation.js";

const NDJSON = "application/x-ndjson";

const lines = z
  .string()
  .describe(
    "A header line, a line per record, a trailer line with `count` and the `sha256` of all lines " +
      "before it; the fields are those of the JSON form, `key` first.",
  );

export function snapshots(): Operation[] {
  return [snapshot(), restore()];
}

function snapshot(): Operation {
  return {
    method: "get",
    path: "/snapshot",
    tag: "snapshots",
    summary: "All records, as one file",
    description:
      "Streamed, whatever its size; JSON unless `Accept` prefers `application/x-ndjson`. Of this " +
      "node: foreign and expired records and deletion marks included; `scope=cluster`: every key " +
      "once, from its newest copy. One that cannot be completed is broken off: it has no " +
      "`sha256`, " +
      "and the connection ends without the last chunk. `HEAD`: the headers, and nothing is read. " +
      "Two at once; the third is 429.",
    request: {
      query: z.object(snapshotSchema.shape),
      headers: z.object({
        Accept: z.string().optional().describe("`application/x-ndjson`, or `application/json`."),
      }),
    },
    answers: {
      200: {
        description: "The file.",
        content: { ...json(snapshotFileSchema), [NDJSON]: { schema: lines } },
      },
    },
    problems: QUORUM,
  };
}

function restore(): Operation {
  return {
    method: "post",
    path: "/restore",
    tag: "snapshots",
    summary: "Bring a snapshot back; without a body: recover from the other nodes",
    description:
      "With a body, which is a snapshot of either form, of any cluster size, also gzipped: its " +
      "records go to their owners with their versions, and newer ones stay. `mode=overwrite` " +
      "writes every value anew, repeats deletions and leaves expired ones out; keys that are " +
      "not in " +
      "the file stay as they are. What is cut short or altered is 422 and says how far it got; " +
      "sending it again is harmless. Lines are read as they come, in bounded memory. Two at " +
      "once; " +
      "the third is 429.\n\n" +
      "Without a body, and without parameters: this node compares itself with all members, pulls " +
      "what it lacks, and serves no reads of its own copies meanwhile, as at its start. A second " +
      "request while that goes on changes nothing.",
    request: {
      query: z.object(restoreSchema.shape),
      headers: z.object({
        "Content-Encoding": z.string().optional().describe("`gzip`, or none."),
      }),
      body: {
        required: false,
        content: {
          [NDJSON]: { schema: lines },
          "application/json": { schema: snapshotFileSchema },
        },
      },
    },
    answers: {
      200: { description: "Restored, or what would be.", content: json(restoredSchema) },
      202: {
        description: "Recovery has begun, or goes on; how far it is stands on `/status`.",
        content: json(recoveryStartedSchema),
      },
    },
    problems: [
      ...QUORUM,
      "store_full",
      "too_large",
      "unsupported_media_type",
      "invalid_snapshot",
      "not_supported",
    ],
  };
}
