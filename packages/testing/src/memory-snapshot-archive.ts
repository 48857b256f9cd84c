/** A `SnapshotArchive` in memory. */

import type { SnapshotArchive } from "@ringkv/engine";

interface File {
  readonly bytes: Uint8Array;
  readonly isDraft: boolean;
}

export class MemorySnapshotArchive implements SnapshotArchive {
  readonly #files = new Map<string, File>();

  async write(name: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
    const parts: Uint8Array[] = [];
    for await (const chunk of chunks) parts.push(Uint8Array.from(chunk));
    const bytes = Buffer.concat(parts);
    this.#files.set(name, { bytes, isDraft: true });
    return bytes.length;
  }

  async *read(name: string): AsyncIterable<Uint8Array> {
    const file = this.#files.get(name);
    if (file === undefined) throw new Error(`no such snapshot: ${name}`);
    yield file.bytes;
  }

  async publish(name: string): Promise<void> {
    const file = this.#files.get(name);
    if (!file?.isDraft) throw new Error(`no such draft: ${name}`);
    this.#files.set(name, { ...file, isDraft: false });
  }

  async names(): Promise<readonly string[]> {
    return [...this.#files]
      .filter(([, { isDraft }]) => !isDraft)
      .map(([name]) => name)
      .toSorted();
  }

  async drafts(): Promise<readonly string[]> {
    return [...this.#files]
      .filter(([, { isDraft }]) => isDraft)
      .map(([name]) => name)
      .toSorted();
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }

  /** What a disk does that loses bits. */
  alter(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const file = this.#files.get(name);
    if (file !== undefined) this.#files.set(name, { ...file, bytes: change(file.bytes) });
  }
}
