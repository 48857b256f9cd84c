/**
 * Counts requests in the node's load before their bodies are read, and refuses what is above it.
 */

import type { Load } from "@ringkv/engine";
import type { Request, RequestHandler, Response } from "express";
import { refuseMalformed } from "./well-formed.js";

export type Action = (request: Request, response: Response) => Promise<void>;

export class InFlight {
  readonly #load: Load;
  readonly #bodyBytesMax: number;

  /** A body that does not announce its length counts as `bodyBytesMax`. */
  constructor(load: Load, bodyBytesMax: number) {
    this.#load = load;
    this.#bodyBytesMax = bodyBytesMax;
  }

  get count(): number {
    return this.#load.count;
  }

  /**
   * `action`, counted from its start until it has answered or failed. `bodyBytesMax` where its body
   * may be larger than others'.
   */
  admit(action: Action, bodyBytesMax: number = this.#bodyBytesMax): RequestHandler {
    return async (request, response) => {
      refuseMalformed(request);
      const bytes = bytesOf(request, bodyBytesMax);
      this.#load.enter(bytes);
      try {
        await action(request, response);
      } finally {
        this.#load.leave(bytes);
      }
    };
  }
}

function bytesOf({ headers }: Request, bodyBytesMax: number): number {
  if (headers["transfer-encoding"] !== undefined) return bodyBytesMax;
  return Number(headers["content-length"] ?? 0);
}
