/**
 * Where an interrupted import or export can go on: a small file beside the data. It is replaced as
 * a whole, so a crash leaves the last place and never half of one.
 */

import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { CommandFailure } from "./exit-code.js";

export class ResumeFile<Content extends object> {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Null when there is none. */
  async read(): Promise<Content | null> {
    let text: string;
    try {
      text = await readFile(this.path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
      throw new CommandFailure(`${this.path} cannot be read: ${(error as Error).message}`);
    }
    try {
      return JSON.parse(text) as Content;
    } catch {
      throw new CommandFailure(`${this.path} is damaged: delete it to begin anew`);
    }
  }

  async write(content: Content): Promise<void> {
    const fresh = `${this.path}.new`;
    try {
      await writeFile(fresh, `${JSON.stringify(content)}\n`);
      await rename(fresh, this.path);
    } catch (error) {
      throw new CommandFailure(`${this.path} cannot be written: ${(error as Error).message}`);
    }
  }

  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }
}
