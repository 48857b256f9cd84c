/**
 * POST /admin/notify/test: sends one test message to every receiver, and tells what each answered.
 * Past the queue, so that an operator who sets a mail server up need not wait for its patience.
 *
 * One at a time, and not at every turn: nobody should be able to fill a mailbox from here.
 */

import { NotSupported, Overloaded } from "@ringkv/core";
import type { Clock } from "@ringkv/engine";
import type { Request, Response } from "express";
import type { Notifies } from "./engine-needs.js";
import type { InFlight } from "./in-flight.js";
import type { NotifyTested } from "./notify-schemas.js";
import type { OptionsReader } from "./options.js";
import { queryOf } from "./request-target.js";
import { sendJson } from "./respond.js";
import type { Routes } from "./routes.js";

export interface NotifyDeps {
  readonly node: Notifies;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
}

const PAUSE_MS = 2_000;

export function mountNotify(routes: Routes, deps: NotifyDeps): void {
  const test = new NotifyTest(deps);
  routes.mount("/admin/notify/test", {
    post: deps.inFlight.admit((request, response) => test.answer(request, response)),
  });
}

class NotifyTest {
  readonly #deps: NotifyDeps;
  #isRunning = false;
  #endedAtMs = Number.NEGATIVE_INFINITY;

  constructor(deps: NotifyDeps) {
    this.#deps = deps;
  }

  async answer(request: Request, response: Response): Promise<void> {
    const { node, clock, options } = this.#deps;
    options.read(queryOf(request.url), [], []);
    if (node.notices === null) throw new NotSupported("notifications are off");
    if (this.#isRunning || clock.monotonicMs() - this.#endedAtMs < PAUSE_MS) {
      throw new Overloaded("one test message at a time, and not so often");
    }
    this.#isRunning = true;
    try {
      const results = await node.notices.test();
      const delivered = results.every((result) => result.delivered);
      const json: NotifyTested = { delivered, results };
      sendJson(request, response, { json });
    } finally {
      this.#isRunning = false;
      this.#endedAtMs = clock.monotonicMs();
    }
  }
}
