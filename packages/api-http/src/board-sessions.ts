/**
 * How a browser comes to the board: it cannot send a token with a page, so whoever may see the
 * board asks for a cookie, which holds for fifteen minutes and for `/queues` alone.
 *
 * Its bytes are random and are kept as a digest. It is worth as much as the token that it was asked
 * with: when that is revoked or expires, the cookie goes with it. No script reads it, and no other
 * site's page sends it.
 */

import { randomBytes } from "node:crypto";
import { type Access, digestOf, type Entry, mayDo } from "@ringkv/access";

interface Session {
  readonly entry: Entry;
  readonly endsAtMs: number;
}

const COOKIE = "ringkv_board";
const LASTS_MS = 15 * 60_000;
/** Beyond it the oldest ends. */
const SESSIONS_MAX = 64;

export interface BoardSessionsDeps {
  readonly access: Access;
  readonly clock: { monotonicMs(): number };
  /** The cookie is for this path and what is below. */
  readonly path: string;
}

export class BoardSessions {
  readonly #deps: BoardSessionsDeps;
  readonly #sessions = new Map<string, Session>();

  constructor(deps: BoardSessionsDeps) {
    this.#deps = deps;
  }

  /** What `Set-Cookie` says. */
  open(entry: Entry, { isSecure }: { readonly isSecure: boolean }): string {
    const { clock, path } = this.#deps;
    const secret = randomBytes(32).toString("base64url");
    this.#sessions.set(keyOf(secret), { entry, endsAtMs: clock.monotonicMs() + LASTS_MS });
    const [oldest] = this.#sessions.keys();
    if (this.#sessions.size > SESSIONS_MAX) this.#sessions.delete(oldest as string);
    const marks = ["HttpOnly", "SameSite=Strict", ...(isSecure ? ["Secure"] : [])];
    const rest = [`Path=${path}`, `Max-Age=${LASTS_MS / 1_000}`, ...marks];
    return [`${COOKIE}=${secret}`, ...rest].join("; ");
  }

  /** Whether these cookies have one that lets in. */
  lets(cookies: string | undefined): boolean {
    const secret = secretIn(cookies ?? "");
    if (secret === null) return false;
    const session = this.#sessions.get(keyOf(secret));
    if (session === undefined) return false;
    const entry = this.#deps.access.renew(session.entry);
    const isOver = this.#deps.clock.monotonicMs() >= session.endsAtMs;
    if (!isOver && entry !== null && mayDo(entry, "admin")) return true;
    this.#sessions.delete(keyOf(secret));
    return false;
  }
}

function secretIn(cookies: string): string | null {
  const pair = cookies.split(/; */).find((it) => it.startsWith(`${COOKIE}=`));
  const secret = pair?.slice(COOKIE.length + 1) ?? "";
  return secret === "" ? null : secret;
}

/** What a lookup takes tells something of a digest, which is of no use to anybody. */
function keyOf(secret: string): string {
  return digestOf(secret).toString("latin1");
}
