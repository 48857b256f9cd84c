/**
 * How many requests are being worked on, and how many bytes they bring. Above either limit new ones
 * are refused before their bodies are read: a queue that grows answers everybody too late, and a
 * value is held several times over on its way to two disks.
 */

import { Overloaded } from "@ringkv/core";
import type { Request, RequestHandler, Response } from "express";
import { refuseMalformed } from "./well-formed.js";

export type Action = (request: Request, response: Response) => Promise<void>;

export interface InFlightLimits {
  readonly requestsMax: number;
  /** Of bodies; one that does not announce its length counts as `bodyBytesMax`. */
  readonly bytesMax: number;
  readonly bodyBytesMax: number;
}

export class InFlight {
  readonly #limits: InFlightLimits;
  /** Made once: under overload a stack for each refusal would be most of the work. */
  readonly #refusal = new Overloaded("this node has as much in flight as it takes");
  #count = 0;
  #bytes = 0;

  constructor(limits: InFlightLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#count;
  }

  /**
   * `action`, counted from its start until it has answered or failed. `bodyBytesMax` where its body
   * may be larger than others'.
   */
  admit(action: Action, bodyBytesMax: number = this.#limits.bodyBytesMax): RequestHandler {
    return async (request, response) => {
      refuseMalformed(request);
      const { requestsMax, bytesMax } = this.#limits;
      const bytes = bytesOf(request, bodyBytesMax);
      // A body alone may exceed the limit: whether it is too large is not for this file to say.
      const isHeavy = bytes > 0 && this.#bytes > 0 && this.#bytes + bytes > bytesMax;
      if (this.#count >= requestsMax || isHeavy) throw this.#refusal;
      this.#count++;
      this.#bytes += bytes;
      try {
        await action(request, response);
      } finally {
        this.#count--;
        this.#bytes -= bytes;
      }
    };
  }
}

function bytesOf({ headers }: Request, bodyBytesMax: number): number {
  if (headers["transfer-encoding"] !== undefined) return bodyBytesMax;
  return Number(headers["content-length"] ?? 0);
}
