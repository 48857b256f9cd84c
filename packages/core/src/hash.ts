/**
 * Hashes that place and compare; none of them protects anything.
 *
 * FNV-1a spreads short keys well in its low bits and poorly in its high ones, and partitions are
 * taken from the high ones, hence MurmurHash3's finaliser. Sources: Fowler, Noll and Vo (RFC 9923);
 * Appleby, MurmurHash3 (fmix32).
 */

import { unitAt } from "./unit-at.js";

/** Taken out of the global object once: where a test runs, each look at a global is slow. */
const { imul } = Math;

const FNV_PRIME = 0x01000193;
const FNV_OFFSET_BASIS = 0x811c9dc5;

/** A 32-bit unsigned hash of the text's UTF-8 bytes. Different `seed`s give unrelated hashes. */
export function hash32(text: string, seed: number = FNV_OFFSET_BASIS): number {
  return finalise(foldIn(seed, text));
}

/** `hash32` of both texts, one after the other, without joining them. */
export function hash32OfBoth(first: string, second: string, seed: number): number {
  return finalise(foldIn(foldIn(seed, first), second));
}

/** FNV-1a from the state `hash`. ASCII, the usual case, needs no encoding. */
function foldIn(hash: number, text: string): number {
  const { length } = text;
  let state = hash;
  for (let index = 0; index < length; index++) {
    const unit = unitAt(text, index);
    if (unit > 0x7f) return foldInBytes(hash, Buffer.from(text, "utf8"));
    state = imul(state ^ unit, FNV_PRIME);
  }
  return state;
}

function foldInBytes(hash: number, bytes: Uint8Array): number {
  let state = hash;
  for (const byte of bytes) state = imul(state ^ byte, FNV_PRIME);
  return state;
}

function finalise(hash: number): number {
  let mixed = hash;
  mixed = imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
