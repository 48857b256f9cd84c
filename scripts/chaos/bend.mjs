/**
 * What a bad link does to bytes that do get through: late, slowly, in crumbs, half, or twice. Each
 * bend is a pair of streams, one for each way of one connection. It knows nothing of whose bytes
 * they are, but for the one that repeats whole messages (replay.mjs).
 */

import { Transform } from "node:stream";

/** @typedef {{there: Transform, back: Transform}} Bent the two ways of one connection */
/** @typedef {(breakUp: () => void) => Bent} Bending makes one for each new connection */

/** What waits for its time must not fill this process: beyond it, the sender has to wait. */
const HELD_BYTES_MAX = 16 * 1024 * 1024;
const CRUMB_EVERY_MS = 10;

/** Half of it each way. @param {number} ms @returns {Bending} */
export function late(ms) {
  return () => ({ there: lateStream(ms / 2), back: lateStream(ms / 2) });
}

/** @param {number} bytesPerSecond each way @returns {Bending} */
export function slow(bytesPerSecond) {
  return () => ({ there: slowStream(bytesPerSecond), back: slowStream(bytesPerSecond) });
}

/** A byte at a time. @returns {Bending} */
export function crumbs() {
  return slow(1_000 / CRUMB_EVERY_MS);
}

/** After so many bytes each way nothing more comes, and the connection stays open. */
export function halfOpen(/** @type {number} */ bytes) {
  return () => ({ there: endingStream(bytes, () => {}), back: endingStream(bytes, () => {}) });
}

/** Broken in the middle of what is answered, after so many bytes of it, again and again. */
export function brokenOff(/** @type {number} */ bytes) {
  return (/** @type {() => void} */ breakUp) => ({
    there: lateStream(0),
    back: endingStream(bytes, breakUp),
  });
}

/** Bytes keep their order: timers of one length fire in the order in which they were set. */
function lateStream(/** @type {number} */ ms) {
  let held = 0;
  /** @type {(() => void) | null} */
  let waiting = null;
  return new Transform({
    transform(/** @type {Buffer} */ chunk, _encoding, done) {
      held += chunk.length;
      setTimeout(() => {
        held -= chunk.length;
        if (!this.destroyed) this.push(chunk);
        if (held <= HELD_BYTES_MAX) waiting?.();
      }, ms);
      const go = () => {
        waiting = null;
        done();
      };
      if (held > HELD_BYTES_MAX) waiting = go;
      else go();
    },
    flush(done) {
      setTimeout(done, ms);
    },
  });
}

function slowStream(/** @type {number} */ bytesPerSecond) {
  const most = Math.max(1, Math.floor(bytesPerSecond / 100));
  return new Transform({
    transform(/** @type {Buffer} */ chunk, _encoding, done) {
      const beganMs = performance.now();
      const next = (/** @type {number} */ from) => {
        if (this.destroyed || from >= chunk.length) return done();
        const part = chunk.subarray(from, from + most);
        const sent = from + part.length;
        // Counted from the beginning: each timer may be early by a part of a millisecond.
        const dueMs = beganMs + (1_000 * sent) / bytesPerSecond;
        setTimeout(() => {
          if (!this.destroyed) this.push(part);
          next(sent);
        }, dueMs - performance.now());
      };
      next(0);
    },
  });
}

/** @param {number} bytes that get through @param {() => void} onEnd what happens then */
function endingStream(bytes, onEnd) {
  let left = bytes;
  return new Transform({
    transform(/** @type {Buffer} */ chunk, _encoding, done) {
      this.push(chunk.subarray(0, left));
      left -= Math.min(left, chunk.length);
      if (left > 0) return done();
      onEnd(); // And never `done`: the sender waits, as for an end that has gone without a word.
    },
  });
}
