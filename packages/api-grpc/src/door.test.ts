/** How many connections there may be, and what frames of HTTP/2 can make the server do. */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type OpenApi, openApi } from "../test-support/open-api.js";

let api: OpenApi;
const sockets: Socket[] = [];

beforeEach(async () => {
  api = await openApi({ connectionsMax: 3 });
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await api.end();
});

async function dial(): Promise<Socket> {
  const socket = connect(api.port, "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

it("a connection that has never sent a byte makes room for a newcomer", async () => {
  const silent = [await dial(), await dial(), await dial()] as const;
  const gone = once(silent[0], "close");
  silent[0].resume();
  expect((await api.put({ key: "a", value: Buffer.from("x") })).response?.created).toBe(true);
  await gone;
});

it("when all of them speak, the newcomer is closed", async () => {
  for (let count = 0; count < 3; count++) {
    const socket = await dial();
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", "latin1");
    await once(socket, "data");
  }
  const newcomer = await dial();
  newcomer.resume();
  await once(newcomer, "close");
});

it("a client that says no more is let go of at once, whatever it has begun", async () => {
  const socket = await dial();
  const settings = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";
  socket.end(`${settings}\0\0\x10\0\0\0\0\0`, "latin1");
  socket.resume();
  await once(socket, "close");
});
