/** What a run of the command line sees of its machine, so that a test can be one. */

import type { Readable, Writable } from "node:stream";
import type { Clock } from "./system-clock.js";

export interface Screen extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface Keyboard extends Readable {
  readonly isTTY?: boolean;
}

export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Keyboard;
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly clock: Clock;
  /** Ctrl-C, SIGTERM, or a reader of our output that has gone. */
  readonly stopped: AbortSignal;
}
