/**
 * Counts requests in the node's load before their bodies are read, and refuses what is above it,
 * or above what one connection may send ahead.
 */

import type { Socket } from "node:net";
import { Overloaded } from "@ringkv/core";
import type { Load } from "@ringkv/engine";
import type { Request, RequestHandler, Response } from "express";
import { refuseMalformed } from "./well-formed.js";

export type Action = (request: Request, response: Response) => Promise<void>;

/** Of one connection: else a client that sends ahead could take all that a node has room for. */
export const PIPELINED_MAX = 100;

/** How many of its requests are in flight. */
const COUNT = Symbol("requests in flight");

interface CountedSocket extends Socket {
  [COUNT]?: number;
}

const TOO_MANY = new Overloaded(`at most ${PIPELINED_MAX} requests of one connection at once`);

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
      const socket = request.socket as CountedSocket;
      const count = socket[COUNT] ?? 0;
      if (count >= PIPELINED_MAX) throw TOO_MANY;
      const bytes = bytesOf(request, bodyBytesMax);
      this.#load.enter(bytes);
      socket[COUNT] = count + 1;
      try {
        await action(request, response);
      } finally {
        this.#load.leave(bytes);
        socket[COUNT] = (socket[COUNT] as number) - 1;
      }
    };
  }
}

function bytesOf({ headers }: Request, bodyBytesMax: number): number {
  if (headers["transfer-encoding"] !== undefined) return bodyBytesMax;
  return Number(headers["content-length"] ?? 0);
}
