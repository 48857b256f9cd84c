/**
 * Which pages of other origins may read what: those that another member serves may read what the
 * dashboard reads, so that a page outlives its node. Nobody else may read anything, and nobody may
 * write across origins: there is no answer to a preflight.
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

export function letMembersRead(server: Server, origins: ReadonlySet<string>): void {
  server.prependListener("request", (request: IncomingMessage, response: ServerResponse) => {
    const { origin } = request.headers;
    // Other clients than browsers name none, and pay for this one look.
    if (origin === undefined) return;
    if (mayRead(origin, request, origins))
      response.setHeader("Access-Control-Allow-Origin", origin);
    response.setHeader("Vary", "Origin");
  });
}

export function mayRead(
  origin: string,
  { method, url = "" }: Pick<IncomingMessage, "method" | "url">,
  origins: ReadonlySet<string>,
): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && origins.has(origin) && READABLE.test(url);
}
