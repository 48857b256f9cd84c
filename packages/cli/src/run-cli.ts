/**
 * One run of the command line, from its arguments to its exit code. Everything that is thrown ends
 * here, in words; only a bug shows its stack.
 */

import { RingkvError } from "@ringkv/client";
import { type Command, CommanderError } from "commander";
import type { Given, Run } from "./commands/command-frame.js";
import { Context, type GlobalOptions } from "./context.js";
import { CommandFailure, EXIT, type ExitCode, exitCodeOf, UsageError } from "./exit-code.js";
import { buildProgram } from "./program.js";
import type { Surroundings } from "./surroundings.js";
import { failureText } from "./wording.js";

export async function runCli(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const run: Run =
    (handler) =>
    async (...given) => {
      const command = given.at(-1) as Command;
      const context = new Context(command.optsWithGlobals<GlobalOptions>(), surroundings);
      try {
        const given = { args: command.processedArgs, options: command.opts(), command };
        // The flags are what each command declares, which commander's types do not say.
        const end = await handler(context, given as unknown as Given<never>);
        exitCode = end ?? EXIT.done;
      } finally {
        context.close();
      }
    };
  try {
    await buildProgram(run, surroundings).parseAsync(args, { from: "user" });
    return exitCode;
  } catch (thrown) {
    return explain(thrown, surroundings);
  }
}

function explain(thrown: unknown, { stderr, stopped }: Surroundings): ExitCode {
  const say = (text: string) => stderr.write(`ringkv: ${text}\n`);
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.done : EXIT.usage;
  if (stopped.reason === "broken pipe") return EXIT.brokenPipe;
  if (thrown instanceof RingkvError) {
    say(
      thrown.code === "aborted" && thrown.outcome === "not-applied"
        ? "interrupted"
        : failureText(thrown),
    );
  } else if (thrown instanceof UsageError || thrown instanceof CommandFailure) say(thrown.message);
  else say(bugText(thrown));
  return exitCodeOf(thrown);
}

function bugText(thrown: unknown): string {
  const { stack, message } = thrown as { readonly stack?: string; readonly message?: string };
  return stack ?? message ?? String(thrown);
}
