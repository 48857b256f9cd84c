/**
 * A snapshot that a client sends: decompressed, read and given on as it comes, no faster than it is
 * taken. Nothing of it is kept here, and nothing is trusted: neither its length nor its end.
 */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import {
  InvalidSnapshot,
  NotSupported,
  type PackedRecord,
  type SnapshotForm,
  type SnapshotReader,
  TooLarge,
} from "@ringkv/core";
import { ClientGone, HttpRefusal } from "./http-refusal.js";

/** Records are given on in pieces of about this size. */
const PIECE_BYTES = 64 * 1_024;

/** How much of a body that has failed is read and dropped, so that its sender hears why. */
const DISCARD_BYTES_MAX = 16 * 1_024 * 1_024;

const MEDIA_TYPE = /^application\/(?:(json)|(?:x-)?ndjson)$/;
const ACCEPTED = ["Accept-Post", "application/json, application/x-ndjson"];

export function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** Which form it is said to be in. A form that browsers send without asking is refused. */
export function formIn(headers: IncomingHttpHeaders): SnapshotForm {
  const [type = "", ...parameters] = (headers["content-type"] ?? "").toLowerCase().split(";");
  const isUtf8Said = parameters.every((it) => /^\s*(charset="?utf-8"?)?\s*$/.test(it));
  const found = MEDIA_TYPE.exec(type.trim());
  if (found !== null && isUtf8Said) return found[1] === undefined ? "ndjson" : "json";
  const message = "send Content-Type: application/x-ndjson or application/json";
  throw new HttpRefusal("unsupported_media_type", message, ACCEPTED);
}

/** The body's bytes, decompressed. To be called once, before the body is read. */
export function openBody(request: IncomingMessage, response: ServerResponse): Readable {
  const { headers } = request;
  const encoding = (headers["content-encoding"] ?? "identity").toLowerCase();
  if (encoding !== "identity" && encoding !== "gzip") {
    const accepted = ["Accept-Encoding", "gzip, identity"];
    throw new HttpRefusal("unsupported_media_type", "Content-Encoding: gzip, or none", accepted);
  }
  const transfer = headers["transfer-encoding"];
  if (transfer !== undefined && transfer.toLowerCase() !== "chunked") {
    throw new NotSupported("the only transfer coding here is chunked");
  }
  if (headers.expect !== undefined) response.writeContinue();
  if (encoding === "identity") return request;
  const unzipped = createGunzip({ chunkSize: PIECE_BYTES });
  request.on("close", () => {
    if (!request.complete) unzipped.destroy(new ClientGone("the client went away"));
  });
  return request.pipe(unzipped);
}

/** The records in `body`, until its end, which must be a snapshot's. */
export async function* recordsIn(
  body: Readable,
  reader: SnapshotReader,
  bytesMax: number,
): AsyncGenerator<readonly PackedRecord[]> {
  let bytes = 0;
  // Left early it must not be destroyed: the answer goes out on the same connection.
  const pieces = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  try {
    for await (const piece of pieces) {
      bytes += piece.length;
      if (bytes > bytesMax) throw new TooLarge(`a snapshot has at most ${bytesMax} bytes`);
      const records = reader.push(piece);
      if (records.length > 0) yield records;
    }
  } catch (thrown) {
    throw asRefusal(thrown, reader);
  }
  reader.end();
}

/** Reads on and drops, so that the client comes to the point where it reads its answer. */
export async function discardRest(request: IncomingMessage, body: Readable): Promise<void> {
  if (body !== request) {
    request.unpipe();
    body.destroy();
  }
  let bytes = 0;
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > DISCARD_BYTES_MAX) return;
  }
}

/** What the platform's streams fail with, in our words. */
function asRefusal(thrown: unknown, { records, bytes }: SnapshotReader): unknown {
  const code = (thrown as NodeJS.ErrnoException | null)?.code;
  if (code === "ECONNRESET" || code === "ERR_STREAM_PREMATURE_CLOSE") {
    return new ClientGone("the client went away");
  }
  if (code === undefined || !/^(Z_|ERR_)/.test(code)) return thrown;
  return new InvalidSnapshot("it is not whole gzip", { records, bytes });
}
