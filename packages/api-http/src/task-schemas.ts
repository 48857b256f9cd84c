/** What a task of the demonstration is made of, and what may be said of one. */

import { z } from "zod";

export const TASKS_MAX = 1_000;
const TITLE_MAX = 500;

const title = z
  .string("a string")
  .trim()
  .min(1, "not empty")
  .max(TITLE_MAX, `at most ${TITLE_MAX} characters`)
  .refine((text) => !/\p{Surrogate}/u.test(text), "half a surrogate pair is not a character");

export const newTaskSchema = z.strictObject({ title });

export const taskChangeSchema = z.strictObject({
  title: title.optional(),
  completed: z.boolean("true or false").optional(),
});

export const taskSchema = z
  .strictObject({
    id: z.string(),
    title: z.string(),
    completed: z.boolean(),
    created_at: z.iso.datetime(),
  })
  .meta({ id: "Task" });

/** At most so many: a list for people; whoever has more keeps them elsewhere. */
export const taskListSchema = z
  .object({ tasks: z.array(taskSchema).max(TASKS_MAX) })
  .meta({ id: "TaskList" });
