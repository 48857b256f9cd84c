/** The calls of `KeyValueStore`: parse, call, render. Every decision is behind the node. */

import { Load } from "@ringkv/engine";
import { batch, valueBytesIn } from "./batch.js";
import { type CallDeps, unary } from "./call.js";
import type { Batches, Lists, Reads, Restores, Snapshots, Writes } from "./engine-needs.js";
import { keyOf, quorumOf } from "./fields.js";
import type { DeleteRequest__Output } from "./generated/ringkv/v1/DeleteRequest.js";
import type { GetRequest__Output } from "./generated/ringkv/v1/GetRequest.js";
import type { KeyValueStoreHandlers } from "./generated/ringkv/v1/KeyValueStore.js";
import type { PutRequest__Output } from "./generated/ringkv/v1/PutRequest.js";
import { list } from "./list.js";
import { deleteAnswer, deletionOf, getAnswer, putAnswer, putOf } from "./operations.js";
import { restore } from "./restore.js";
import { snapshot } from "./snapshot.js";
import { clientStream, stream } from "./stream-call.js";

export interface KeyValueDeps extends CallDeps {
  readonly node: Reads & Writes & Lists & Batches & Snapshots & Restores;
  readonly options: KeyValueOptions;
}

export interface KeyValueOptions {
  /** N: the most that a request may ask for as W or R. */
  readonly replicaCount: number;
  readonly valueBytesMax: number;
  /** Of a snapshot to be restored. */
  readonly restoreBytesMax: number;
}

/** Each reads, or writes, as fast as the disks allow: more would only be slower. */
const SNAPSHOTS_MAX = 2;
const RESTORES_MAX = 2;

export function keyValueStore(deps: KeyValueDeps): KeyValueStoreHandlers {
  const { node, clock, options, gate } = deps;
  const { replicaCount, valueBytesMax } = options;
  const snapshots = { ...deps, load: fewAtOnce(SNAPSHOTS_MAX) };
  const restores = { ...deps, load: fewAtOnce(RESTORES_MAX) };
  return {
    Put: unary(deps, {
      bytesOf: ({ value }: PutRequest__Output) => value.length,
      answer: async (request, { timeoutMs, metadata }) => {
        const written = putOf(request, { valueBytesMax, nowMs: clock.wallMs() });
        gate.demandKey(metadata, written.key);
        const w = quorumOf("w", request.w, replicaCount);
        return putAnswer(await node.write({ ...written, w, timeoutMs }));
      },
    }),
    Get: unary(deps, {
      answer: async (request: GetRequest__Output, { timeoutMs, metadata }) => {
        const key = keyOf(request.key);
        gate.demandKey(metadata, key);
        const r = quorumOf("r", request.r, replicaCount);
        return getAnswer((await node.read({ key, r, timeoutMs })).record);
      },
    }),
    Delete: unary(deps, {
      answer: async (request: DeleteRequest__Output, { timeoutMs, metadata }) => {
        const written = deletionOf(request);
        gate.demandKey(metadata, written.key);
        const w = quorumOf("w", request.w, replicaCount);
        return deleteAnswer(await node.write({ ...written, w, timeoutMs }));
      },
    }),
    Batch: unary(deps, {
      bytesOf: valueBytesIn,
      answer: (request, context) => batch(deps, request, context),
    }),
    List: stream(deps, (request, context) => list(deps, request, context)),
    Snapshot: stream(snapshots, (request) => snapshot(deps, request)),
    Restore: clientStream(restores, (messages) => restore(deps, messages)),
  };
}

/** Not among the requests in flight: as long as they take, they hold no more than some pieces. */
function fewAtOnce(requestsMax: number): Load {
  return new Load({ requestsMax, bytesMax: Number.POSITIVE_INFINITY });
}
