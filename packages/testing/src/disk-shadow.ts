/**
 * What a node's disk must hold, worked out from the operations that reached it and nothing else: a
 * second opinion on the code under test, which never asks the code.
 */

import { hasValue, type Key, type PackedRecord, type Version } from "@ringkv/core";
import type { HeldVersion } from "@ringkv/engine";

interface Change {
  readonly atMs: number;
  /** Null: the copy was let go of. */
  readonly held: PackedRecord | null;
}

export class DiskShadow {
  readonly #changes = new Map<Key, Change[]>();
  readonly #taken = new Set<string>();

  /** A record reached the disk: it is held from now on, unless something newer is. */
  apply(record: PackedRecord, atMs: number): boolean {
    const held = this.held(record.key);
    if (held !== null && held.version >= record.version) return held.version === record.version;
    this.#changesOf(record.key).push({ atMs, held: record });
    this.#taken.add(nameOf(record));
    return true;
  }

  release({ key, version }: HeldVersion, atMs: number): void {
    if (this.held(key)?.version === version) this.#changesOf(key).push({ atMs, held: null });
  }

  /** The disk was lost, and an empty one has taken its place. */
  wipe(atMs: number): void {
    for (const { key } of this.current()) this.#changesOf(key).push({ atMs, held: null });
  }

  held(key: Key): PackedRecord | null {
    return this.#changes.get(key)?.at(-1)?.held ?? null;
  }

  /** Whether this version was ever taken: newer, when it came, than what was held. */
  hasTaken(record: { readonly key: Key; readonly version: Version }): boolean {
    return this.#taken.has(nameOf(record));
  }

  /** What was held of a key from `fromMs` until now, null for nothing. */
  heldSince(key: Key, fromMs: number): (PackedRecord | null)[] {
    const changes = this.#changes.get(key) ?? [];
    const seen: (PackedRecord | null)[] = [];
    for (let index = changes.length - 1; index >= 0; index--) {
      const change = changes[index] as Change;
      seen.push(change.held);
      if (change.atMs < fromMs) return seen;
    }
    return [...seen, null];
  }

  /** Whether, from `fromMs` until now, the disk at some time had no value to show for the key. */
  lackedValueSince(key: Key, fromMs: number, wallMs: number): "no copy" | "absence" | "never" {
    const seen = this.heldSince(key, fromMs);
    if (seen.some((held) => held !== null && !hasValue(held, wallMs))) return "absence";
    return seen.includes(null) ? "no copy" : "never";
  }

  *current(): Generator<PackedRecord> {
    for (const changes of this.#changes.values()) {
      const held = changes.at(-1)?.held;
      if (held != null) yield held;
    }
  }

  #changesOf(key: Key): Change[] {
    let changes = this.#changes.get(key);
    if (changes === undefined) {
      changes = [];
      this.#changes.set(key, changes);
    }
    return changes;
  }
}

function nameOf({ key, version }: { readonly key: Key; readonly version: Version }): string {
  return `${version} ${key}`;
}
