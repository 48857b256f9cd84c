/** A log that a test can read. */

import type { Log } from "@ringkv/engine";

export interface LogLine {
  readonly level: "info" | "warn" | "error";
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** A log to look into, and to wait for. */
export class FakeLog implements Log {
  readonly lines: LogLine[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly info = (fields: object, message: string) => this.#add("info", fields, message);
  readonly warn = (fields: object, message: string) => this.#add("warn", fields, message);
  readonly error = (fields: object, message: string) => this.#add("error", fields, message);

  /** The `count`-th line with this message, as soon as it is written. */
  async line(message: string, count = 1): Promise<LogLine> {
    for (;;) {
      const found = this.lines.filter((line) => line.message === message)[count - 1];
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #add(level: LogLine["level"], fields: object, message: string): void {
    this.lines.push({ level, fields: { ...fields }, message });
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
