/**
 * Keys that several coordinators write at the same time. Each stamps without asking the others, so
 * a write that takes longer to arrive than somebody else's meets a newer version and must be
 * stamped again; with enough writers it never gets through, although nothing is broken.
 *
 * A write that has lost such a race stands in line for its next try, and so does every later write
 * of that key through this node: as long as there is a line, one turn is under way at a time. All
 * who wait take their turn together, stamped one after the other and sent as one message, so that
 * they do not overtake each other. A turn in which somebody lost makes this node wait for longer,
 * by chance, before the next one, and one that was won for less: so all nodes together find a pace
 * at which about every second turn is won, however many they are.
 *
 * It knows when, and neither stamps nor sends. A key that nobody races for has no line, and costs
 * nothing.
 */

import type { Key } from "@ringkv/core";
import type { Clock } from "./ports/clock.js";
import type { Random } from "./ports/random.js";

export interface HotKeysDeps {
  readonly clock: Clock;
  readonly random: Random;
}

/** A try in its turn; `end` must be called, or nobody else of the line gets one. */
export interface Turn {
  end(isWon: boolean): void;
}

/** Before a turn: by chance, up to a millisecond doubled with each turn lost, here up to 64 ms. */
const PAUSE_MS = 1;
const DOUBLINGS_MAX = 6;

/** One message's worth of records; the others wait for the turn after. */
const TURN_MAX = 256;

/** Who comes to a longer line does not wait: it would grow for as long as clients come. */
export const LINE_MAX = 1_024;

export class HotKeys {
  readonly #deps: HotKeysDeps;
  readonly #lines = new Map<Key, Line>();
  readonly #never = new AbortController().signal;

  constructor(deps: HotKeysDeps) {
    this.#deps = deps;
  }

  /** Whether writes of the key wait for their turn here. */
  isHot(key: Key): boolean {
    return this.#lines.size > 0 && this.#lines.has(key);
  }

  /** Resolves when it is this write's turn, or when it is too late for one; never rejects. */
  turn(key: Key, deadlineMs: number): Promise<Turn> {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new Line();
      this.#lines.set(key, line);
      void this.#serve(key, line);
    }
    return line.length < LINE_MAX ? this.#wait(line, deadlineMs) : Promise.resolve(NO_TURN);
  }

  #wait(line: Line, deadlineMs: number): Promise<Turn> {
    const { clock } = this.#deps;
    const patienceMs = deadlineMs - clock.monotonicMs();
    if (patienceMs <= 0) return Promise.resolve(NO_TURN);
    const alarm = new AbortController();
    return new Promise((resolve) => {
      const leave = line.join((turn) => {
        alarm.abort();
        resolve(turn);
      });
      const late = () => {
        leave();
        resolve(NO_TURN);
      };
      clock.sleep(patienceMs, alarm.signal).then(late, () => {});
    });
  }

  /** One turn after the other, until nobody waits any more. */
  async #serve(key: Key, line: Line): Promise<void> {
    const { clock, random } = this.#deps;
    let losses = 0;
    do {
      // Without a loss, too, all join whose answers came with the same message.
      const pauseMs = losses === 0 ? 0 : random.unit() * PAUSE_MS * 2 ** losses;
      await (pauseMs === 0 ? null : clock.sleep(pauseMs, this.#never).catch(() => {}));
      const isWon = await line.takeTurn();
      losses = isWon ? Math.max(0, losses - 1) : Math.min(DOUBLINGS_MAX, losses + 1);
      // Who has lost comes back in the same turn of the event loop, and before the next pause ends.
    } while (line.length > 0 || losses > 0);
    this.#lines.delete(key);
  }
}

const NO_TURN: Turn = { end: () => {} };

/** Those of this node who wait to write one key, and those whose turn it is. */
class Line {
  #waiting: ((turn: Turn) => void)[] = [];

  get length(): number {
    return this.#waiting.length;
  }

  /** Returns how to leave without a turn. */
  join(go: (turn: Turn) => void): () => void {
    this.#waiting.push(go);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== go);
    };
  }

  /** Resolves when all who were let go have ended: true when none of them lost. */
  takeTurn(): Promise<boolean> {
    const going = this.#waiting.splice(0, TURN_MAX);
    let [left, isWon] = [going.length, true];
    if (left === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const end = (hasWon: boolean) => {
        isWon &&= hasWon;
        left--;
        if (left === 0) resolve(isWon);
      };
      for (const go of going) go({ end });
    });
  }
}
