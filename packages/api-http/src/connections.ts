/**
 * How many connections the server holds, and which one goes when there are too many.
 *
 * A newcomer takes the place of the connection that has waited longest without a request under way,
 * first of all of one that has never sent a byte: so connections that do nothing, however many,
 * keep nobody out. When every connection is being answered, a few more are taken all the same, for
 * probes: a node that is full must be able to say that it lives. Those make room for each other.
 */

import type { Socket } from "node:net";
import { responseUnderWay } from "./response-under-way.js";

export interface ConnectionLimits {
  readonly connectionsMax: number;
  /** Beyond it, for probes. */
  readonly probesMax: number;
}

/** What an operator or a balancer asks, and what costs next to nothing to answer. */
const PROBE = /^\/(?:livez|readyz|health|heartbeat|status|metrics)(?:\?|$)/;

export class Connections {
  readonly #limits: ConnectionLimits;
  /** In the order of their arrival. */
  readonly #open = new Set<Socket>();
  /** Those that came when there was no room. */
  readonly #surplus = new Set<Socket>();

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#open.size + this.#surplus.size;
  }

  /** Lets `socket` in, at the cost of another one where it must be, or closes it. */
  take(socket: Socket): void {
    const { connectionsMax, probesMax } = this.#limits;
    if (!this.#hasRoom(this.#open, connectionsMax)) {
      if (!this.#hasRoom(this.#surplus, probesMax)) {
        socket.destroy();
        return;
      }
      this.#surplus.add(socket);
    } else this.#open.add(socket);
    socket.once("close", () => this.#forget(socket));
  }

  /** Whether the request came where only probes are answered, and is none. */
  refuses(socket: Socket, url: string): boolean {
    return this.#surplus.size > 0 && this.#surplus.has(socket) && !PROBE.test(url);
  }

  /** Whether one more may come; if one had to go for that, it has gone. */
  #hasRoom(sockets: ReadonlySet<Socket>, max: number): boolean {
    if (sockets.size < max) return true;
    const victim = longestIdle(sockets);
    if (victim === null) return false;
    // At once: its "close" comes later, and until then others may arrive.
    this.#forget(victim);
    victim.destroy();
    return true;
  }

  #forget(socket: Socket): void {
    this.#open.delete(socket);
    this.#surplus.delete(socket);
  }
}

function longestIdle(sockets: ReadonlySet<Socket>): Socket | null {
  let found: Socket | null = null;
  for (const socket of sockets) {
    if (responseUnderWay(socket) !== null) continue;
    if (socket.bytesRead === 0) return socket;
    found ??= socket;
  }
  return found;
}
