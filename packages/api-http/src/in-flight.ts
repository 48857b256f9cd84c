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
  /** Made once: under overload a stack for each refusal would be most of the work. */
  readonly #refusal: Overloaded;
  #count = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#refusal = new Overloaded(`${limit} requests are in flight`);
  }

  get count(): number {
    return this.#count;
  }

  /** `action`, counted from its start until it has answered or failed. */
  admit(action: Action): RequestHandler {
    return async (request, response) => {
      refuseMalformed(request);
      if (this.#count >= this.#limit) throw this.#refusal;
      this.#count++;
      try {
        await action(request, response);
      } finally {
        this.#count--;
      }
    };
  }
}
