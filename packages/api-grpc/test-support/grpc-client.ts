/**
 * A client as anybody writes one with grpc-js: it loads the proto file, and knows nothing of the
 * package under test but the folder of that file.
 */

import { once } from "node:events";
import {
  type CallOptions,
  type ChannelOptions,
  type Client,
  type ClientReadableStream,
  credentials,
  loadPackageDefinition,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import type { BatchRequest } from "../src/generated/ringkv/v1/BatchRequest.js";
import type { BatchResponse__Output } from "../src/generated/ringkv/v1/BatchResponse.js";
import type { ClusterClient } from "../src/generated/ringkv/v1/Cluster.js";
import type { DeleteRequest } from "../src/generated/ringkv/v1/DeleteRequest.js";
import type { DeleteResponse__Output } from "../src/generated/ringkv/v1/DeleteResponse.js";
import type { GetRequest } from "../src/generated/ringkv/v1/GetRequest.js";
import type { GetResponse__Output } from "../src/generated/ringkv/v1/GetResponse.js";
import type { KeyValueStoreClient } from "../src/generated/ringkv/v1/KeyValueStore.js";
import type { LocateRequest } from "../src/generated/ringkv/v1/LocateRequest.js";
import type { LocateResponse__Output } from "../src/generated/ringkv/v1/LocateResponse.js";
import type { PutRequest } from "../src/generated/ringkv/v1/PutRequest.js";
import type { PutResponse__Output } from "../src/generated/ringkv/v1/PutResponse.js";
import type { RestoreRequest } from "../src/generated/ringkv/v1/RestoreRequest.js";
import type { RestoreResponse__Output } from "../src/generated/ringkv/v1/RestoreResponse.js";
import type { StatusRequest } from "../src/generated/ringkv/v1/StatusRequest.js";
import type { StatusResponse__Output } from "../src/generated/ringkv/v1/StatusResponse.js";
import type { ProtoGrpcType } from "../src/generated/ringkv.js";

const proto = loadSync(new URL("../proto/ringkv/v1/ringkv.proto", import.meta.url).pathname, {
  longs: Number,
  enums: String,
  defaults: true,
  oneofs: true,
});
const { ringkv } = loadPackageDefinition(proto) as unknown as ProtoGrpcType;

type Call<Request, Response> = (request: Request, sent?: Sent) => Promise<Ending<Response>>;

export interface Clients {
  readonly store: KeyValueStoreClient;
  readonly cluster: ClusterClient;
  readonly put: Call<PutRequest, PutResponse__Output>;
  readonly get: Call<GetRequest, GetResponse__Output>;
  readonly remove: Call<DeleteRequest, DeleteResponse__Output>;
  readonly batch: Call<BatchRequest, BatchResponse__Output>;
  readonly restore: (
    messages: Iterable<RestoreRequest>,
  ) => Promise<Ending<RestoreResponse__Output>>;
  readonly status: Call<StatusRequest, StatusResponse__Output>;
  readonly locate: Call<LocateRequest, LocateResponse__Output>;
  close(): void;
}

/** Several calls on one client go through one connection; two clients share none. */
export function openClients(port: number, options: ChannelOptions = {}): Clients {
  const address = `127.0.0.1:${port}`;
  const own = { "grpc.use_local_subchannel_pool": 1, ...options };
  const store = new ringkv.v1.KeyValueStore(address, credentials.createInsecure(), own);
  const cluster = new ringkv.v1.Cluster(address, credentials.createInsecure(), own);
  return {
    store,
    cluster,
    put: (request, sent) => ask(store, "Put", { request, sent }),
    get: (request, sent) => ask(store, "Get", { request, sent }),
    remove: (request, sent) => ask(store, "Delete", { request, sent }),
    batch: (request, sent) => ask(store, "Batch", { request, sent }),
    restore: (messages) => sendAll(store, messages),
    status: (request, sent) => ask(cluster, "Status", { request, sent }),
    locate: (request, sent) => ask(cluster, "Locate", { request, sent }),
    close: () => {
      store.close();
      cluster.close();
    },
  };
}

interface Begun {
  on(event: "status", listener: (status: { metadata: Metadata }) => void): unknown;
}

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: CallOptions,
  callback: Answered<Response>,
) => Begun;

export interface Sent {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
}

/** How a call has ended. */
export interface Ending<Response> {
  readonly response: Response | null;
  /** The name of its status: `OK`, `NOT_FOUND`, and so on. */
  readonly status: string;
  readonly details: string;
  readonly trailers: Readonly<Record<string, unknown>>;
}

/** Never rejects: a failure is an ending too. */
function ask<Request, Response>(
  client: Client,
  name: string,
  { request, sent = {} }: { readonly request: Request; readonly sent: Sent | undefined },
): Promise<Ending<Response>> {
  const methods = client as unknown as Readonly<Record<string, Unary<Request, Response>>>;
  const method = methods[name];
  if (method === undefined) throw new RangeError(`no method ${name}`);
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(sent.metadata ?? {})) metadata.set(key, value);
  const options = sent.timeoutMs === undefined ? {} : { deadline: Date.now() + sent.timeoutMs };
  return ending((answered) => method.call(client, request, metadata, options, answered));
}

/** Sends no faster than the node takes it; stops when it has answered. */
function sendAll(
  store: KeyValueStoreClient,
  messages: Iterable<RestoreRequest>,
): Promise<Ending<RestoreResponse__Output>> {
  return ending<RestoreResponse__Output>((answered) => {
    let isOver = false;
    const call = store.Restore((error, response) => {
      isOver = true;
      answered(error, response);
    });
    call.on("error", () => {});
    void (async () => {
      for (const message of messages) {
        if (isOver) return;
        if (!call.write(message)) await Promise.race([once(call, "drain"), once(call, "status")]);
      }
      call.end();
    })();
    return call;
  });
}

type Answered<Response> = (error: ServiceError | null, response?: Response) => void;

function ending<Response>(
  begin: (answered: Answered<Response>) => Begun,
): Promise<Ending<Response>> {
  return new Promise((resolve) => {
    let answer: Response | null = null;
    let failure: ServiceError | null = null;
    const call = begin((error, response) => {
      failure = error;
      answer = response ?? null;
    });
    call.on("status", ({ metadata: trailers }) => {
      // The status is told after the answer, in the same turn or the next.
      setImmediate(() => {
        const code = failure?.code ?? status.OK;
        resolve({
          response: answer,
          status: status[code],
          details: failure?.details ?? "",
          trailers: trailers.getMap(),
        });
      });
    });
  });
}

/** What a stream brings until it ends; a failure ends it with its status. */
export async function collect<Response>(
  stream: ClientReadableStream<Response>,
): Promise<{ readonly messages: Response[]; readonly status: string }> {
  const messages: Response[] = [];
  let code: status = status.OK;
  try {
    for await (const message of stream) messages.push(message as Response);
  } catch (thrown) {
    code = (thrown as ServiceError).code;
  }
  return { messages, status: status[code] };
}
