/** What a node says of itself and of the cluster. */

import { z } from "zod";
import { locationSchema, verificationSchema } from "../cluster-schemas.js";
import { healthSchema, heartbeatSchema, statusSchema } from "../status-schemas.js";
import { keySchema } from "../words.js";
import { COUNTED, json, type Operation } from "./operation.js";

const TEXT = "text/plain; charset=utf-8";

const verbose = z.object({
  verbose: z.string().optional().describe("Lists the checks, whatever its value."),
});

const LINES = "^(\\[[+-]\\]\\w+ (ok|failed)\\n)*(ok|readyz check (passed|failed))\\n$";

export function cluster(): Operation[] {
  return [...probes(), ...questions()];
}

function probes(): Operation[] {
  const lines = { [TEXT]: { schema: z.string().meta({ pattern: LINES }) } };
  return [
    {
      method: "get",
      path: "/health",
      tag: "probes",
      summary: "Whether this node serves, and who leads",
      description:
        "503 only when Redis or the node's state is wrong. Without a majority it still serves " +
        "what quorums allow; a node that recovers and sees one coordinates, so it is 200.",
      answers: {
        200: { description: "It serves.", content: json(healthSchema) },
        503: { description: "It cannot serve.", content: json(healthSchema) },
      },
      problems: [],
    },
    {
      method: "get",
      path: "/livez",
      tag: "probes",
      summary: "Whether the process lives",
      request: { query: verbose },
      answers: {
        200: {
          description: "It does, whatever else is broken.",
          content: { [TEXT]: { schema: z.literal("ok\n") } },
        },
      },
      problems: [],
    },
    {
      method: "get",
      path: "/readyz",
      tag: "probes",
      summary: "Whether clients should be sent here",
      description: "Redis answers, this node has caught up, a majority is seen.",
      request: { query: verbose },
      answers: {
        200: { description: "Ready.", content: lines },
        503: { description: "Not ready; the checks are listed.", content: lines },
      },
      problems: [],
    },
    {
      method: "get",
      path: "/heartbeat",
      tag: "probes",
      summary: "That this node is alive, and where",
      answers: { 200: { description: "It is.", content: json(heartbeatSchema) } },
      problems: [],
    },
  ];
}

function questions(): Operation[] {
  return [
    {
      method: "get",
      path: "/status",
      tag: "cluster",
      summary: "This node in numbers",
      description: "A store that is away is part of the answer.",
      answers: { 200: { description: "The numbers.", content: json(statusSchema) } },
      problems: [],
    },
    {
      method: "get",
      path: "/metrics",
      tag: "cluster",
      summary: "The same for Prometheus",
      description: "What each metric means stands in docs/metrics.md.",
      answers: {
        200: {
          description: "Text format 0.0.4.",
          content: {
            "text/plain; version=0.0.4; charset=utf-8": {
              schema: z.string().meta({ pattern: "^# HELP ringkv_" }),
            },
          },
        },
      },
      problems: [],
    },
    {
      method: "get",
      path: "/cluster/locate",
      tag: "cluster",
      summary: "Where a key belongs, and who holds which version",
      description: "A member that does not answer is part of the answer.",
      request: { query: z.object({ key: keySchema }) },
      answers: { 200: { description: "The place.", content: json(locationSchema) } },
      problems: COUNTED,
    },
    {
      method: "get",
      path: "/verify",
      tag: "cluster",
      summary: "Whether all owners hold the same",
      description:
        "Compares all copies from the records themselves, not from the running sums; has what is " +
        "odd mended. Takes as long as reading every record takes.",
      answers: { 200: { description: "The comparison.", content: json(verificationSchema) } },
      problems: COUNTED,
    },
  ];
}
