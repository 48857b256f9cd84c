import { filtered, inOrder, summary, without, withTask } from "./tasks.js";
import type { Task } from "./wire.js";

const task = (id: string, completed = false, day = 1): Task => {
  return { id, title: `task ${id}`, completed, created_at: `2026-01-0${day}T00:00:00.000Z` };
};
const ids = (tasks: readonly Task[]) => tasks.map(({ id }) => id).join(" ");

it("shows open tasks first, the newest on top", () => {
  const tasks = [task("a", true, 3), task("b", false, 1), task("c", false, 2), task("d", true, 1)];
  expect(ids(inOrder(tasks))).toBe("c b a d");
});

it.each([
  { filter: "all" as const, shown: "a b" },
  { filter: "open" as const, shown: "a" },
  { filter: "done" as const, shown: "b" },
])("$filter shows $shown", ({ filter, shown }) => {
  expect(ids(filtered([task("a"), task("b", true)], filter))).toBe(shown);
});

it("takes in what a node has answered", () => {
  const tasks = withTask([task("a")], task("b"));
  expect(ids(tasks)).toBe("a b");
  expect(withTask(tasks, task("a", true)).find(({ id }) => id === "a")?.completed).toBe(true);
  expect(ids(without(tasks, "a"))).toBe("b");
});

it.each([
  { tasks: [], says: "Nothing to do." },
  { tasks: [task("a", true)], says: "All done." },
  { tasks: [task("a"), task("b", true)], says: "1 of 2 to do" },
])("says $says", ({ tasks, says }) => {
  expect(summary(tasks)).toBe(says);
});
