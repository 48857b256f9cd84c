/**
 * The client of a cluster: give it the nodes, and it asks the one that answers. It holds no data,
 * so one client may serve a whole program; `close` lets its connections go.
 */

import type {
  BatchOp,
  BatchResult,
  DeleteReceipt,
  Json,
  ListItem,
  ListPage,
  PutReceipt,
  Reading,
} from "./answers.js";
import { Caller } from "./caller.js";
import { ClusterCalls } from "./cluster-calls.js";
import { mistake } from "./errors.js";
import {
  type ExplainedReading,
  KvCalls,
  type PutOptions,
  type ReadOptions,
  type WriteOptions,
} from "./kv-calls.js";
import { type BatchOptions, ListCalls, type ListOptions } from "./list-calls.js";
import { NodeOrder } from "./node-order.js";
import type { Session } from "./session.js";
import { SnapshotCalls } from "./snapshot-calls.js";
import { systemClock } from "./system-clock.js";
import { TaskCalls } from "./task-calls.js";
import { Transport } from "./transport.js";

export interface ClientOptions {
  /** URLs of the nodes, in the order in which they are tried. */
  readonly nodes: readonly string[];
  /** Begins each request at the next node, instead of keeping to the one that answers. */
  readonly spread?: boolean | undefined;
  /** How long to go on when no node answers as wanted. Every node is asked once in any case. */
  readonly patienceMs?: number | undefined;
  /** How long one node may take where the request itself says nothing. */
  readonly answerTimeoutMs?: number | undefined;
  /** To one node at once; more requests wait. */
  readonly connectionsMax?: number | undefined;
  /** Where the nodes want one. It goes to no other address than theirs. */
  readonly token?: string | undefined;
  /** Who has signed the nodes' certificates, in PEM; else whom Node.js trusts. */
  readonly ca?: string | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

const NODES_MAX = 64;
const PATIENCE_MS = 2_000;
/** Longer than a node takes by default, so that its own words arrive. */
const ANSWER_TIMEOUT_MS = 3_000;
const CONNECTIONS_MAX = 64;
const ASIDE_MS = 2_000;
/** Whatever else it were, it would not arrive. */
const TOKEN = /^[\w.~+/-]{1,512}=*$/;

export class RingkvClient {
  readonly nodes: readonly string[];
  readonly cluster: ClusterCalls;
  readonly snapshots: SnapshotCalls;
  readonly tasks: TaskCalls;
  readonly #kv: KvCalls;
  readonly #lists: ListCalls;
  readonly #options: ClientOptions;
  readonly #transport: Transport;

  constructor(options: ClientOptions, transport = new Transport(transportOptions(options))) {
    const nodes = options.nodes.map(nodeUrl);
    const session = sessionOf(options, { nodes, transport });
    this.nodes = nodes;
    this.cluster = new ClusterCalls(session);
    this.snapshots = new SnapshotCalls(session);
    this.tasks = new TaskCalls(session);
    this.#kv = new KvCalls(session);
    this.#lists = new ListCalls(session);
    this.#options = options;
    this.#transport = transport;
  }

  put(key: string, value: Uint8Array | string, options?: PutOptions): Promise<PutReceipt> {
    return this.#kv.put(key, value, options);
  }

  putJson(key: string, value: Json, options?: PutOptions): Promise<PutReceipt> {
    return this.#kv.putJson(key, value, options);
  }

  /** Null when the key has no value. */
  get(key: string, options?: ReadOptions): Promise<Reading | null> {
    return this.#kv.get(key, options);
  }

  /** Like `get`, without the value. */
  head(key: string, options?: ReadOptions): Promise<Omit<Reading, "value"> | null> {
    return this.#kv.head(key, options);
  }

  getText(key: string, options?: ReadOptions): Promise<string | null> {
    return this.#kv.getText(key, options);
  }

  /** Rejects with a SyntaxError when the value is no JSON. */
  getJson(key: string, options?: ReadOptions): Promise<Json> {
    return this.#kv.getJson(key, options);
  }

  delete(key: string, options?: WriteOptions): Promise<DeleteReceipt> {
    return this.#kv.delete(key, options);
  }

  /** Who was asked, who said what, and why. Of an absent key, too. */
  explain(key: string, options?: ReadOptions): Promise<ExplainedReading> {
    return this.#kv.explain(key, options);
  }

  /** All keys in the order of their bytes, page by page as they are taken. */
  list(options?: ListOptions): AsyncGenerator<ListItem, void, undefined> {
    return this.#lists.items(options);
  }

  listPage(options?: ListOptions): Promise<ListPage & { readonly answeredBy: string }> {
    return this.#lists.page(options);
  }

  /** Not atomic: each operation succeeds or fails by itself. */
  batch(ops: readonly BatchOp[], options?: BatchOptions): Promise<readonly BatchResult[]> {
    return this.#lists.batch(ops, options);
  }

  /** Asks this node only; shares the connections. */
  at(node: string): RingkvClient {
    return new RingkvClient({ ...this.#options, nodes: [node] }, this.#transport);
  }

  /** Lets the idle connections go. */
  close(): void {
    this.#transport.close();
  }
}

function transportOptions(options: ClientOptions) {
  const { headers = {}, connectionsMax = CONNECTIONS_MAX, token, ca } = options;
  if (token === undefined) return { headers, connectionsMax, ca };
  if (!TOKEN.test(token)) throw mistake("a token has no spaces, and only what a header may hold");
  return { headers: { ...headers, Authorization: `Bearer ${token}` }, connectionsMax, ca };
}

function sessionOf(
  options: ClientOptions,
  { nodes, transport }: { readonly nodes: readonly string[]; readonly transport: Transport },
): Session {
  if (nodes.length === 0) throw mistake("name at least one node");
  if (nodes.length > NODES_MAX) throw mistake(`name at most ${NODES_MAX} nodes`);
  const order = new NodeOrder({ nodes, spread: options.spread ?? false, asideMs: ASIDE_MS });
  const { patienceMs = PATIENCE_MS, answerTimeoutMs = ANSWER_TIMEOUT_MS } = options;
  const caller = new Caller({ order, transport, clock: systemClock, chance: Math.random });
  return { caller, patienceMs, answerTimeoutMs };
}

/** `host:port` is meant as http. */
function nodeUrl(text: string): string {
  const given = /^https?:\/\//.test(text) ? text : `http://${text}`;
  if (!URL.canParse(given)) throw mistake(`not the URL of a node: ${text}`);
  const url = new URL(given);
  if (url.search !== "" || url.hash !== "") throw mistake(`not the URL of a node: ${text}`);
  return url.href.replace(/\/$/, "");
}
