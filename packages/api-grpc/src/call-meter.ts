/**
 * Times every call by its method and the code of its status. Paths that are no method never come
 * here, so there are no more series than methods and codes; a call whose client went away before
 * its status is not counted.
 *
 * A call that ends only when somebody ends it is counted when its answer begins: how long somebody
 * likes to watch says nothing of this node.
 */

import { ServerInterceptingCall, type ServerInterceptor, status } from "@grpc/grpc-js";
import type { Durations } from "@ringkv/engine";

/** All of its streams come to an end. */
const KEY_VALUE_STORE = "/ringkv.v1.KeyValueStore/";

export function callMeter(durations: Pick<Durations, "nowMs" | "of">): ServerInterceptor {
  return ({ path, responseStream }, call) => {
    const startedAtMs = durations.nowMs();
    const isEndless = responseStream && !path.startsWith(KEY_VALUE_STORE);
    let isCounted = false;
    const count = (code: status) => {
      if (isCounted) return;
      isCounted = true;
      durations.of(path.slice(1), status[code]).observe(durations.nowMs() - startedAtMs);
    };
    return new ServerInterceptingCall(call, {
      sendMetadata: (metadata, next) => {
        if (isEndless) count(status.OK);
        next(metadata);
      },
      sendStatus: (result, next) => {
        count(result.code ?? status.UNKNOWN);
        next(result);
      },
    });
  };
}
