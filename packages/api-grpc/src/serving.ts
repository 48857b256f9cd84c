/**
 * The standard health service: what load balancers and probes ask. SERVING is what `/readyz` says:
 * Redis answers, the node has caught up, it sees a majority.
 *
 * The library keeps the state and tells watchers of changes; here is only when it changes.
 */

import type { Clock, ReadinessCheck } from "@ringkv/engine";
import { HealthImplementation, type ServingStatus } from "grpc-health-check";
import type { ServiceRegistry } from "./endless-calls.js";

/** A state that changes is noticed after this; who needs to know at once asks `/readyz`. */
const CHECK_INTERVAL_MS = 250;

export interface ServingDeps {
  readonly node: { readiness(): readonly ReadinessCheck[] };
  readonly clock: Pick<Clock, "sleep">;
  /** Each is as healthy as the whole, whose name is empty. */
  readonly services: readonly string[];
}

export class Serving {
  readonly #deps: ServingDeps;
  readonly #health: HealthImplementation;
  readonly #leaving = new AbortController();
  #last: ServingStatus = "NOT_SERVING";

  constructor(deps: ServingDeps) {
    this.#deps = deps;
    const names = ["", ...deps.services];
    this.#health = new HealthImplementation(
      Object.fromEntries(names.map((name) => [name, this.#last] as const)),
    );
  }

  addTo(registry: ServiceRegistry): void {
    this.#health.addToServer(registry);
  }

  /** Looks until `close`. Never rejects. */
  async run(): Promise<void> {
    const { node, clock } = this.#deps;
    const { signal } = this.#leaving;
    while (!signal.aborted) {
      this.#set(node.readiness().every(({ ok }) => ok) ? "SERVING" : "NOT_SERVING");
      await clock.sleep(CHECK_INTERVAL_MS, signal).catch(() => {});
    }
  }

  close(): void {
    this.#leaving.abort();
    this.#set("NOT_SERVING");
  }

  #set(status: ServingStatus): void {
    if (status === this.#last) return;
    this.#last = status;
    for (const name of ["", ...this.#deps.services]) this.#health.setStatus(name, status);
  }
}
