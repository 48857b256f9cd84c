/** Keys in the order of their bytes, page by page, and many operations in one request. */

import type { BatchOp, BatchResult, ListItem, ListPage } from "./answers.js";
import type { ReadOptions, WriteOptions } from "./kv-calls.js";
import type { KvRequest } from "./request.js";
import { answerTimeoutOf, askForJson, type Session } from "./session.js";

export interface ListOptions extends ReadOptions {
  /** Else all keys. */
  readonly prefix?: string | undefined;
  /** Of a page, 1 to 1,000; what is listed in all is not limited by it. */
  readonly limit?: number | undefined;
  readonly values?: boolean | undefined;
  /** Of an earlier page with the same prefix: goes on behind it. */
  readonly cursor?: string | null | undefined;
}

export interface BatchOptions extends WriteOptions {
  readonly r?: number | undefined;
}

const JSON_TYPE = { "Content-Type": "application/json" };

export class ListCalls {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  page(options: ListOptions = {}): Promise<ListPage & { readonly answeredBy: string }> {
    const { prefix = "", limit, values, cursor, r, timeoutMs } = options;
    const request: KvRequest = {
      method: "GET",
      path: "/kv",
      query: {
        prefix,
        limit,
        values: values ? "true" : undefined,
        cursor: cursor ?? undefined,
        r,
        timeout: timeoutMs,
      },
      effect: "none",
      answerTimeoutMs: answerTimeoutOf(this.#session, options),
    };
    return askForJson(this.#session, request, options);
  }

  /** All pages; the next one is asked for when the last one has been taken. */
  async *items(options: ListOptions = {}): AsyncGenerator<ListItem, void, undefined> {
    let cursor = options.cursor ?? null;
    do {
      const page = await this.page({ ...options, cursor });
      yield* page.items;
      ({ cursor } = page);
    } while (cursor !== null);
  }

  /**
   * Not atomic: each operation succeeds or fails by itself. A batch that only reads is repeated
   * like a read; one that writes as far as a write may be.
   */
  async batch(
    ops: readonly BatchOp[],
    options: BatchOptions = {},
  ): Promise<readonly BatchResult[]> {
    const { w, r, timeoutMs, retryUnknown } = options;
    const reads = ops.every(({ op }) => op === "get");
    const request: KvRequest = {
      method: "POST",
      path: "/kv/batch",
      query: { w, r, timeout: timeoutMs },
      headers: JSON_TYPE,
      body: JSON.stringify({ ops }),
      effect: reads ? "none" : retryUnknown ? "changes-repeatable" : "changes",
      answerTimeoutMs: answerTimeoutOf(this.#session, options),
    };
    const answer = await askForJson<{ results: readonly BatchResult[] }>(
      this.#session,
      request,
      options,
    );
    return answer.results;
  }
}
