/**
 * The fence of the HTTP interface: whose request it is, and whether it may. Without tokens it is
 * not there at all; with them a request is looked at before its body is read and before it takes a
 * place in the node's load.
 *
 * What a header says of the client's address, or of another method or path, is not asked.
 */

import type { IncomingMessage } from "node:http";
import {
  type Access,
  type Credentials,
  demandKey,
  demandNeed,
  demandScope,
  type Entry,
  type Scope,
} from "@ringkv/access";
import { Unauthenticated } from "@ringkv/core";
import type { RequestHandler } from "express";
import type { RouteNeed } from "./route-needs.js";

export class Guard {
  readonly access: Access | null;
  /** Of the requests that are under way. */
  readonly #grants = new WeakMap<IncomingMessage, Entry>();

  /** Null: everybody may do everything. */
  constructor(access: Access | null) {
    this.access = access;
  }

  /** The handler, for those only who may ask it. */
  protect(need: RouteNeed, handler: RequestHandler): RequestHandler {
    const { access } = this;
    if (access === null || need === "open") return handler;
    return (request, response, next) => {
      const grant = access.identify(credentialsIn(request));
      demandNeed(grant, need);
      this.#grants.set(request, grant);
      return handler(request, response, next);
    };
  }

  /** Any token that holds: for answers that tell what there is, and no more. */
  demandToken(request: IncomingMessage): void {
    this.access?.identify(credentialsIn(request));
  }

  /** Of a request that was let in. `key` may be the prefix of a listing. */
  demandKey(request: IncomingMessage, key: string): void {
    if (this.access !== null) demandKey(this.grantOf(request), key);
  }

  /** Of a request that was let in, and wants more than its route. */
  demandScope(request: IncomingMessage, scope: Scope): void {
    if (this.access !== null) demandScope(this.grantOf(request), scope);
  }

  /** Of a request that was let in and goes on for long: whether its token still holds. */
  demandStill(request: IncomingMessage): void {
    if (!this.stillHolds(request)) throw new Unauthenticated("the token does not hold any more");
  }

  /** As `demandStill`, for those who only have to stop. */
  stillHolds(request: IncomingMessage): boolean {
    return this.access === null || this.access.renew(this.grantOf(request)) !== null;
  }

  grantOf(request: IncomingMessage): Entry {
    const grant = this.#grants.get(request);
    if (grant === undefined) throw new Unauthenticated("nobody has looked at this request");
    return grant;
  }
}

const AUTHORIZATION = "authorization";

/** All that were sent: the platform would show the first one and drop the others. */
export function credentialsIn({ rawHeaders, socket }: IncomingMessage): Credentials {
  const authorization: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] as string;
    if (name.length !== AUTHORIZATION.length || name.toLowerCase() !== AUTHORIZATION) continue;
    authorization.push(rawHeaders[at + 1] as string);
  }
  return { authorization, address: socket.remoteAddress ?? "" };
}
