/**
 * Calls that end only when somebody ends them: those who watch members or health, and those who ask
 * for reflection. They are limited in number, because each is kept for as long as its client
 * likes, and ended when the node leaves, because nobody would wait for them. Who asks without
 * reading the answers is not asked on his behalf either.
 */

import { Duplex } from "node:stream";
import type {
  ServerWritableStream,
  ServiceDefinition,
  UntypedHandleCall,
  UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { Overloaded, ShuttingDown } from "@ringkv/core";
import { failureOf, statusOfFailure } from "./failure.js";
import { requestIdOf } from "./request-id.js";
import { fail } from "./stream-call.js";

/** What such a call is to this file, whether its client sends one message or many. */
type EndlessCall = ServerWritableStream<unknown, unknown>;

/** Where services are added, as the libraries of health and reflection know it. */
export interface ServiceRegistry {
  addService(definition: ServiceDefinition, handlers: UntypedServiceImplementation): void;
}

export class EndlessCalls {
  readonly #callsMax: number;
  readonly #open = new Set<EndlessCall>();
  #isClosed = false;

  constructor(callsMax: number) {
    this.#callsMax = callsMax;
  }

  /** `registry` for services all of whose streams are endless. */
  within(registry: ServiceRegistry): ServiceRegistry {
    return {
      addService: (definition, handlers) => {
        const streamed = Object.entries(definition)
          .filter(([, { responseStream }]) => responseStream)
          .flatMap(([name, { originalName = name }]) => [name, originalName]);
        const kept = Object.entries(handlers).map(([name, handle]) => {
          return [name, streamed.includes(name) ? this.keep(handle) : handle] as const;
        });
        registry.addService(definition, Object.fromEntries(kept));
      },
    };
  }

  /** `handle`, whose calls are counted and ended here. */
  keep(handle: UntypedHandleCall): UntypedHandleCall {
    return (call: EndlessCall) => {
      if (this.#isClosed) return end(call, LEAVING);
      if (this.#open.size >= this.#callsMax) return end(call, TOO_MANY);
      this.#open.add(call);
      const forget = () => void this.#open.delete(call);
      call.once("cancelled", forget);
      call.once("finish", forget);
      (handle as (kept: EndlessCall) => void)(call);
      if (call instanceof Duplex) readAtThePaceOf(call);
    };
  }

  close(): void {
    this.#isClosed = true;
    for (const call of this.#open) end(call, LEAVING);
  }
}

/** Takes no further question while the answers to those before are not read. */
function readAtThePaceOf(call: Duplex): void {
  call.on("data", () => {
    if (!call.writableNeedDrain) return;
    call.pause();
    call.once("drain", () => call.resume());
  });
}

const LEAVING = new ShuttingDown("this node is leaving");
const TOO_MANY = new Overloaded("this node is watched by as many as it takes");

function end(call: EndlessCall, because: Error): void {
  fail(call, statusOfFailure(failureOf(because), requestIdOf(call.metadata)));
}
