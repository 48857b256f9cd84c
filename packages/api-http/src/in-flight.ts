/**
 * How many requests are being worked on. Above the limit new ones are refused before their bodies
 * are read: a queue that grows answers everybody too late.
 */

import { Overloaded } from "@ringkv/core";
import type { Request, RequestHandler, Response } from "express";
import { refuseMalformed } from "./well-formed.js";

export type Action = (request: Request, response: Response) => Promise<void>;

export class InFlight {
  readonly #limit: number;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  /** `action`, counted from its start until it has answered or failed. */
  admit(action: Action): RequestHandler {
    return async (request, response) => {
      refuseMalformed(request);
      if (this.#count >= this.#limit) throw new Overloaded(`${this.#limit} requests are in flight`);
      this.#count++;
      try {
        await action(request, response);
      } finally {
        this.#count--;
      }
    };
  }
}
