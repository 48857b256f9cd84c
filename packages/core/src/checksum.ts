/**
 * A checksum of bytes: whether what is read is what was written.
 *
 * It is XXH32 (Collet, xxHash specification 0.1.1), which reads four bytes at a time in four lanes.
 * Each step is reversible, so a change within one aligned word of four bytes is always noticed,
 * and any other with all but one chance in four billion. It finds accidents, not attacks.
 */

/** Taken out of the global object once: where a test runs, each look at a global is slow. */
const { imul } = Math;

const PRIME_1 = 0x9e3779b1 | 0;
const PRIME_2 = 0x85ebca77 | 0;
const PRIME_3 = 0xc2b2ae3d | 0;
const PRIME_4 = 0x27d4eb2f | 0;
const PRIME_5 = 0x165667b1 | 0;
const STRIPE_BYTES = 16;

/** XXH32 of the first `end` bytes. Different `seed`s give unrelated checksums. */
export function checksumOf(bytes: Uint8Array, end: number, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, end);
  let state = (seed + PRIME_5) | 0;
  let at = 0;
  if (end >= STRIPE_BYTES) {
    let first = (seed + PRIME_1 + PRIME_2) | 0;
    let second = (seed + PRIME_2) | 0;
    let third = seed | 0;
    let fourth = (seed - PRIME_1) | 0;
    // Four lanes do not wait for one another, which is where the speed comes from.
    for (; at + STRIPE_BYTES <= end; at += STRIPE_BYTES) {
      first = rounded(first, view.getInt32(at, true));
      second = rounded(second, view.getInt32(at + 4, true));
      third = rounded(third, view.getInt32(at + 8, true));
      fourth = rounded(fourth, view.getInt32(at + 12, true));
    }
    state = (turned(first, 1) + turned(second, 7) + turned(third, 12) + turned(fourth, 18)) | 0;
  }
  state = (state + end) | 0;
  for (; at + 4 <= end; at += 4) {
    const sum = (state + imul(view.getInt32(at, true), PRIME_3)) | 0;
    state = imul(turned(sum, 17), PRIME_4);
  }
  for (; at < end; at++) {
    const sum = (state + imul(view.getUint8(at), PRIME_5)) | 0;
    state = imul(turned(sum, 11), PRIME_1);
  }
  return avalanched(state);
}

function rounded(lane: number, word: number): number {
  return imul(turned((lane + imul(word, PRIME_2)) | 0, 13), PRIME_1);
}

/** Rotated left by `bits`. */
function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function avalanched(state: number): number {
  let mixed = imul(state ^ (state >>> 15), PRIME_2);
  mixed = imul(mixed ^ (mixed >>> 13), PRIME_3);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
