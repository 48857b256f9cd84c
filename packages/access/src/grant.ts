/**
 * What a token allows, and whether that is enough. Decided by the scope and the key alone, before
 * anything is asked of a store: a refusal says nothing of what is stored.
 */

import { Forbidden } from "@ringkv/core";

export const SCOPES = ["read", "write", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

export interface Grant {
  /** Whose token it is, for the log. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** What the keys must begin with; empty: all keys. */
  readonly prefix: string;
}

/**
 * What a route or a call wants.
 *
 * `scope`: one of them is enough where there are several, and then the handler asks again for each
 * part. `keys`: `own` when the handler itself holds every key against the grant, `none` when the
 * answer has nothing of keys in it, `all` when it tells of, or acts on, more keys than it names;
 * whoever is bound to a prefix is refused there.
 */
export interface Need {
  readonly scope: Scope | readonly Scope[];
  readonly keys: "own" | "none" | "all";
}

/** `admin` includes the others: it may take a snapshot of everything anyway, and restore it. */
export function mayDo({ scopes }: Grant, wanted: Scope): boolean {
  return scopes.includes(wanted) || scopes.includes("admin");
}

/** Throws `Forbidden`. */
export function demandNeed(grant: Grant, { scope, keys }: Need): void {
  const wanted: readonly Scope[] = typeof scope === "string" ? [scope] : scope;
  if (!wanted.some((it) => mayDo(grant, it))) throw scopeRefusal(wanted);
  if (keys === "all" && grant.prefix !== "") {
    throw new Forbidden("this token is bound to a prefix, and this concerns all keys");
  }
}

/** Throws `Forbidden`. */
export function demandScope(grant: Grant, wanted: Scope): void {
  if (!mayDo(grant, wanted)) throw scopeRefusal([wanted]);
}

/** For a key as well as for the prefix of a listing, which must not be the shorter one. */
export function demandKey({ prefix }: Grant, keyOrPrefix: string): void {
  if (!keyOrPrefix.startsWith(prefix)) throw new Forbidden("this token is bound to another prefix");
}

function scopeRefusal(wanted: readonly Scope[]): Forbidden {
  return new Forbidden(`this needs a token with the scope ${wanted.join(" or ")}`);
}
