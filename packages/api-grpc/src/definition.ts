/**
 * The services as the proto file has them, read once when a node starts. Text in a request that is
 * not valid UTF-8 is marked, because the library would replace what it cannot decode, and two keys
 * would become one.
 */

import { fileURLToPath } from "node:url";
import { loadSync, type MethodDefinition, type PackageDefinition } from "@grpc/proto-loader";
import type { ClusterDefinition } from "./generated/ringkv/v1/Cluster.js";
import type { KeyValueStoreDefinition } from "./generated/ringkv/v1/KeyValueStore.js";

export const SERVICES = ["ringkv.v1.KeyValueStore", "ringkv.v1.Cluster"] as const;

export interface Definitions {
  readonly keyValueStore: KeyValueStoreDefinition;
  readonly cluster: ClusterDefinition;
  /** For reflection. */
  readonly all: PackageDefinition;
}

/** The folder that a client of ours has to know, and that `ringkv/v1/ringkv.proto` is in. */
export const PROTO_FOLDER: string = fileURLToPath(new URL("../proto/", import.meta.url));

/** Half a surrogate pair: no UTF-8 decodes to it, so that nobody can have sent it. */
const BROKEN = "\ud800";

const REPLACEMENT = "\ufffd";

type Methods = Readonly<Record<string, MethodDefinition<object, object>>>;

export function loadDefinitions(): Definitions {
  const all = loadSync("ringkv/v1/ringkv.proto", {
    includeDirs: [PROTO_FOLDER],
    // The same as in scripts/grpc-types.mjs.
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  const [keyValueStore, cluster] = SERVICES.map((name) => strictly(all[name] as Methods));
  return { keyValueStore, cluster, all } as unknown as Definitions;
}

function strictly(methods: Methods): Methods {
  const strict = Object.entries(methods).map(([name, method]) => {
    const requestDeserialize = (bytes: Buffer) =>
      markBroken(method.requestDeserialize(bytes), bytes);
    return [name, { ...method, requestDeserialize }] as const;
  });
  return Object.fromEntries(strict);
}

/** Text that holds a replacement character was sent with it, or else did not arrive as sent. */
function markBroken<T extends object>(message: T, bytes: Buffer): T {
  const fields = message as Record<string, unknown>;
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === "string") {
      if (value.includes(REPLACEMENT) && !bytes.includes(value)) fields[name] = BROKEN;
    } else if (typeof value === "object" && value !== null && !Buffer.isBuffer(value)) {
      markBroken(value, bytes);
    }
  }
  return message;
}
