/** `tasks`: the demonstration application from the shell. */

import type { Task } from "@ringkv/client";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { printable } from "../printable.js";
import { type Given, type Run, required } from "./command-frame.js";

export function addTasks(program: Command, run: Run): void {
  const tasks = program.command("tasks").description("the demonstration application: a task list");
  tasks.command("list", { isDefault: true }).description("all tasks").action(run(list));
  tasks.command("add <title...>").description("make a task").action(run(add));
  const changes = { done: { completed: true }, reopen: { completed: false } };
  for (const [name, change] of Object.entries(changes)) {
    tasks
      .command(`${name} <id>`)
      .description(name === "done" ? "mark a task as completed" : "mark it as not completed")
      .action(
        run(async (context, { args }) => {
          const { signal } = context;
          const task = await client(context).change(required(args[0]), change, { signal });
          await tell(context, task);
        }),
      );
  }
  tasks
    .command("rename <id> <title...>")
    .description("give a task another title")
    .action(
      run(async (context, { args: [id, title] }) => {
        const { signal } = context;
        const words = { title: wordsOf(title) };
        await tell(context, await client(context).change(required(id), words, { signal }));
      }),
    );
  tasks
    .command("remove <id>")
    .description("delete a task")
    .action(
      run(async (context, { args: [id] }) => {
        await client(context).remove(required(id), { signal: context.signal });
        if (!context.out.json) await context.out.line(`removed ${printable(required(id))}`);
      }),
    );
}

const client = (context: Context) => context.client().tasks;

/** Commander gives the words of the last argument as a list. */
function wordsOf(title: unknown): string {
  return Array.isArray(title) ? title.join(" ") : String(title);
}

async function add(context: Context, { args }: Given<object>): Promise<void> {
  const task = await client(context).add(wordsOf(args[0]), { signal: context.signal });
  await tell(context, task);
}

async function list(context: Context): Promise<void> {
  const { out } = context;
  const tasks = await client(context).list({ signal: context.signal });
  if (out.json) {
    for (const task of tasks) await out.jsonLine(task);
    return;
  }
  const rows = tasks.map(({ id, title, completed }) => [
    completed ? "x" : "",
    id,
    printable(title),
  ]);
  await out.table([{ title: "DONE" }, { title: "ID" }, { title: "TITLE" }], rows);
}

async function tell({ out }: Context, task: Task): Promise<void> {
  const { id, title, completed } = task;
  if (out.json) await out.jsonLine(task);
  else await out.line(`${completed ? "[x]" : "[ ]"} ${id}  ${printable(title)}`);
}
