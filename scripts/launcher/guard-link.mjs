/**
 * The launcher's end of the guard (`guard.mjs`): says which processes there are to stop, should
 * the launcher be killed. It is a safety net; without it everything else still works.
 */

import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const GUARD = fileURLToPath(new URL("./guard.mjs", import.meta.url));

export class GuardLink {
  #process;

  constructor() {
    this.#process = spawn(process.execPath, [GUARD], {
      detached: true,
      stdio: ["ignore", "ignore", "ignore", "ipc"],
    });
    this.#process.on("error", () => {});
    this.#process.unref();
    this.#process.channel?.unref?.();
  }

  /** @param {import("./guard.mjs").GuardMessage} message */
  tell(message) {
    if (this.#process.connected) this.#process.send(message);
  }

  /** Lets it go; what it still knows of would be stopped. */
  release() {
    if (this.#process.connected) this.#process.disconnect();
  }
}
