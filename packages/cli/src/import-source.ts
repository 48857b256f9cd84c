/** Where an import reads from: a file, a gzipped one, or standard input. It opens them only. */

import { createReadStream } from "node:fs";
import { open, stat } from "node:fs/promises";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import type { Context } from "./context.js";
import { formatOf, type ImportFormat } from "./documents.js";
import { CommandFailure, UsageError } from "./exit-code.js";
import { SNAPSHOT_FORMAT } from "./import-record.js";

export interface ImportSource {
  readonly path: string;
  /** Null for standard input. */
  readonly size: number | null;
  readonly mtimeMs: number;
  readonly format: ImportFormat;
  readonly stream: Readable;
  readonly bytesRead: () => number;
  readonly close: () => void;
}

const BEGINNING_BYTES = 64 * 1024;

export async function openSource(
  { surroundings }: Context,
  path: string,
  format: string | undefined,
): Promise<ImportSource> {
  if (format !== undefined && format !== "ndjson" && format !== "json") {
    throw new UsageError("--format is ndjson or json");
  }
  if (path === "-") {
    const { stdin: stream } = surroundings;
    const close = () => void stream.destroy();
    const common = { path, size: null, mtimeMs: 0, bytesRead: () => 0, close };
    return { ...common, format: format ?? "ndjson", stream };
  }
  try {
    const { size, mtimeMs } = await stat(path);
    const file = createReadStream(path, { highWaterMark: 256 * 1024 });
    const isZipped = path.endsWith(".gz");
    const stream = isZipped ? file.pipe(createGunzip()) : file;
    if (isZipped) file.on("error", (error) => stream.destroy(error));
    const found = format ?? (isZipped ? "ndjson" : formatOf(path, await beginningOf(path)));
    const close = () => void stream.destroy();
    return { path, size, mtimeMs, format: found, stream, bytesRead: () => file.bytesRead, close };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`${path} cannot be read: ${(error as Error).message}`);
  }
}

async function beginningOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(BEGINNING_BYTES), 0);
    const beginning = buffer.subarray(0, bytesRead);
    if (beginning.includes(`"format":"${SNAPSHOT_FORMAT}"`)) {
      throw new CommandFailure(`${path} is a snapshot: use ringkv restore ${path}`);
    }
    return beginning;
  } finally {
    await file.close();
  }
}
