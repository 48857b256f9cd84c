/** A run of the command line inside the test: its streams are kept, its signal is the test's. */

import { PassThrough } from "node:stream";
import { type ExitCode, runCli } from "../src/index.js";
import { systemClock } from "../src/system-clock.js";

export interface Finished {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly nodes?: readonly string[];
  readonly stdin?: string;
  readonly stopped?: AbortSignal;
  /** Standard output claims to be a terminal. */
  readonly onScreen?: boolean;
  readonly environment?: Readonly<Record<string, string>>;
}

export async function run(args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const { nodes = [], stdin = "", onScreen = false, environment = {} } = options;
  const input = new PassThrough();
  input.end(stdin);
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const texts = [textIn(stdout), textIn(stderr)];
  const code = await runCli(args, {
    environment: { RINGKV_NODES: nodes.join(","), ...environment },
    stdin: input,
    stdout: Object.assign(stdout, { isTTY: onScreen }),
    stderr,
    clock: systemClock,
    stopped: options.stopped ?? new AbortController().signal,
  });
  stdout.end();
  stderr.end();
  const [out = "", err = ""] = await Promise.all(texts);
  return { code, stdout: out, stderr: err };
}

async function textIn(stream: PassThrough): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
