/**
 * Who is this? Holds the entries, and finds the one whose token a request brings, or refuses.
 *
 * Every entry is compared, in a time that does not depend on which one fits or how far: what is
 * compared are digests, whose bytes nobody can choose. A token that has expired is like one that
 * never was. What a grant allows is decided in grant.ts.
 */

import { timingSafeEqual } from "node:crypto";
import { TooManyAttempts, Unauthenticated } from "@ringkv/core";
import { Attempts } from "./attempts.js";
import type { Entry } from "./entry.js";
import { demandNeed, type Need } from "./grant.js";
import { digestOf } from "./token.js";

export interface AccessClock {
  wallMs(): number;
  monotonicMs(): number;
}

/** What a request says of who it is. */
export interface Credentials {
  /** Every `Authorization` that it has; more than one is none. */
  readonly authorization: readonly string[];
  /** Of the other end of the connection. What a header says of it is not asked. */
  readonly address: string;
}

/** RFC 6750, and no longer than anybody's token. */
const BEARER = /^bearer +([\w.~+/-]{1,512}=*)$/i;

const MISSING = new Unauthenticated("this node wants a token: Authorization: Bearer …");
const WRONG = new Unauthenticated("this is not a token that holds here");

export class Access {
  readonly #clock: AccessClock;
  readonly #attempts = new Attempts();
  readonly #onClosed: (address: string) => void;
  #entries: readonly Entry[];

  /** `onClosed` hears of each address that has to wait from now on. */
  constructor(
    entries: readonly Entry[],
    clock: AccessClock,
    onClosed: (address: string) => void = () => {},
  ) {
    this.#entries = entries;
    this.#clock = clock;
    this.#onClosed = onClosed;
  }

  /** From now on these hold, and no others. */
  replace(entries: readonly Entry[]): void {
    this.#entries = entries;
  }

  /** The grant of whoever asks. Throws `Unauthenticated`, or `TooManyAttempts`. */
  identify({ authorization, address }: Credentials): Entry {
    if (authorization.length === 0) throw MISSING;
    const nowMs = this.#clock.monotonicMs();
    const waitMs = this.#attempts.waitMs(address, nowMs);
    const [only = ""] = authorization;
    const token = authorization.length === 1 ? BEARER.exec(only)?.[1] : undefined;
    const digest = token === undefined ? null : digestOf(token);
    const isKnown = digest !== null && this.#attempts.wasRight(address, digest);
    if (waitMs > 0 && !isKnown) throw new TooManyAttempts(Math.ceil(waitMs / 1_000));
    const entry = digest === null ? null : this.#find(digest);
    if (entry === null) {
      if (this.#attempts.addWrong(address, nowMs)) this.#onClosed(address);
      throw WRONG;
    }
    if (!isKnown) this.#attempts.addRight(address, entry.digest);
    return entry;
  }

  /** As `identify`, and throws `Forbidden` when that is not enough. */
  admit(credentials: Credentials, need: Need): Entry {
    const grant = this.identify(credentials);
    demandNeed(grant, need);
    return grant;
  }

  /** What a token that was right before allows now; null: it holds no more. */
  renew({ digest }: Entry): Entry | null {
    return this.#find(digest);
  }

  #find(digest: Buffer): Entry | null {
    let found: Entry | null = null;
    for (const entry of this.#entries) {
      if (timingSafeEqual(entry.digest, digest)) found = entry;
    }
    return found === null || this.#isOver(found) ? null : found;
  }

  #isOver({ expiresAtMs }: Entry): boolean {
    return expiresAtMs !== null && this.#clock.wallMs() >= expiresAtMs;
  }
}
