/** An `Outbox` in memory: the dumb twin that store-redis is compared with. */

import {
  type NoticeKind,
  type PackedRecord,
  packNotice,
  unpackNotice,
  type Version,
  type WriteNotice,
} from "@ringkv/core";
import type { Outbox, OutboxSize } from "@ringkv/engine";

export class MemoryOutbox implements Outbox {
  readonly #notices = new Map<Version, WriteNotice>();
  readonly #max: number;
  #dropped = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** What the apply script does when a record that is noted is held now. */
  note(record: PackedRecord, kind: NoticeKind): void {
    if (record.note === undefined || this.#notices.has(record.version)) return;
    const notice = unpackNotice(packNotice(record, kind));
    if (notice !== null) this.#notices.set(record.version, notice);
    while (this.#notices.size > this.#max) {
      this.#notices.delete(this.#sorted()[0]?.version as Version);
      this.#dropped++;
    }
  }

  async page(after: Version | null, countMax: number): Promise<readonly WriteNotice[]> {
    const later = this.#sorted().filter(({ version }) => after === null || version > after);
    return later.slice(0, countMax);
  }

  async drop(versions: readonly Version[]): Promise<void> {
    for (const version of versions) this.#notices.delete(version);
  }

  async size(): Promise<OutboxSize> {
    return { waiting: this.#notices.size, dropped: this.#dropped };
  }

  #sorted(): WriteNotice[] {
    return [...this.#notices.values()].toSorted((a, b) => (a.version < b.version ? -1 : 1));
  }
}
