/**
 * Which token each route wants, in one table. `open` holds no data, or is what decides where
 * clients are sent; everything else wants a token when tokens are set.
 *
 * `own`: the handler holds every key and every prefix against the grant. `all`: whoever is bound to
 * a prefix is refused, because the answer concerns more than its keys.
 */

import type { Need } from "@ringkv/access";

/** In the order in which they are told. */
export const METHODS = ["get", "post", "put", "delete"] as const;
export type Method = (typeof METHODS)[number];

export type RouteNeed = Need | "open";

const READ = { scope: "read", keys: "all" } as const;
const READ_OWN = { scope: "read", keys: "own" } as const;
const READ_NONE = { scope: "read", keys: "none" } as const;
const WRITE_OWN = { scope: "write", keys: "own" } as const;
/** A batch: each of its operations is looked at by itself. */
const READ_OR_WRITE_OWN = { scope: ["read", "write"], keys: "own" } as const;
const ADMIN = { scope: "admin", keys: "all" } as const;

export const NEEDS = {
  // `POST` on a key is the batch, whatever key it looks like.
  "/kv/*": { get: READ_OWN, put: WRITE_OWN, delete: WRITE_OWN, post: READ_OR_WRITE_OWN },
  "/kv": { get: READ_OWN, post: WRITE_OWN, put: WRITE_OWN, delete: WRITE_OWN },
  "/": { get: "open" },
  "/app/tasks": { get: "open" },
  "/app/keys": { get: "open" },
  "/app/drills": { get: "open" },
  "/assets/:file": { get: "open" },
  "/health": { get: READ_NONE },
  "/livez": { get: "open" },
  "/readyz": { get: "open" },
  "/heartbeat": { get: READ_NONE },
  "/status": { get: READ },
  "/metrics": { get: READ },
  "/cluster/locate": { get: READ_OWN },
  "/verify": { get: READ },
  "/set": { post: WRITE_OWN },
  "/jobs": { get: READ_OWN },
  "/cluster": { get: READ },
  "/events": { get: READ },
  "/tasks": { get: READ_OWN, post: WRITE_OWN },
  "/tasks/:id": { put: WRITE_OWN, delete: WRITE_OWN },
  "/admin/drain": { post: ADMIN },
  "/admin/faults": { get: ADMIN, post: ADMIN },
  "/admin/board-session": { post: ADMIN },
  "/snapshot": { get: ADMIN },
  "/restore": { post: ADMIN },
  "/admin/notify/test": { post: ADMIN },
  "/openapi.json": { get: "open" },
  "/docs": { get: "open" },
  "/docs/:asset": { get: "open" },
} as const satisfies Readonly<Record<string, Readonly<Partial<Record<Method, RouteNeed>>>>>;

export type RoutePath = keyof typeof NEEDS;

/** The board's pages, which are mounted in another way: see board-route.ts. */
export const BOARD_NEED: Need = ADMIN;

/** For a path as the description of the interface writes it. */
export function needOf(path: string, method: string): RouteNeed {
  const asked = path.startsWith("/kv/") ? "/kv/*" : path.replace(/\{(\w+)\}/g, ":$1");
  const needs = (NEEDS as Readonly<Record<string, Readonly<Record<string, RouteNeed>>>>)[asked];
  return needs?.[method] ?? "open";
}
