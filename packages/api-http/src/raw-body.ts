/**
 * Reads a request's body whole, and never holds more of it than its limit. A body that is too
 * large, cut short or encoded is refused; nothing is decompressed.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { NotSupported, TooLarge } from "@ringkv/core";
import { ClientGone, HttpRefusal } from "./http-refusal.js";

/**
 * How much of a body beyond its limit is read and dropped before the connection is given up. A
 * client that still sends when the connection closes sees a reset, and not why.
 */
const DISCARD_BYTES_MAX = 16 * 1_024 * 1_024;

export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  bytesMax: number,
): Promise<Buffer> {
  const { headers } = request;
  refuseEncodings(headers);
  const declared = Number(headers["content-length"] ?? 0);
  const waits = headers.expect !== undefined;
  if (declared > bytesMax && (waits || declared > DISCARD_BYTES_MAX)) throw tooLarge(bytesMax);
  if (waits) response.writeContinue();
  return collect(request, bytesMax);
}

/** Whether the client may go on sending a body of which no end is in sight. */
export function maySendMore({ headers, complete }: IncomingMessage): boolean {
  if (complete) return false;
  if (headers["transfer-encoding"] !== undefined || headers.expect !== undefined) return true;
  return Number(headers["content-length"] ?? 0) > DISCARD_BYTES_MAX;
}

function refuseEncodings(headers: IncomingMessage["headers"]): void {
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    const accepted = ["Accept-Encoding", "identity"];
    throw new HttpRefusal("unsupported_media_type", "bodies are taken as they are", accepted);
  }
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.toLowerCase() !== "chunked") {
    throw new NotSupported("the only transfer coding here is chunked");
  }
}

function collect(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) {
        chunks.push(chunk);
        return;
      }
      chunks = [];
      if (bytes <= DISCARD_BYTES_MAX) return;
      request.pause();
      reject(tooLarge(bytesMax));
    });
    request.on("end", () => {
      if (bytes > bytesMax) reject(tooLarge(bytesMax));
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, bytes));
    });
    request.on("close", () => {
      if (!request.complete) reject(new ClientGone("the client went away"));
    });
  });
}

function tooLarge(bytesMax: number): TooLarge {
  return new TooLarge(`at most ${bytesMax} bytes`);
}
