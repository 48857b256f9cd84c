/** Who measures what, and who tells it: the adapters are given their part, `/metrics` all of it. */

import { type Clock, Durations, Tallies } from "@ringkv/engine";

export function newMeters(clock: Clock) {
  const [store, peers, grpc] = [new Durations(clock), new Durations(clock), new Durations(clock)];
  const peerFailures = new Tallies();
  return {
    ofStore: { durations: store },
    ofPeers: { durations: peers, failures: peerFailures },
    ofGrpc: { durations: grpc },
    told: { durations: { store, peers, grpc }, peerFailures },
  };
}
