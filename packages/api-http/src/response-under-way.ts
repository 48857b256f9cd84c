/** The response that a connection is busy with, where the platform keeps it for its own handler. */

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";

export interface ResponseUnderWay {
  readonly headersSent: boolean;
  readonly req?: IncomingMessage;
}

interface BusySocket extends Socket {
  readonly _httpMessage?: ResponseUnderWay | null;
}

/** Null: every request that has come is answered. */
export function responseUnderWay(socket: Socket): ResponseUnderWay | null {
  // oxlint-disable-next-line no-underscore-dangle -- it has no public name.
  return (socket as BusySocket)._httpMessage ?? null;
}
