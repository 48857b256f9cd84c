/**
 * A route with its methods. Whatever they are, `OPTIONS` says so, `HEAD` comes with `GET`, and
 * another method is 405 with `Allow`. It says nothing to other origins.
 *
 * Only what has a row in route-needs.ts can be mounted, and nothing is mounted but here; so there
 * is no route of which nobody has decided who may ask it. `OPTIONS` wants no token, because
 * browsers send none with it, and tells nothing that the description of the interface does not.
 */

import type { Express, RequestHandler } from "express";
import type { Guard } from "./guard.js";
import { methodNotAllowed } from "./http-refusal.js";
import { METHODS, type Method, NEEDS, type RouteNeed, type RoutePath } from "./route-needs.js";

/** A handler for each method that the table has for the path, and for no other. */
export type Handlers<P extends RoutePath> = {
  readonly [M in keyof (typeof NEEDS)[P]]: RequestHandler;
};

export interface Mounting {
  /** What Express is to look for, where the table's own word for the path is none of Express's. */
  readonly at?: RegExp;
  /** What `Allow` says, where it is not simply the methods. */
  readonly allowed?: string;
}

export class Routes {
  readonly app: Express;
  readonly guard: Guard;

  constructor(app: Express, guard: Guard) {
    this.app = app;
    this.guard = guard;
  }

  mount<P extends RoutePath>(path: P, handlers: Handlers<P>, mounting: Mounting = {}): void {
    const needs: Readonly<Partial<Record<Method, RouteNeed>>> = NEEDS[path];
    const given = handlers as Readonly<Partial<Record<Method, RequestHandler>>>;
    const methods = METHODS.filter((method) => needs[method] !== undefined);
    const { at = path, allowed = allowedOf(methods) } = mounting;
    const route = this.app.route(at);
    for (const method of methods) {
      route[method](
        this.guard.protect(needs[method] as RouteNeed, given[method] as RequestHandler),
      );
    }
    route.options((_request, response) => {
      response.writeHead(204, ["Allow", allowed]).end();
    });
    const isOpen = methods.every((method) => needs[method] === "open");
    route.all((request) => {
      if (!isOpen) this.guard.demandToken(request);
      throw methodNotAllowed(allowed);
    });
  }
}

function allowedOf(methods: readonly Method[]): string {
  const names = methods.flatMap((it) => (it === "get" ? ["GET", "HEAD"] : [it.toUpperCase()]));
  return [...names, "OPTIONS"].join(", ");
}
