/**
 * The Jobs port of one simulated node: a queue on the simulated clock. It repeats a failed job with
 * growing pauses, a few times; what fails for longer is left to the node's own next round.
 */

import { type Job, type Jobs, jobKey } from "@ringkv/engine";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";

export interface SimJobsDeps {
  readonly process: SimProcess;
  readonly prng: Prng;
  readonly run: (job: Job) => Promise<void>;
}

const ATTEMPTS_MAX = 4;
const FIRST_PAUSE_MS = 200;
const START_MS_MAX = 20;

export class SimJobs implements Jobs {
  readonly #deps: SimJobsDeps;
  readonly #waiting = new Set<string>();

  constructor(deps: SimJobsDeps) {
    this.#deps = deps;
  }

  async enqueue(jobs: readonly Job[]): Promise<void> {
    const { process, prng } = this.#deps;
    for (const job of jobs) {
      const key = jobKey(job);
      if (this.#waiting.has(key)) continue;
      this.#waiting.add(key);
      process.schedule(prng.between(0, START_MS_MAX), () => this.#attempt(job, 1));
    }
  }

  #attempt(job: Job, attempt: number): void {
    const { process, prng, run } = this.#deps;
    this.#waiting.delete(jobKey(job));
    run(job).catch(() => {
      if (attempt >= ATTEMPTS_MAX) return;
      const pauseMs = FIRST_PAUSE_MS * 2 ** attempt * prng.between(0.5, 1.5);
      process.schedule(pauseMs, () => this.#attempt(job, attempt + 1));
    });
  }
}
