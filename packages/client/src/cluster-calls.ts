/** What nodes say of themselves and of the cluster, and what an operator may ask of one. */

import type {
  Health,
  Heartbeat,
  Location,
  NodeStatus,
  Readiness,
  RecoveryProgress,
  Verification,
} from "./answers.js";
import { mistake } from "./errors.js";
import type { KvRequest } from "./request.js";
import { eventsIn, type ServerEvent } from "./server-events.js";
import {
  answerTimeoutOf,
  askForJson,
  brokenOff,
  type CallOptions,
  callerOptions,
  type Session,
} from "./session.js";

/** Every record on every node is read. */
const VERIFY_TIMEOUT_MS = 10 * 60_000;

export class ClusterCalls {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Also of a node that cannot serve; `status` tells. */
  health(options: CallOptions = {}): Promise<Health & { readonly answeredBy: string }> {
    const request = { ...this.#get("/health", options), alsoFine: [503] };
    return askForJson(this.#session, request, options);
  }

  async readiness(options: CallOptions = {}): Promise<Readiness> {
    const query = { verbose: true };
    const request = { ...this.#get("/readyz", options), query, alsoFine: [503] };
    const answer = await this.#session.caller.call(request, callerOptions(this.#session, options));
    const lines = answer.body.toString("utf8").matchAll(/^\[([+-])\](\S+)/gm);
    const checks = [...lines].map(([, sign, check = ""]) => ({ check, ok: sign === "+" }));
    return { ready: answer.status === 200, checks };
  }

  heartbeat(options: CallOptions = {}): Promise<Heartbeat & { readonly answeredBy: string }> {
    return askForJson(this.#session, this.#get("/heartbeat", options), options);
  }

  /** Of the node that answers; `client.at(url)` asks a certain one. */
  status(options: CallOptions = {}): Promise<NodeStatus & { readonly answeredBy: string }> {
    return askForJson(this.#session, this.#get("/status", options), options);
  }

  /** Of every member, as far as it answers. */
  overview(options: CallOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    return askForJson(this.#session, this.#get("/cluster", options), options);
  }

  locate(
    key: string,
    options: CallOptions = {},
  ): Promise<Location & { readonly answeredBy: string }> {
    if (key === "") throw mistake("a key has at least one byte");
    const request = { ...this.#get("/cluster/locate", options), query: { key } };
    return askForJson(this.#session, request, options);
  }

  verify(options: CallOptions = {}): Promise<Verification & { readonly answeredBy: string }> {
    const request = { ...this.#get("/verify", options), answerTimeoutMs: VERIFY_TIMEOUT_MS };
    return askForJson(this.#session, request, options);
  }

  /** In Prometheus's text format. */
  async metrics(options: CallOptions = {}): Promise<string> {
    const request = this.#get("/metrics", options);
    const { body } = await this.#session.caller.call(
      request,
      callerOptions(this.#session, options),
    );
    return body.toString("utf8");
  }

  /** What happens, as it happens, until the signal is aborted or the node goes away. */
  async *events(options: CallOptions = {}): AsyncGenerator<ServerEvent, void, undefined> {
    const headers = { Accept: "text/event-stream" };
    const request = { ...this.#get("/events", options), headers };
    const { stream, node } = await this.#session.caller.open(
      request,
      callerOptions(this.#session, options),
    );
    try {
      yield* eventsIn(stream);
    } catch (cause) {
      if (!options.signal?.aborted) throw brokenOff(node, cause);
    } finally {
      stream.destroy();
    }
  }

  /** Asks the node to compare itself with the others, as it does at its start. */
  recover(
    options: CallOptions = {},
  ): Promise<{ readonly node: string; readonly recovery: RecoveryProgress }> {
    return this.#post("/restore", undefined, options);
  }

  /** The node takes no more clients, hands off, and exits. */
  drain(options: CallOptions = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#post("/admin/drain", undefined, options);
  }

  /** For drills, where the node runs with `FAULTS=enabled`. */
  faults(
    fault: Readonly<Record<string, unknown>>,
    options: CallOptions = {},
  ): Promise<Readonly<Record<string, unknown>>> {
    return this.#post("/admin/faults", fault, options);
  }

  #get(path: string, options: CallOptions): KvRequest {
    const answerTimeoutMs = answerTimeoutOf(this.#session, options);
    return { method: "GET", path, effect: "none", answerTimeoutMs };
  }

  /** Asking a node twice for the same of these changes nothing more. */
  #post<T extends object>(
    path: string,
    json: Readonly<Record<string, unknown>> | undefined,
    options: CallOptions,
  ): Promise<T> {
    const request: KvRequest = {
      method: "POST",
      path,
      ...(json === undefined
        ? {}
        : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(json) }),
      effect: "changes-repeatable",
      answerTimeoutMs: answerTimeoutOf(this.#session, options),
    };
    return askForJson<T>(this.#session, request, options);
  }
}
