/** docker-compose as a command, with one file and one project. It knows nothing of nodes. */

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const run = promisify(execFile);

export interface ComposeOptions {
  /** The first one, and what is laid on top of it. */
  readonly files: readonly [string, ...string[]];
  readonly project: string;
  /** What relative paths in the file are relative to. */
  readonly projectDirectory: string;
  /** On top of this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
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
    const { files, project, projectDirectory, env } = this.#options;
    const [program, ...first] = this.#command;
    const these = files.flatMap((file) => ["-f", file]);
    const where = ["-p", project, "--project-directory", projectDirectory];
    return outputOf(program, [...first, ...these, ...where, ...args], env);
  }

  docker(...args: readonly string[]): Promise<string> {
    return outputOf("docker", args);
  }

  /** Asked of the engine, which answers sooner. Also of one that has stopped. */
  async containerOf(service: string): Promise<string> {
    const label = "label=com.docker.compose";
    const ofService = ["--filter", `${label}.service=${service}`];
    const ofProject = ["--filter", `${label}.project=${this.project}`];
    return (await this.docker("ps", "--all", "--quiet", ...ofProject, ...ofService)).trim();
  }
}

/** The standalone tool where it is installed, else the engine's plugin. */
function composeCommand(): readonly [string, ...string[]] {
  const { status } = spawnSync("docker-compose", ["version"], { stdio: "ignore" });
  return status === 0 ? ["docker-compose"] : ["docker", "compose"];
}

async function outputOf(
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const env = { ...process.env, ...more };
  try {
    const { stdout } = await run(program, [...args], { maxBuffer: OUTPUT_BYTES_MAX, env });
    return stdout;
  } catch (thrown) {
    const { stdout = "", stderr = "" } = thrown as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`.slice(-4_000);
    throw new Error(`${program} ${args.join(" ")} failed:\n${said}`, { cause: thrown });
  }
}
