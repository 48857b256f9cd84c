/** What people look at and act on: the whole cluster, its events, drain and drills. */

import { z } from "zod";
import {
  activeFaultsSchema,
  boardSessionSchema,
  drainingSchema,
  drainSchema,
  faultSchema,
  inflictedSchema,
} from "../admin-schemas.js";
import { notifyTestSchema } from "../notify-schemas.js";
import { clusterSchema } from "../overview-schemas.js";
import { header } from "./headers.js";
import { COUNTED, json, type Operation } from "./operation.js";

const FAULTS = "/admin/faults";

const EVENTS = z.string().meta({ pattern: "^event: history\\ndata: \\{" });

export function operator(): Operation[] {
  return [...overview(), drain(), boardSession(), notify(), ...drills()];
}

function overview(): Operation[] {
  return [
    {
      method: "get",
      path: "/cluster",
      tag: "operator",
      summary: "Every member, as far as it answers",
      description: "Asked now, through this node. A member that does not answer has no status.",
      answers: { 200: { description: "The cluster.", content: json(clusterSchema) } },
      problems: COUNTED,
    },
    {
      method: "get",
      path: "/events",
      tag: "operator",
      summary: "The same once a second, as server-sent events",
      description:
        "`history` first (the schema `History`), then `moment` each second (`Moment`). A " +
        "subscriber that does not read is dropped; whoever was dropped connects again and begins " +
        "with a history.",
      answers: {
        200: {
          description: "It ends when the client or the node leaves.",
          content: {
            "text/event-stream; charset=utf-8": { schema: EVENTS },
          },
        },
      },
      problems: COUNTED,
    },
  ];
}

function boardSession(): Operation {
  return {
    method: "post",
    path: "/admin/board-session",
    tag: "operator",
    summary: "A cookie with which a browser opens the board",
    description:
      "For `/queues` only, and for fifteen minutes: a browser cannot send a token with a page. " +
      "Where no tokens are set, the board is open, and there is no cookie.",
    answers: {
      200: {
        description: "The browser has it now.",
        content: json(boardSessionSchema),
        headers: header(
          "Set-Cookie",
          "`HttpOnly`, `SameSite=Strict`; with TLS `Secure`, too.",
          { pattern: "^ringkv_board=" },
          false,
        ),
      },
    },
    problems: COUNTED,
  };
}

function drain(): Operation {
  return {
    method: "post",
    path: "/admin/drain",
    tag: "operator",
    summary: "Leave: no more clients, hand off, exit",
    description: "What is held for others is handed off for as long as `DRAIN_TIMEOUT_MS` says.",
    request: { body: { required: true, content: json(drainSchema) } },
    answers: { 202: { description: "It begins to leave.", content: json(drainingSchema) } },
    problems: [...COUNTED, "too_large", "unsupported_media_type"],
  };
}

function notify(): Operation {
  return {
    method: "post",
    path: "/admin/notify/test",
    tag: "operator",
    summary: "Send a test message to everybody whom notifications tell",
    description:
      "Past the queue, one at a time and not twice in two seconds. 501: notifications are off.",
    answers: { 200: { description: "What each has answered.", content: json(notifyTestSchema) } },
    problems: [...COUNTED, "not_supported"],
  };
}

function drills(): Operation[] {
  return [
    {
      method: "get",
      path: FAULTS,
      tag: "operator",
      summary: "What is broken on purpose on this node",
      answers: { 200: { description: "The faults.", content: json(activeFaultsSchema) } },
      problems: ["not_found"],
    },
    {
      method: "post",
      path: FAULTS,
      tag: "operator",
      summary: "Have a member fail on purpose, for a while",
      description:
        "Only where `FAULTS=enabled`, else 404. `wipe` takes what the member's store holds, for " +
        "good; every other fault ends by itself.",
      request: {
        body: {
          required: true,
          content: {
            "application/json": {
              schema: faultSchema,
              examples: {
                cut: { value: { kind: "cut", node: "node2", peer: "node3", seconds: 10 } },
              },
            },
          },
        },
      },
      answers: { 202: { description: "It has begun.", content: json(inflictedSchema) } },
      problems: [
        ...COUNTED,
        "not_found",
        "too_large",
        "unsupported_media_type",
        "quorum_unreachable",
        "not_supported",
      ],
    },
  ];
}
