/**
 * `/tasks`: the demonstration application. A task is an ordinary value under `task_{id}`, written
 * and read like any other, so it survives what values survive, and is the same on every node.
 *
 * It keeps no state of its own. Two changes of one task at the same time: the later one wins whole.
 */

import { randomUUID } from "node:crypto";
import { InvalidRequest, type Key, NotFound } from "@ringkv/core";
import type { Request, Response } from "express";
import type { Lists, Reads, Writes } from "./engine-needs.js";
import type { InFlight } from "./in-flight.js";
import { objectIn, refuseOtherThanJson } from "./json-write.js";
import { type OptionsReader, parse } from "./options.js";
import { readBody } from "./raw-body.js";
import { queryOf } from "./request-target.js";
import { sendJson } from "./respond.js";
import type { Routes } from "./routes.js";
import type { Sent } from "./sent.js";
import {
  newTaskSchema,
  TASKS_MAX,
  taskChangeSchema,
  type taskListSchema,
  taskSchema,
} from "./task-schemas.js";

export interface TaskDeps {
  readonly node: Reads & Writes & Lists;
  readonly clock: { wallMs(): number };
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
}

const PREFIX = "task_";
const BODY_BYTES_MAX = 16 * 1_024;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Task = Sent<typeof taskSchema>;

export function mountTasks(routes: Routes, deps: TaskDeps): void {
  const { inFlight } = deps;
  const admit = (action: (deps: TaskDeps, request: Request, response: Response) => Promise<void>) =>
    inFlight.admit((request, response) => {
      // Tasks are told and changed without their keys, so all of them must be this token's.
      routes.guard.demandKey(request, PREFIX);
      return action(deps, request, response);
    });
  routes.mount("/tasks", { get: admit(listTasks), post: admit(addTask) });
  // Both are answered with the task, which only readers may see.
  const admitReader: typeof admit = (action) =>
    admit((given, request, response) => {
      routes.guard.demandScope(request, "read");
      return action(given, request, response);
    });
  routes.mount("/tasks/:id", { put: admitReader(changeTask), delete: admitReader(removeTask) });
}

async function listTasks(deps: TaskDeps, request: Request, response: Response): Promise<void> {
  deps.options.read(queryOf(request.url), [], []);
  const tasks: Task[] = [];
  let after: Key | null = null;
  do {
    const ask = { prefix: PREFIX, limit: TASKS_MAX, values: true, r: null, timeoutMs: null };
    const { items, next } = await deps.node.list({ ...ask, after });
    for (const { record } of items) {
      const task = record === null ? null : taskIn(record.value);
      if (task !== null) tasks.push(task);
    }
    after = next;
  } while (after !== null && tasks.length < TASKS_MAX);
  const json: Sent<typeof taskListSchema> = { tasks: tasks.slice(0, TASKS_MAX) };
  sendJson(request, response, { json });
}

async function addTask(deps: TaskDeps, request: Request, response: Response): Promise<void> {
  const { title: wanted } = parse(newTaskSchema, await bodyOf(deps, request, response));
  const id = randomUUID();
  const created_at = new Date(deps.clock.wallMs()).toISOString();
  const task = { id, title: wanted, completed: false, created_at };
  await store(deps, task);
  sendJson(request, response, { status: 201, json: task });
}

async function changeTask(deps: TaskDeps, request: Request, response: Response): Promise<void> {
  const change = parse(taskChangeSchema, await bodyOf(deps, request, response));
  const known = await taskOf(deps, request);
  const task = {
    ...known,
    title: change.title ?? known.title,
    completed: change.completed ?? known.completed,
  };
  await store(deps, task);
  sendJson(request, response, { json: task });
}

async function removeTask(deps: TaskDeps, request: Request, response: Response): Promise<void> {
  deps.options.read(queryOf(request.url), [], []);
  const task = await taskOf(deps, request);
  const tombstone = { value: null, contentType: "", expiresAtMs: null, w: null, timeoutMs: null };
  await deps.node.write({ key: keyOf(task.id), ...tombstone });
  sendJson(request, response, { json: task });
}

async function bodyOf(deps: TaskDeps, request: Request, response: Response): Promise<object> {
  deps.options.read(queryOf(request.url), [], []);
  refuseOtherThanJson(request.headers);
  const body = await readBody(request, response, BODY_BYTES_MAX);
  return objectIn(body);
}

/** Rejects with `NotFound`. */
async function taskOf({ node }: TaskDeps, request: Request): Promise<Task> {
  const id = String(request.params["id"]);
  if (!UUID.test(id)) throw new InvalidRequest("the id of a task is a UUID");
  const { record } = await node.read({ key: keyOf(id), r: null, timeoutMs: null });
  const task = record === null ? null : taskIn(record.value);
  if (task === null) throw new NotFound("no such task");
  return task;
}

async function store({ node }: TaskDeps, task: Task): Promise<void> {
  await node.write({
    key: keyOf(task.id),
    value: Buffer.from(JSON.stringify(task)),
    contentType: "application/json",
    expiresAtMs: null,
    w: null,
    timeoutMs: null,
  });
}

function keyOf(id: string): Key {
  return `${PREFIX}${id}` as Key;
}

/** Null: anybody may write under the prefix, and that was something else. */
function taskIn(value: Uint8Array): Task | null {
  try {
    const parsed = taskSchema.safeParse(JSON.parse(Buffer.from(value).toString("utf8")));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
