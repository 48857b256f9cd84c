/**
 * Asks one node after the other until one answers, as far as the retry rule and the caller's
 * patience allow. A write that may have been stored by an earlier attempt keeps the outcome
 * `unknown`, whatever the last one said.
 */

import { RingkvError } from "./errors.js";
import { failureOf, silenceOf } from "./failure.js";
import type { NodeOrder } from "./node-order.js";
import type { KvRequest } from "./request.js";
import { mayTryAgain, speaksAgainstTheNode } from "./retry-rule.js";
import type { Clock } from "./system-clock.js";
import type { Answer, NoAnswer, StreamedAnswer, Transport } from "./transport.js";

export interface CallerDeps {
  readonly order: NodeOrder;
  readonly transport: Pick<Transport, "ask" | "open">;
  readonly clock: Clock;
  /** 0 to 1. */
  readonly chance: () => number;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long further rounds are begun; in the first one every node is asked in any case. */
  readonly patienceMs: number;
}

export type Answered<T> = T & { readonly node: string };

/** Between rounds in which every node was asked. Doubles, at most to the second one. */
const PAUSE_MS = 50;
const PAUSE_MS_MAX = 1_000;
/** Of a refusal that is read from a stream. Problem documents are far smaller. */
const REFUSAL_BYTES_MAX = 64 * 1024;

export class Caller {
  readonly #deps: CallerDeps;

  constructor(deps: CallerDeps) {
    this.#deps = deps;
  }

  call(request: KvRequest, options: CallOptions): Promise<Answered<Answer>> {
    const { transport } = this.#deps;
    return this.#untilAnswered(request, options, (node, timeoutMs) =>
      transport.ask(request, { node, timeoutMs, signal: options.signal }),
    );
  }

  open(request: KvRequest, options: CallOptions): Promise<Answered<StreamedAnswer>> {
    const { transport } = this.#deps;
    return this.#untilAnswered(request, options, (node, timeoutMs) =>
      transport.open(request, { node, timeoutMs, signal: options.signal }),
    );
  }

  async #untilAnswered<T extends Answer | StreamedAnswer>(
    request: KvRequest,
    { signal, patienceMs }: CallOptions,
    ask: (node: string, timeoutMs: number | null) => Promise<T | NoAnswer>,
  ): Promise<Answered<T>> {
    const { order, clock } = this.#deps;
    const endMs = clock.monotonicMs() + patienceMs;
    const failures: RingkvError[] = [];
    for (let round = 0; ; round++) {
      for (const node of order.next(clock.monotonicMs())) {
        const answer = await ask(node, request.answerTimeoutMs);
        const failure = await failureIn(answer, request, node);
        if (failure === null) {
          order.answered(node);
          return { ...(answer as T), node };
        }
        failures.push(failure);
        if (speaksAgainstTheNode(failure)) order.failed(node, clock.monotonicMs());
        const isOver = round > 0 && clock.monotonicMs() >= endMs;
        if (isOver || !mayTryAgain(failure, request.effect)) throw summaryOf(failures);
      }
      const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** round) * (0.5 + this.#deps.chance());
      if (clock.monotonicMs() + pauseMs >= endMs) throw summaryOf(failures);
      await clock.sleep(pauseMs, signal).catch(() => {
        throw summaryOf([...failures, givenUp()]);
      });
    }
  }
}

async function failureIn(
  answer: Answer | StreamedAnswer | NoAnswer,
  { effect, alsoFine = [] }: KvRequest,
  node: string,
): Promise<RingkvError | null> {
  if (answer.kind === "none") return silenceOf(answer, { node, effect });
  const { status, headers } = answer;
  if ((status >= 200 && status < 300) || alsoFine.includes(status)) return null;
  const body = answer.kind === "answer" ? answer.body : await beginningOf(answer.stream);
  return failureOf({ status, headers, body }, { node, effect });
}

async function beginningOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  try {
    for await (const part of stream) {
      parts.push(part);
      length += part.length;
      if (length > REFUSAL_BYTES_MAX) break;
    }
  } catch {
    // A refusal that breaks off is still one; only its words are missing.
  }
  return Buffer.concat(parts);
}

function givenUp(): RingkvError {
  const fields = { code: "aborted", outcome: "not-applied", retryable: false } as const;
  return new RingkvError("given up by the caller", fields);
}

/**
 * The last failure, with all of them listed. Where nodes answered and others did not, what a node
 * said tells more than that another one is away.
 */
function summaryOf(failures: readonly RingkvError[]): RingkvError {
  const last = failures.at(-1) ?? givenUp();
  const told = failures.findLast(({ problem }) => problem !== null);
  const shown = last.code === "aborted" ? last : (told ?? last);
  const isUnknown = failures.some(({ outcome }) => outcome === "unknown");
  const silent = failures.every(({ status }) => status === null);
  const message = silent && failures.length > 1 ? silenceInWords(failures) : shown.message;
  return new RingkvError(message, {
    ...fieldsOf(shown),
    outcome: isUnknown ? "unknown" : "not-applied",
    attempts: failures.map(({ node, code, message: detail }) => ({
      node: node ?? "",
      code,
      detail,
    })),
  });
}

function fieldsOf({ code, retryable, status, requestId, node, problem, cause }: RingkvError) {
  return { code, retryable, status, requestId, node, problem, cause };
}

function silenceInWords(failures: readonly RingkvError[]): string {
  return `no node answered: ${[...new Set(failures.map(({ message }) => message))].join("; ")}`;
}
