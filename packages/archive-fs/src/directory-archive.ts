/**
 * `SnapshotArchive` as a directory: one gzip file per snapshot.
 *
 * A file appears under its name only when it is whole and on disk: it is written beside, flushed
 * and renamed. Files that others have put into the directory are neither listed nor touched.
 */

import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { constants, createGunzip, createGzip } from "node:zlib";
import type { SnapshotArchive } from "@ringkv/engine";

/** What the engine may call a snapshot. Nothing that leads out of the directory. */
const NAME = /^[a-z0-9][A-Za-z0-9-]{0,99}$/;
const SUFFIX = ".ndjson.gz";
const DRAFT = ".draft";

/** A snapshot holds every value: it is for the operator's eyes. */
const MODE = 0o600;

/** Records are much alike: the quickest level takes away most of what the best one does. */
const LEVEL = constants.Z_BEST_SPEED;

export class DirectoryArchive implements SnapshotArchive {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async write(name: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const draft = this.#pathOf(name) + DRAFT;
    await mkdir(this.#directory, { recursive: true });
    try {
      const file = await open(draft, "w", MODE);
      const sink = file.createWriteStream({ flush: true }); // Closes the file, too.
      await pipeline(Readable.from(chunks), createGzip({ level: LEVEL }), sink);
    } catch (thrown) {
      await rm(draft, { force: true });
      throw thrown;
    }
    return (await stat(draft)).size;
  }

  async *read(name: string): AsyncIterable<Uint8Array> {
    const published = this.#pathOf(name);
    const draft = published + DRAFT;
    const isDraft = await stat(draft).then(
      () => true,
      () => false,
    );
    const unzipped = createGunzip();
    const source = createReadStream(isDraft ? draft : published);
    // An error of the file must end the reader's loop, which sees the last stream only.
    const piped = pipeline(source, unzipped).catch(
      (thrown: Error) => void unzipped.destroy(thrown),
    );
    yield* unzipped as AsyncIterable<Buffer>;
    await piped;
  }

  async publish(name: string): Promise<void> {
    const published = this.#pathOf(name);
    await rename(published + DRAFT, published);
    await flushDirectory(this.#directory);
  }

  names(): Promise<readonly string[]> {
    return this.#namesBefore(SUFFIX);
  }

  drafts(): Promise<readonly string[]> {
    return this.#namesBefore(SUFFIX + DRAFT);
  }

  async remove(name: string): Promise<void> {
    const published = this.#pathOf(name);
    for (const file of [published, published + DRAFT]) await rm(file, { force: true });
  }

  async #namesBefore(ending: string): Promise<readonly string[]> {
    const files = await readdir(this.#directory).catch((thrown: NodeJS.ErrnoException) => {
      if (thrown.code === "ENOENT") return [];
      throw thrown;
    });
    return files
      .filter((file) => file.endsWith(ending))
      .map((file) => file.slice(0, -ending.length))
      .filter((name) => NAME.test(name))
      .toSorted();
  }

  #pathOf(name: string): string {
    if (!NAME.test(name)) throw new RangeError(`no name for a snapshot: ${JSON.stringify(name)}`);
    return path.join(this.#directory, name + SUFFIX);
  }
}

/** A rename is on disk only when the directory is. */
async function flushDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
