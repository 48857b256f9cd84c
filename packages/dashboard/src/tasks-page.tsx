/**
 * The task list, a small application on the store. It asks again every half second, so that what is
 * written through another node shows here within a second.
 */

import { useCallback, useEffect, useState } from "preact/hooks";
import { Refusal } from "./api.js";
import type { PageProps } from "./app.js";
import { type Filter, filtered, inOrder, summary, without, withTask } from "./tasks.js";
import type { Task } from "./wire.js";

const ASK_EVERY_MS = 500;
const FILTERS = ["all", "open", "done"] as const;

export function TasksPage({ state, api, canWrite }: PageProps) {
  const [tasks, setTasks] = useState<readonly Task[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [filter, setFilter] = useState<Filter>("all");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    const ask = async () => {
      if (!document.hidden)
        await api.tasks().then(
          (it) => !isOver && setTasks(it),
          () => {},
        );
      if (!isOver) timer = setTimeout(ask, ASK_EVERY_MS);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [api]);

  const change = useCallback(
    async (work: Promise<unknown>, shown: (tasks: readonly Task[]) => Task[]) => {
      try {
        await work;
        setProblem(null);
        setTasks((known) => shown(known ?? []));
      } catch (thrown) {
        setProblem(thrown instanceof Refusal ? thrown.message : "That did not work.");
      }
    },
    [],
  );
  const add = async (title: string) => {
    try {
      const task = await api.addTask(title);
      setProblem(null);
      setTasks((known) => withTask(known ?? [], task));
    } catch (thrown) {
      setProblem(thrown instanceof Refusal ? thrown.message : "That did not work.");
    }
  };
  const shown = inOrder(filtered(tasks ?? [], filter));
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
      <fieldset class="forms">
        <legend>Show</legend>
        {FILTERS.map((it) => (
          <label key={it}>
            <input
              type="radio"
              name="filter"
              checked={filter === it}
              onChange={() => setFilter(it)}
            />
            {it}
          </label>
        ))}
      </fieldset>
      <ul class="tasks">
        {shown.map((task) => (
          <TaskRow
            key={task.id}
            task={task}
            canWrite={canWrite}
            onToggle={() => {
              const completed = !task.completed;
              void change(api.changeTask(task.id, { completed }), (all) =>
                withTask(all, { ...task, completed }),
              );
            }}
            onRename={(title) =>
              void change(api.changeTask(task.id, { title }), (all) =>
                withTask(all, { ...task, title }),
              )
            }
            onRemove={() => void change(api.removeTask(task.id), (all) => without(all, task.id))}
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

function NewTask({
  canWrite,
  onAdd,
}: {
  canWrite: boolean;
  onAdd: (title: string) => Promise<void>;
}) {
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const title = String(new FormData(form).get("title") ?? "").trim();
    if (title === "") return;
    await onAdd(title);
    form.reset();
  };
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
