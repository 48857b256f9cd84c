/** `completion`: a script for the shell, made from the commands, so that it knows them all. */

import type { Command } from "commander";
import { UsageError } from "../exit-code.js";
import { type Given, type Run, required } from "./command-frame.js";

interface Known {
  readonly name: string;
  readonly description: string;
  readonly options: readonly { readonly flag: string; readonly description: string }[];
}

const HOW = `
  bash: source <(ringkv completion bash)
  zsh:  source <(ringkv completion zsh)
  fish: ringkv completion fish | source`;

export function addCompletion(program: Command, run: Run): void {
  program
    .command("completion <shell>")
    .description("a script that completes commands and options in bash, zsh or fish")
    .addHelpText("after", HOW)
    .action(
      run(async ({ out }, { args, command }: Given<object>) => {
        const shell = required(args[0]);
        const write = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
        if (write === undefined) throw new UsageError("the shell is bash, zsh or fish");
        await out.write(
          write(knownBy(command.parent ?? command), flagsOf(command.parent ?? command)),
        );
      }),
    );
}

type Script = (commands: readonly Known[], globals: Known["options"]) => string;

const SCRIPTS: Readonly<Record<string, Script>> = {
  bash: (commands, globals) => `# ringkv: completion for bash
_ringkv() {
  local word="\${COMP_WORDS[COMP_CWORD]}" name="" each
  for each in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$each" in -*) ;; *) name="$each"; break ;; esac
  done
  local words=""
  case "$name" in
    "") words="${words([...namesOf(commands), ...globals.map(({ flag }) => flag)])}" ;;
${commands.map(bashCase).join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _ringkv ringkv
`,
  zsh: (commands, globals) => `#compdef ringkv
_ringkv() {
  local -a commands options
  commands=(
${commands.map(({ name, description }) => `    ${quoted(`${name}:${description}`)}`).join("\n")}
  )
  options=(${globals.map(({ flag, description }) => quoted(`${flag}:${description}`)).join(" ")})
  local name="" each
  for each in \${words[2,CURRENT-1]}; do
    case "$each" in (-*) ;; (*) name="$each"; break ;; esac
  done
  case "$name" in
    ("") _describe command commands; _describe option options ;;
${commands.map(zshCase).join("\n")}
  esac
}
compdef _ringkv ringkv
`,
  fish: (commands, globals) =>
    `${[
      "# ringkv: completion for fish",
      ...commands.map(
        ({ name, description }) =>
          `complete -c ringkv -n __fish_use_subcommand -a ${name} -d ${quoted(description)}`,
      ),
      ...globals.map(({ flag, description }) => fishOption("", { flag, description })),
      ...commands.flatMap(({ name, options }) =>
        options.map((option) =>
          fishOption(`-n ${quoted(`__fish_seen_subcommand_from ${name}`)} `, option),
        ),
      ),
    ].join("\n")}\n`,
};

function bashCase({ name, options }: Known): string {
  return `    ${name}) words="${words(options.map(({ flag }) => flag))}" ;;`;
}

function zshCase({ name, options }: Known): string {
  const words = options.map(({ flag, description }) => quoted(`${flag}:${description}`)).join(" ");
  return `    (${name}) options=(${words}); _describe option options; _files ;;`;
}

function fishOption(condition: string, { flag, description }: Known["options"][number]): string {
  const name = flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
  return `complete -c ringkv ${condition}${name} -d ${quoted(description)}`;
}

function knownBy(program: Command): Known[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: flagsOf(command),
  }));
}

function flagsOf(command: Command): Known["options"] {
  return command.options.map(({ long, short, description }) => {
    return { flag: long ?? short ?? "", description };
  });
}

function namesOf(commands: readonly Known[]): string[] {
  return commands.map(({ name }) => name);
}

const words = (list: readonly string[]) => list.join(" ");

/** For a shell, in single quotes. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
