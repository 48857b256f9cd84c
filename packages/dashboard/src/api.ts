/**
 * The page's requests. Reads go to whichever member the page listens to; writes go to home only,
 * because members let each other's pages read and nothing more.
 */

import type { Credential } from "./credential.js";
import { pathOfKey } from "./key-path.js";
import type { FaultAsk } from "./lessons.js";
import type { KeyPage, Location, Overview, Problem, Receipt, Task } from "./wire.js";

/** The node said no, in the words of its problem document; or nobody answered. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

const PATIENCE_MS = 5_000;
const UNREACHED: Problem = {
  status: 0,
  code: "no_answer",
  detail: "The node does not answer.",
  outcome: "unknown",
};

export interface StoredValue {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  readonly version: string;
  readonly expiresAtMs: number | null;
}

export class Api {
  readonly #base: () => string;
  readonly #credential: Credential;

  constructor(base: () => string, credential: Credential) {
    this.#base = base;
    this.#credential = credential;
  }

  locate(key: string): Promise<Location> {
    return this.#json(`/cluster/locate?key=${encodeURIComponent(key)}`);
  }

  overview(): Promise<Overview> {
    return this.#json("/cluster");
  }

  keys(prefix: string, cursor: string | null): Promise<KeyPage> {
    const from = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    return this.#json(`/kv?prefix=${encodeURIComponent(prefix)}&limit=50${from}`);
  }

  /** Null: there is no such key. */
  async value(key: string): Promise<StoredValue | null> {
    const answer = await this.#ask(pathOfKey(key), {}, this.#base());
    if (answer.status === 404) return null;
    await demandOk(answer);
    const expiresAt = answer.headers.get("kv-expires-at");
    return {
      bytes: new Uint8Array(await answer.arrayBuffer()),
      contentType: answer.headers.get("content-type") ?? "",
      version: (answer.headers.get("etag") ?? "").replaceAll('"', ""),
      expiresAtMs: expiresAt === null ? null : Number(expiresAt),
    };
  }

  async put(key: string, write: ValueWrite): Promise<Receipt> {
    const { value, contentType, ttlSeconds = null, w = null } = write;
    const options = new URLSearchParams();
    if (ttlSeconds !== null) options.set("ttl", String(ttlSeconds));
    if (w !== null) options.set("w", String(w));
    const query = options.size === 0 ? "" : `?${options}`;
    const headers = { "content-type": contentType };
    return this.#write(pathOfKey(key) + query, { method: "PUT", headers, body: value });
  }

  remove(key: string): Promise<Receipt> {
    return this.#write(pathOfKey(key), { method: "DELETE" });
  }

  /** As text, with its status, for whoever shows it as it is. */
  async readRaw(key: string, r: number | null): Promise<{ status: number; text: string }> {
    const answer = await this.#ask(`${pathOfKey(key)}${r === null ? "" : `?r=${r}`}`, {}, "");
    return { status: answer.status, text: await answer.text() };
  }

  async tasks(): Promise<readonly Task[]> {
    return (await this.#json<{ tasks: readonly Task[] }>("/tasks")).tasks;
  }

  addTask(title: string): Promise<Task> {
    return this.#write("/tasks", jsonRequest("POST", { title }));
  }

  changeTask(id: string, change: Partial<Pick<Task, "title" | "completed">>): Promise<Task> {
    return this.#write(`/tasks/${id}`, jsonRequest("PUT", change));
  }

  async removeTask(id: string): Promise<void> {
    await this.#write(`/tasks/${id}`, { method: "DELETE" });
  }

  /** The browser may open the board afterwards. Where no tokens are set it could before. */
  async openBoard(): Promise<void> {
    await this.#write("/admin/board-session", { method: "POST" });
  }

  async inflict(fault: FaultAsk): Promise<void> {
    await this.#write("/admin/faults", jsonRequest("POST", fault));
  }

  async #json<T>(path: string): Promise<T> {
    const answer = await this.#ask(path, {}, this.#base());
    await demandOk(answer);
    return (await answer.json()) as T;
  }

  async #write<T>(path: string, request: RequestInit): Promise<T> {
    const answer = await this.#ask(path, request, "");
    await demandOk(answer);
    return (await answer.json()) as T;
  }

  async #ask(path: string, request: RequestInit, base: string): Promise<Response> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const headers = { ...(request.headers as object), ...this.#credential.headers };
      return await fetch(base + path, { ...request, headers, signal, cache: "no-store" });
    } catch {
      throw new Refusal(UNREACHED);
    }
  }
}

export interface ValueWrite {
  readonly value: string;
  readonly contentType: string;
  readonly ttlSeconds?: number | null;
  readonly w?: number | null;
}

function jsonRequest(method: string, body: object): RequestInit {
  const headers = { "content-type": "application/json" };
  return { method, headers, body: JSON.stringify(body) };
}

async function demandOk(answer: Response): Promise<void> {
  if (answer.ok) return;
  const fallback = { ...UNREACHED, status: answer.status, detail: `HTTP ${answer.status}` };
  throw new Refusal((await answer.json().catch(() => fallback)) as Problem);
}
