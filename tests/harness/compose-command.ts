/** docker-compose as a command, with one file and one project. It knows nothing of nodes. */

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const run = promisify(execFile);

export interface ComposeOptions {
  readonly file: string;
  readonly project: string;
  /** What relative paths in the file are relative to. */
  readonly projectDirectory: string;
}

export class Compose {
  readonly #options: ComposeOptions;
  readonly #command = composeCommand();

  constructor(options: ComposeOptions) {
    this.#options = options;
  }

  get project(): string {
    return this.#options.project;
  }

  /** Resolves with what it wrote to standard output; rejects, with everything, when it failed. */
  run(...args: readonly string[]): Promise<string> {
    const { file, project, projectDirectory } = this.#options;
    const [program, ...first] = this.#command;
    const where = ["-f", file, "-p", project, "--project-directory", projectDirectory];
    return outputOf(program, [...first, ...where, ...args]);
  }

  docker(...args: readonly string[]): Promise<string> {
    return outputOf("docker", args);
  }

  async containerOf(service: string): Promise<string> {
    return (await this.run("ps", "-q", service)).trim();
  }
}

/** The standalone tool where it is installed, else the engine's plugin. */
function composeCommand(): readonly [string, ...string[]] {
  const { status } = spawnSync("docker-compose", ["version"], { stdio: "ignore" });
  return status === 0 ? ["docker-compose"] : ["docker", "compose"];
}

async function outputOf(program: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, [...args], { maxBuffer: OUTPUT_BYTES_MAX });
    return stdout;
  } catch (thrown) {
    const { stdout = "", stderr = "" } = thrown as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.slice(-4_000);
    throw new Error(`${program} ${args.join(" ")} failed:\n${said}`, { cause: thrown });
  }
}
