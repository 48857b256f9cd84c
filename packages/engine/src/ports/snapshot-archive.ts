/**
 * Where scheduled snapshots are kept: whole files under names that sort by time. Implemented by
 * archive-fs, and in memory by testing; both pass `describeSnapshotArchive`.
 *
 * The archive knows nothing of what is in a file. Every method rejects with the platform's error
 * when the place cannot be used.
 */
export interface SnapshotArchive {
  /**
   * Writes a draft, which is not listed; one of the same name is replaced. When `chunks` fails, or
   * there is no room, nothing is left of it. Resolves with the size in bytes when it is on disk.
   */
  write(name: string, chunks: AsyncIterable<Uint8Array>): Promise<number>;

  /** What was written, draft or not. */
  read(name: string): AsyncIterable<Uint8Array>;

  /** Lists the draft from now on. Atomic, and on disk when it resolves. */
  publish(name: string): Promise<void>;

  /** The published names, in the order of their text. */
  names(): Promise<readonly string[]>;

  /** Names of drafts, in the order of their text: what runs, and what a crash left behind. */
  drafts(): Promise<readonly string[]>;

  /** Forgets it, draft or not. Does nothing where there is none. */
  remove(name: string): Promise<void>;
}
