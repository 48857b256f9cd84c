/**
 * The demonstration application: tasks. Making one is never repeated after an unknown outcome,
 * because a second attempt would make a second task.
 */

import type { Task } from "./answers.js";
import type { KvRequest } from "./request.js";
import { answerTimeoutOf, askForJson, type CallOptions, type Session } from "./session.js";

export type TaskChange = Partial<Pick<Task, "title" | "completed">>;

export class TaskCalls {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  async list(options: CallOptions = {}): Promise<readonly Task[]> {
    const request = this.#request("GET", "", options);
    const { tasks } = await askForJson<{ tasks: readonly Task[] }>(
      this.#session,
      { ...request, effect: "none" },
      options,
    );
    return tasks;
  }

  add(title: string, options: CallOptions = {}): Promise<Task & { readonly answeredBy: string }> {
    return this.#send("POST", { path: "", json: { title } }, options);
  }

  change(
    id: string,
    change: TaskChange,
    options: CallOptions = {},
  ): Promise<Task & { readonly answeredBy: string }> {
    return this.#send("PUT", { path: `/${encodeURIComponent(id)}`, json: change }, options);
  }

  async remove(id: string, options: CallOptions = {}): Promise<void> {
    const request = this.#request("DELETE", `/${encodeURIComponent(id)}`, options);
    await askForJson(this.#session, request, options);
  }

  #send(
    method: "POST" | "PUT",
    { path, json }: { readonly path: string; readonly json: object },
    options: CallOptions,
  ): Promise<Task & { readonly answeredBy: string }> {
    const headers = { "Content-Type": "application/json" };
    const request = { ...this.#request(method, path, options), headers };
    return askForJson(this.#session, { ...request, body: JSON.stringify(json) }, options);
  }

  #request(method: KvRequest["method"], path: string, options: CallOptions): KvRequest {
    const answerTimeoutMs = answerTimeoutOf(this.#session, options);
    return { method, path: `/tasks${path}`, effect: "changes", answerTimeoutMs };
  }
}
