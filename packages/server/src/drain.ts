/**
 * How the HTTP server leaves: it takes no new connections, and answers what comes on the others
 * until they are done. It decides when a connection may be closed, and nothing about requests.
 *
 * A connection that is idle here may have a request on its way already. Closed at once, its client
 * would read a reset and could not tell whether its write was stored. So an idle connection gets
 * time in which such a request arrives, is answered, and is told that it was the last one.
 */

import type { Server } from "node:http";
import { Server as TcpServer } from "node:net";

/** Longer than a request needs from the client to here; every clean stop may take that long. */
const IDLE_GRACE_MS = 500;

/** Resolves when no connection is left; after `timeoutMs` those that are still busy are cut. */
export async function drain(server: Server, timeoutMs: number): Promise<void> {
  server.prependListener("request", (_request, response) => {
    response.shouldKeepAlive = false;
  });
  // HTTP's own `close` would cut the idle connections as well, at once.
  const closed = new Promise<void>((resolve) =>
    TcpServer.prototype.close.call(server, () => resolve()),
  );
  const idle = setTimeout(() => server.closeIdleConnections(), Math.min(IDLE_GRACE_MS, timeoutMs));
  const busy = setTimeout(() => server.closeAllConnections(), timeoutMs);
  await closed;
  clearTimeout(idle);
  clearTimeout(busy);
  // Nothing is left to close, but for the timer that looks for slow clients.
  server.close();
}
