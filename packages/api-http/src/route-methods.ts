/**
 * A route with its methods. Whatever they are, `OPTIONS` says so, `HEAD` comes with `GET`, and
 * another method is 405 with `Allow`. It says nothing to other origins.
 */

import type { Express, RequestHandler } from "express";
import { methodNotAllowed } from "./http-refusal.js";

export type Handlers = Partial<Record<"get" | "post" | "put" | "delete", RequestHandler>>;

export function mountRoute(app: Express, path: string, handlers: Handlers): void {
  const named = Object.entries(handlers);
  const methods = named.map(([method]) => method.toUpperCase());
  const implied = handlers.get === undefined ? [] : ["HEAD"];
  const allowed = [...methods, ...implied, "OPTIONS"].join(", ");
  const route = app.route(path);
  for (const [method, handler] of named) route[method as keyof Handlers](handler);
  route.options((_request, response) => {
    response.writeHead(204, ["Allow", allowed]).end();
  });
  route.all(() => {
    throw methodNotAllowed(allowed);
  });
}
