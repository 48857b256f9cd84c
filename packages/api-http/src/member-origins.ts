/**
 * Which pages of other origins may read what: those that another member serves may read what the
 * dashboard reads, so that a page outlives its node. Nobody else may read anything, and nobody may
 * write across origins. A preflight is answered only where tokens are set, and only for reading.
 */

import type { IncomingMessage, Server, ServerResponse } from "node:http";

/** What the dashboard reads. */
const READABLE =
  /^\/(cluster|cluster\/locate|events|status|health|kv|kv\/[^?]*|tasks|verify)(\?|$)/;

/** `http://127.0.0.1:8001` is `http://localhost:8001` to whoever typed that. */
export function originsOf(urls: Iterable<string>): Set<string> {
  const origins = [...urls].map((url) => new URL(url).origin);
  const aliases = origins.map((origin) =>
    origin.replace(/^http:\/\/127\.0\.0\.1(?=:|$)/, "http://localhost"),
  );
  return new Set([...origins, ...aliases]);
}

/** A page that reads with a token has to ask first. It may read then, as it may without one. */
const PREFLIGHT = [
  ["Access-Control-Allow-Methods", "GET"],
  ["Access-Control-Allow-Headers", "authorization"],
  ["Access-Control-Max-Age", "600"],
] as const;

export function letMembersRead(
  server: Server,
  origins: ReadonlySet<string>,
  withTokens = false,
): void {
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    const { origin } = request.headers;
    // Other clients than browsers name none, and pay for this one look.
    if (origin === undefined) return;
    const isAsking = withTokens && request.method === "OPTIONS";
    const asked = isAsking ? preflighted(request) : request;
    if (mayRead(origin, asked, origins)) {
      response.setHeader("Access-Control-Allow-Origin", origin);
      for (const [name, value] of isAsking ? PREFLIGHT : []) response.setHeader(name, value);
    }
    response.setHeader("Vary", "Origin");
  });
}

/** The request that it asks for. */
function preflighted({ headers, url }: IncomingMessage): Pick<IncomingMessage, "method" | "url"> {
  const method = headers["access-control-request-method"];
  return { ...(method === undefined ? {} : { method }), ...(url === undefined ? {} : { url }) };
}

export function mayRead(
  origin: string,
  { method, url = "" }: Pick<IncomingMessage, "method" | "url">,
  origins: ReadonlySet<string>,
): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && origins.has(origin) && READABLE.test(url);
}
