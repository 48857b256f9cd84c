/**
 * Where a listing goes on, as text that a client gives back: the last key that was looked at, and
 * how much of it is the prefix. Sealed, so that a node never goes on from a place that no node has
 * named; every node of a cluster seals alike, so that any of them can go on. It says nothing of
 * nodes or of time, and so survives both.
 */

import { isUtf8 } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";
import { InvalidRequest, KEY_BYTES_MAX, type Key } from "@ringkv/core";

/** Half of SHA-256: nobody guesses 128 bits, and the cursor travels in a URL. */
const SEAL_BYTES = 16;
const PREFIX_LENGTH_BYTES = 2;
/** Keeps this use of the secret apart from every other one. */
const LABEL = "ringkv cursor 1";

export class Cursors {
  readonly #key: Buffer;

  /** @param secret what all nodes of the cluster share, and no client knows */
  constructor(secret: string) {
    this.#key = createHmac("sha256", secret).update(LABEL).digest();
  }

  /** @param after begins with the prefix */
  seal(prefix: string, after: Key): string {
    const place = Buffer.alloc(PREFIX_LENGTH_BYTES + Buffer.byteLength(after));
    place.writeUInt16BE(Buffer.byteLength(prefix), 0);
    place.write(after, PREFIX_LENGTH_BYTES, "utf8");
    return Buffer.concat([this.#sealOf(place), place]).toString("base64url");
  }

  /** The key to go on after. Throws `InvalidRequest` unless it was sealed for this prefix. */
  open(cursor: string, prefix: string): Key {
    const bytes = Buffer.from(cursor, "base64url");
    const place = bytes.subarray(SEAL_BYTES);
    const key = place.subarray(PREFIX_LENGTH_BYTES);
    const isWhole = key.length > 0 && key.length <= KEY_BYTES_MAX && isUtf8(key);
    // Base64 can be written in several ways; only ours was sealed.
    const isSealed =
      isWhole &&
      bytes.toString("base64url") === cursor &&
      timingSafeEqual(bytes.subarray(0, SEAL_BYTES), this.#sealOf(place));
    if (!isSealed) throw new InvalidRequest("cursor: not one that this cluster has given");
    const sealedFor = key.subarray(0, place.readUInt16BE(0));
    if (!sealedFor.equals(Buffer.from(prefix))) {
      throw new InvalidRequest("cursor: of a listing with another prefix");
    }
    return key.toString("utf8") as Key;
  }

  #sealOf(place: Buffer): Buffer {
    return createHmac("sha256", this.#key).update(place).digest().subarray(0, SEAL_BYTES);
  }
}
