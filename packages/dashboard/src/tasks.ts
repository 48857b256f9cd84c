/** The task list as a value: what is shown, in which order, and how answers change it. */

import type { Task } from "./wire.js";

export type Filter = "all" | "open" | "done";

/** Open ones first, then by age, the newest on top. */
export function inOrder(tasks: readonly Task[]): Task[] {
  return tasks.toSorted(
    (one, other) =>
      Number(one.completed) - Number(other.completed) ||
      (one.created_at < other.created_at ? 1 : -1),
  );
}

export function filtered(tasks: readonly Task[], filter: Filter): Task[] {
  if (filter === "all") return [...tasks];
  return tasks.filter(({ completed }) => completed === (filter === "done"));
}

export function withTask(tasks: readonly Task[], task: Task): Task[] {
  return [...tasks.filter(({ id }) => id !== task.id), task];
}

export function without(tasks: readonly Task[], gone: string): Task[] {
  return tasks.filter(({ id }) => id !== gone);
}

export function summary(tasks: readonly Task[]): string {
  const open = tasks.filter(({ completed }) => !completed).length;
  if (tasks.length === 0) return "Nothing to do.";
  return open === 0 ? "All done." : `${open} of ${tasks.length} to do`;
}
