/** Bytes to a server and bytes back, for requests that no HTTP client would send. */

import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";

export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export interface RawConnection {
  readonly socket: Socket;
  /** All that has come so far. */
  received(): string;
  /** Resolves with all that came when `text` is in it, or when the server has closed. */
  until(text: string): Promise<string>;
  closed(): Promise<string>;
}

export async function open(port: number): Promise<RawConnection> {
  const socket = connect(port, "127.0.0.1");
  let received = "";
  let wake = () => {};
  socket.setEncoding("latin1");
  socket.on("data", (chunk: string) => {
    received += chunk;
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", () => wake());
  await once(socket, "connect");
  const waitFor = async (isDone: () => boolean): Promise<string> => {
    while (!isDone() && !socket.closed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return received;
  };
  return {
    socket,
    received: () => received,
    until: (text) => waitFor(() => received.includes(text)),
    closed: () => waitFor(() => socket.closed),
  };
}
