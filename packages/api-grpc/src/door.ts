/**
 * The port of the gRPC server: listens, counts connections, and hands them to the library, which
 * has no limit of its own for them.
 *
 * When there are too many, one that has never sent a byte makes room for a newcomer; when all have,
 * the newcomer is closed. What a connection without calls may cost later is limited by the library.
 */

import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

export interface DoorOptions {
  readonly connectionsMax: number;
  readonly enter: (socket: Socket) => void;
}

export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  /** In the order of their arrival. */
  readonly #open = new Set<Socket>();

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = createServer({ noDelay: true }, (socket) => this.#take(socket));
  }

  /** Resolves with the port; rejects when it cannot be had. */
  async listen({ host, port }: { readonly host: string; readonly port: number }): Promise<number> {
    this.#server.listen(port, host);
    await once(this.#server, "listening"); // Rejects with the error that comes instead.
    // Running out of file descriptors shows here; who is connected stays.
    this.#server.on("error", () => {});
    return (this.#server.address() as AddressInfo).port;
  }

  /** Takes no more connections. Those that there are stay. */
  close(): void {
    this.#server.close();
  }

  #take(socket: Socket): void {
    socket.on("error", () => {}); // The library listens only once it has a session on it.
    if (this.#open.size >= this.#options.connectionsMax) {
      const silent = [...this.#open].find(({ bytesRead }) => bytesRead === 0);
      if (silent === undefined) {
        socket.destroy();
        return;
      }
      this.#open.delete(silent);
      silent.destroy();
    }
    this.#open.add(socket);
    socket.once("close", () => this.#open.delete(socket));
    // Nobody ends its side and waits for answers over HTTP/2; the session would be kept for a ping.
    socket.once("end", () => socket.destroy());
    this.#options.enter(socket);
  }
}
