/** The demonstration: a task list on top of the store, and two older names from courses. */

import { z } from "zod";
import type { ApiCode } from "../error-status.js";
import { listedSchema, listSchema } from "../kv-listing.js";
import { newTaskSchema, taskChangeSchema, taskListSchema, taskSchema } from "../task-schemas.js";
import { writeJson } from "./kv-json.js";
import { json, type Operation, QUORUM, type Terms } from "./operation.js";

const TASKS = "/tasks";
const TASK = "/tasks/{id}";

const CHANGES: readonly ApiCode[] = [...QUORUM, "store_full"];
const BODIES: readonly ApiCode[] = ["too_large", "unsupported_media_type"];

export function demonstration(terms: Terms): Operation[] {
  return [...list(), ...change(), ...olderNames(terms)];
}

function list(): Operation[] {
  return [
    {
      method: "get",
      path: TASKS,
      tag: "demonstration",
      summary: "The tasks, in no order",
      description: "Ordinary values under `task_{id}`; what lies there and is no task is left out.",
      answers: { 200: { description: "The tasks.", content: json(taskListSchema) } },
      problems: QUORUM,
    },
    {
      method: "post",
      path: TASKS,
      tag: "demonstration",
      summary: "Add a task",
      request: { body: { required: true, content: json(newTaskSchema) } },
      answers: { 201: { description: "The task.", content: json(taskSchema) } },
      problems: [...CHANGES, ...BODIES],
    },
  ];
}

function change(): Operation[] {
  const params = z.object({ id: z.string().describe("A UUID.") });
  return [
    {
      method: "put",
      path: TASK,
      tag: "demonstration",
      summary: "Change a task",
      description: "What is not named stays. Of two changes at once, the later one wins whole.",
      request: { params, body: { required: true, content: json(taskChangeSchema) } },
      answers: { 200: { description: "The task.", content: json(taskSchema) } },
      problems: [...CHANGES, ...BODIES, "not_found"],
    },
    {
      method: "delete",
      path: TASK,
      tag: "demonstration",
      summary: "Delete a task",
      request: { params },
      answers: { 200: { description: "What it was.", content: json(taskSchema) } },
      problems: [...CHANGES, "not_found"],
    },
  ];
}

function olderNames(terms: Terms): Operation[] {
  const { w, r, timeout } = terms.options;
  return [
    {
      ...writeJson(terms, "post"),
      path: "/set",
      tag: "demonstration",
      summary: "An older name of POST /kv",
    },
    {
      method: "get",
      path: "/jobs",
      tag: "demonstration",
      summary: "All pairs: an older name of GET /kv?prefix=&values=true",
      request: { query: z.object({ ...listSchema.partial().shape, w, r, timeout }) },
      answers: { 200: { description: "A page of pairs.", content: json(listedSchema) } },
      problems: QUORUM,
    },
  ];
}
