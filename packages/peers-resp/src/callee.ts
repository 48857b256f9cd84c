/**
 * The peer port: accepts connections, and keeps count of them.
 *
 * Strangers get a few slots and lose them to newcomers; a member has one connection, its newest.
 * What happens on a connection is in callee-session.ts.
 */

import type { AddressInfo, Server, Socket } from "node:net";
import type { Clock, Log, PeerService } from "@ringkv/engine";
import { CalleeSession } from "./callee-session.js";
import type { Self } from "./identity.js";
import { CALLEE_LIMITS, type CalleeLimits } from "./limits.js";
import { OccasionalLog } from "./occasional-log.js";
import type { PeerFaults } from "./peer-faults.js";
import { openPeerDoor, type PeerDoor, type PeerTls } from "./peer-tls.js";

export interface PeerServerDeps {
  readonly self: Self;
  readonly service: PeerService;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Log;
  readonly limits?: Partial<CalleeLimits>;
  /** Failures on purpose; absent: none. */
  readonly faults?: PeerFaults;
  /** Null or absent: in the clear. */
  readonly tls?: PeerTls | null;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

export class PeerServer {
  readonly #deps: PeerServerDeps;
  readonly #limits: CalleeLimits;
  readonly #occasionalLog: OccasionalLog;
  readonly #door: PeerDoor;
  readonly #server: Server;
  /** In the order of their arrival. */
  readonly #unproven = new Set<CalleeSession>();
  readonly #proven = new Set<CalleeSession>();

  constructor(deps: PeerServerDeps) {
    this.#deps = deps;
    this.#limits = { ...CALLEE_LIMITS, ...deps.limits };
    this.#occasionalLog = new OccasionalLog(deps.log, deps.clock);
    this.#door = openPeerDoor({
      tls: deps.tls ?? null,
      onSocket: (socket) => this.#accept(socket),
      onStranger: (socket, err) => this.#logStranger(socket, err),
      handshakeTimeoutMs: this.#limits.handshakeTimeoutMs,
      pendingMax: this.#limits.unprovenMax,
    });
    this.#server = this.#door.server;
  }

  /** Resolves with the address that it listens on; port 0 takes a free one. */
  listen({ host, port }: Address): Promise<Address> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.off("error", reject);
        // Running out of file descriptors shows here. Those connected stay, the rest try again.
        this.#server.on("error", (err) => this.#deps.log.error({ err }, "peer port"));
        resolve({ host, port: (this.#server.address() as AddressInfo).port });
      });
    });
  }

  /** Ends every connection, answered or not. Resolves when the port is free. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#door.closePending();
      for (const session of [...this.#unproven, ...this.#proven]) session.close();
    });
  }

  #logStranger({ remoteAddress }: Socket, err: Error): void {
    const fields = { from: remoteAddress, err };
    this.#occasionalLog.warn(`tls ${remoteAddress}`, fields, "no TLS with whoever this is");
  }

  #accept(socket: Socket): void {
    const [oldest] = this.#unproven;
    if (oldest !== undefined && this.#unproven.size >= this.#limits.unprovenMax) {
      this.#unproven.delete(oldest);
      oldest.close();
    }
    const session = new CalleeSession({
      ...this.#deps,
      socket,
      occasionalLog: this.#occasionalLog,
      limits: this.#limits,
      onProven: (proven) => this.#welcome(proven),
      onClosed: (closed) => {
        this.#unproven.delete(closed);
        this.#proven.delete(closed);
      },
    });
    this.#unproven.add(session);
  }

  /** A member that connects anew has given up the connection before; what waits there is late. */
  #welcome(session: CalleeSession): void {
    for (const other of this.#proven) if (other.node === session.node) other.close();
    this.#unproven.delete(session);
    this.#proven.add(session);
  }
}
