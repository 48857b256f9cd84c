/** The API on a fake node and a free port, with a client. */

import { setTimeout as sleepFor } from "node:timers/promises";
import { Access, parseEntries } from "@ringkv/access";
import { Durations, Load } from "@ringkv/engine";
import { GrpcApi } from "../src/index.js";
import { FakeNode, MEMBERS, NOW_MS } from "./fake-node.js";
import { type Clients, openClients } from "./grpc-client.js";

export interface Changes {
  readonly valueBytesMax?: number;
  readonly restoreBytesMax?: number;
  readonly requestsMax?: number;
  readonly bytesMax?: number;
  readonly connectionsMax?: number;
  /** The entries of tokens; absent: none are set. */
  readonly tokens?: string;
  readonly tls?: { readonly cert: string; readonly key: string };
}

/** Longer than the interval of health: what waits for so long waits for a client. */
const PATIENCE_MS_MIN = 10_000;

export interface Logged {
  readonly fields: object;
  readonly message: string;
}

export interface OpenApi extends Clients {
  readonly api: GrpcApi;
  readonly node: FakeNode;
  readonly load: Load;
  readonly durations: Durations;
  readonly logged: readonly Logged[];
  readonly port: number;
  end(): Promise<void>;
}

export async function openApi(changes: Changes = {}): Promise<OpenApi> {
  const { valueBytesMax = 1_024, requestsMax = 100, bytesMax = 1_000_000 } = changes;
  const { restoreBytesMax = 1_000_000, connectionsMax = 100 } = changes;
  const node = new FakeNode();
  const load = new Load({ requestsMax, bytesMax });
  const logged: Logged[] = [];
  const durations = new Durations({ monotonicMs: () => performance.now() });
  const ignore = () => {};
  const { tokens, tls = null } = changes;
  const accessClock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
  const access =
    tokens === undefined ? null : new Access(parseEntries(tokens).entries, accessClock);
  const api = new GrpcApi({
    node,
    access,
    tls,
    members: MEMBERS,
    load,
    durations,
    clock: {
      // Deadlines are the client's, whose clock is the machine's; expiries want one that stands.
      wallMs: () => (node.isClockFixed ? NOW_MS : Date.now()),
      // Patience ends when a test says so.
      sleep: (ms, signal) => {
        const isPatience = ms > PATIENCE_MS_MIN;
        if (!isPatience) return sleepFor(ms, undefined, { signal });
        return Promise.race([sleepFor(ms, undefined, { signal }), node.impatience]);
      },
    },
    log: {
      info: ignore,
      warn: ignore,
      error: (fields, message) => void logged.push({ fields, message }),
    },
    options: { replicaCount: 2, valueBytesMax, restoreBytesMax, connectionsMax },
  });
  const port = await api.listen({ host: "127.0.0.1", port: 0 });
  const clients = openClients(port);
  return {
    ...clients,
    api,
    node,
    load,
    durations,
    logged,
    port,
    end: async () => {
      clients.close();
      await api.close(1_000);
    },
  };
}
