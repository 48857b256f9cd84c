/**
 * The gRPC interface, put together: the services, their limits, and how it opens and closes.
 *
 * It speaks plain HTTP/2 unless it is given a certificate.
 */

import { Server, ServerCredentials, type ServerOptions } from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import type { Access } from "@ringkv/access";
import type { NodeId } from "@ringkv/core";
import type { Durations } from "@ringkv/engine";
import type { CallDeps } from "./call.js";
import { callMeter } from "./call-meter.js";
import { cluster } from "./cluster.js";
import { loadDefinitions, SERVICES } from "./definition.js";
import { Door } from "./door.js";
import { EndlessCalls } from "./endless-calls.js";
import type { ClusterView, Locates } from "./engine-needs.js";
import { Gate } from "./gate.js";
import { type KeyValueDeps, keyValueStore } from "./key-value-store.js";
import { Serving } from "./serving.js";

export interface GrpcApiDeps extends Omit<CallDeps, "gate"> {
  /** Null: no tokens are set, and everybody may do everything. */
  readonly access: Access | null;
  /** Null: in the clear. */
  readonly tls?: GrpcTls | null;
  readonly node: KeyValueDeps["node"] & Locates & ClusterView;
  readonly members: readonly NodeId[];
  /** Is told how long each call took, by method and code. */
  readonly durations: Durations;
  readonly options: KeyValueDeps["options"] & {
    /** Of all clients together. */
    readonly connectionsMax: number;
  };
}

/** Both in PEM. */
export interface GrpcTls {
  readonly cert: string;
  readonly key: string;
}

/** What gRPC's own libraries take by default: a batch may be as large. */
const MESSAGE_BYTES = 4 * 1_024 * 1_024;

/** What a message may need beside the value in it: key, content type, and the fields' tags. */
const ENVELOPE_BYTES_MAX = 16 * 1_024;

/** Of one connection at once. A client with more to ask waits, or opens another connection. */
const STREAMS_MAX = 100;

/** Of all connections: those who watch, each for as long as it likes. */
const ENDLESS_CALLS_MAX = 200;

/** A client that has gone without a word is noticed after both of these. */
const KEEPALIVE_INTERVAL_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;

/** A connection without a call for so long is closed; clients connect again when they have one. */
const CONNECTION_IDLE_MS = 300_000;

/**
 * What HTTP/2 may hold of one connection: headers, queues and what is not read. The library's own
 * default is no limit. Two messages of the largest size have room in it.
 */
const SESSION_MEBIBYTES = 64;

export class GrpcApi {
  readonly #server: Server;
  readonly #endless = new EndlessCalls(ENDLESS_CALLS_MAX);
  readonly #serving: Serving;
  readonly #door: Door;

  constructor(given: GrpcApiDeps) {
    const gate = new Gate(given.access);
    const deps = { ...given, gate };
    this.#server = new Server({
      ...serverOptions(deps.options),
      // The meter is nearer to the wire: it counts what the gate refuses.
      interceptors: [callMeter(deps.durations), gate.interceptor()],
    });
    this.#serving = new Serving({ ...deps, services: SERVICES });
    const definitions = loadDefinitions();
    const clusterCalls = cluster(deps);
    const Watch = this.#endless.keep(clusterCalls.Watch);
    this.#server.addService(definitions.keyValueStore, keyValueStore(deps));
    this.#server.addService(definitions.cluster, { ...clusterCalls, Watch });
    this.#serving.addTo(this.#endless.within(this.#server));
    const injector = this.#server.createConnectionInjector(credentialsOf(given.tls ?? null));
    this.#door = new Door({
      connectionsMax: deps.options.connectionsMax,
      enter: (socket) => injector.injectConnection(socket),
    });
    if (given.access !== null) return; // What there is, is told to nobody in particular.
    new ReflectionService(definitions.all).addToServer(this.#endless.within(this.#server));
  }

  /** Resolves with the port that it listens on; rejects when it cannot have it. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    const bound = await this.#door.listen({ host, port }).catch((cause: unknown) => {
      throw new Error(`cannot listen on ${host}:${port} for gRPC`, { cause });
    });
    void this.#serving.run();
    return bound;
  }

  /** Takes no new calls, and lets running ones end for as long as `timeoutMs`. Never rejects. */
  async close(timeoutMs: number): Promise<void> {
    this.#door.close();
    this.#serving.close();
    this.#endless.close();
    const closed = new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve()));
    const timer = setTimeout(() => this.#server.forceShutdown(), timeoutMs);
    await closed;
    clearTimeout(timer);
  }
}

/** Clients show no certificate: they bring a token. TLS 1.2 is the least, by the platform. */
function credentialsOf(tls: GrpcTls | null): ServerCredentials {
  if (tls === null) return ServerCredentials.createInsecure();
  const pair = { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) };
  return ServerCredentials.createSsl(null, [pair]);
}

function serverOptions({ valueBytesMax }: KeyValueDeps["options"]): ServerOptions {
  return {
    "grpc.max_receive_message_length": Math.max(MESSAGE_BYTES, valueBytesMax + ENVELOPE_BYTES_MAX),
    "grpc.max_concurrent_streams": STREAMS_MAX,
    "grpc.max_connection_idle_ms": CONNECTION_IDLE_MS,
    "grpc-node.max_session_memory": SESSION_MEBIBYTES,
    "grpc.keepalive_time_ms": KEEPALIVE_INTERVAL_MS,
    "grpc.keepalive_timeout_ms": KEEPALIVE_TIMEOUT_MS,
    // Figures about calls, for a service that is not offered here.
    "grpc.enable_channelz": 0,
  };
}
