/**
 * A view that is drawn over itself until the command is stopped. Without a terminal each round is
 * printed below the last one by whoever makes the lines, and nothing is drawn here.
 */

import type { Context } from "./context.js";

const CLEAR_TO_END = "\u001b[0J";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

export async function watchScreen(
  { out, signal, surroundings }: Context,
  everyMs: number,
  makeLines: () => Promise<readonly string[]>,
): Promise<void> {
  const { clock, stdout } = surroundings;
  let drawn = 0;
  try {
    if (out.isOnScreen) await out.write(HIDE_CURSOR);
    while (!signal.aborted) {
      const lines = await makeLines();
      if (signal.aborted) break;
      if (out.isOnScreen) {
        const up = drawn === 0 ? "" : `\u001b[${drawn}A`;
        const shown = [...lines, out.coloured("dim", "Ctrl-C ends this.")];
        await out.write(`${up}\r${CLEAR_TO_END}${shown.join("\n")}\n`);
        drawn = shown.length;
      }
      await clock.sleep(everyMs, signal);
    }
  } finally {
    // Straight to the stream: the output itself writes nothing more once it is stopped.
    if (out.isOnScreen) stdout.write(SHOW_CURSOR);
  }
}
