/**
 * The task list, a small application on the store. It asks again every half second, so that what is
 * written through another node shows here within a second.
 */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "./api.js";
import type { PageProps } from "./app.js";
import { onSubmit } from "./form-fields.js";
import { type Filter, filtered, inOrder, summary, without, withTask } from "./tasks.js";
import type { Task } from "./wire.js";

const ASK_EVERY_MS = 500;
const FILTERS = ["all", "open", "done"] as const;

export function TasksPage({ state, api, canWrite }: PageProps) {
  const { tasks, problem, run } = useTasks(api);
  const [filter, setFilter] = useState<Filter>("all");
  const add = (title: string) =>
    run(async () => {
      const task = await api.addTask(title);
      return (all) => withTask(all, task);
    });
  const change = (task: Task, wanted: Partial<Pick<Task, "title" | "completed">>) =>
    run(async () => {
      const changed = await api.changeTask(task.id, wanted);
      return (all) => withTask(all, changed);
    });
  const remove = ({ id }: Task) =>
    run(async () => {
      await api.removeTask(id);
      return (all) => without(all, id);
    });
  return (
    <section class="card tasks-page" aria-label="Tasks">
      <div class="head">
        <h2>Tasks</h2>
        <p aria-live="polite">{tasks === null ? "Reading …" : summary(tasks)}</p>
      </div>
      <NewTask canWrite={canWrite} onAdd={add} />
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <FilterChoice filter={filter} onChoose={setFilter} />
      <ul class="tasks">
        {inOrder(filtered(tasks ?? [], filter)).map((task) => (
          <TaskRow
            key={task.id}
            task={task}
            canWrite={canWrite}
            onToggle={() => void change(task, { completed: !task.completed })}
            onRename={(title) => void change(task, { title })}
            onRemove={() => void remove(task)}
          />
        ))}
      </ul>
      <p class="hint">
        Served by {state.overview?.node ?? "…"}. Open the page of another node: the same tasks are
        there, and stay when a node stops.
      </p>
    </section>
  );
}

type Change = (tasks: readonly Task[]) => Task[];

/** The tasks as the node has them, and a way to change them that shows at once. */
function useTasks(api: PageProps["api"]) {
  const [tasks, setTasks] = useState<readonly Task[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  // What was asked before a change was made is out of date when it comes.
  const changes = useRef(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const ask = async () => {
      const before = changes.current;
      const found = document.hidden ? null : await api.tasks().catch(() => null);
      if (found !== null && !isOver && before === changes.current) setTasks(found);
      if (!isOver) timer = setTimeout(() => void ask(), ASK_EVERY_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [api]);
  const run = useCallback(async (work: () => Promise<Change>) => {
    try {
      const change = await work();
      changes.current++;
      setProblem(null);
      setTasks((known) => change(known ?? []));
    } catch (thrown) {
      setProblem(thrown instanceof Refusal ? thrown.message : "That did not work.");
    }
  }, []);
  return { tasks, problem, run };
}

interface FilterChoiceProps {
  readonly filter: Filter;
  readonly onChoose: (filter: Filter) => void;
}

function FilterChoice({ filter, onChoose }: FilterChoiceProps) {
  return (
    <fieldset class="forms">
      <legend>Show</legend>
      {FILTERS.map((it) => (
        <label key={it}>
          <input type="radio" name="filter" checked={filter === it} onChange={() => onChoose(it)} />
          {it}
        </label>
      ))}
    </fieldset>
  );
}

function NewTask({
  canWrite,
  onAdd,
}: {
  canWrite: boolean;
  onAdd: (title: string) => Promise<void>;
}) {
  const submit = onSubmit(async (field, form) => {
    const title = field("title").trim();
    if (title === "") return;
    await onAdd(title);
    form.reset();
  });
  return (
    <form class="row" onSubmit={submit}>
      <div class="grow">
        <label for="new-task">What is to be done?</label>
        <input id="new-task" name="title" maxLength={500} autocomplete="off" disabled={!canWrite} />
      </div>
      <button type="submit" disabled={!canWrite}>
        Add
      </button>
    </form>
  );
}

interface TaskRowProps {
  readonly task: Task;
  readonly canWrite: boolean;
  readonly onToggle: () => void;
  readonly onRename: (title: string) => void;
  readonly onRemove: () => void;
}

function TaskRow({ task, canWrite, onToggle, onRename, onRemove }: TaskRowProps) {
  const { id, title, completed } = task;
  const rename = (event: Event) => {
    const input = event.currentTarget as HTMLInputElement;
    const wanted = input.value.trim();
    if (wanted === "" || wanted === title) input.value = title;
    else onRename(wanted);
  };
  return (
    <li data-completed={completed}>
      <input
        type="checkbox"
        id={`done-${id}`}
        checked={completed}
        disabled={!canWrite}
        aria-label={`Done: ${title}`}
        onChange={onToggle}
      />
      <input
        class="title"
        value={title}
        maxLength={500}
        disabled={!canWrite}
        aria-label={`Title of ${title}`}
        onChange={rename}
      />
      <button
        type="button"
        class="quiet"
        disabled={!canWrite}
        aria-label={`Delete ${title}`}
        onClick={onRemove}
      >
        ×
      </button>
    </li>
  );
}
