/** Cases 53, 54 and 56: messages above their limit or none at all, and floods of HTTP/2 frames. */

import { once } from "node:events";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, connect, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import {
  callHeaders,
  FLAG,
  frameOf,
  messageOf,
  opening,
  TYPE,
} from "../../scripts/fuzz/h2-frames.mjs";
import { pollUntil } from "../harness/polling.js";
import { Ground } from "./ground.js";
import { callGrpc, type Ended } from "./grpc-call.js";

const TIMEOUT_MS = 90_000;
const MEBIBYTE = 1_024 * 1_024;
const SERVED_WITHIN_MS = 5_000;
const GET = "/ringkv.v1.KeyValueStore/Get";
const PUT = "/ringkv.v1.KeyValueStore/Put";

let ground: Ground;

beforeAll(async () => {
  ground = await Ground.open();
}, TIMEOUT_MS);

afterAll(() => ground.close(), TIMEOUT_MS);

/** A call with these bytes as its body. */
function call(path: string, body: Buffer, headers: Record<string, string> = {}): Promise<Ended> {
  return callGrpc({ port: ground.place().grpcPort, path, body, headers });
}

/** A field of bytes, as protobuf writes it. */
function field(number: number, bytes: Buffer): Buffer {
  const length: number[] = [];
  let left = bytes.length;
  do {
    length.push((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
    left >>>= 7;
  } while (left > 0);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length]), bytes]);
}

async function dial(port = ground.place().grpcPort): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.write(opening());
  return socket;
}

/** Writes pieces as fast as they are taken, until there are no more or the other side closes. */
async function flood(socket: Socket, pieces: Iterable<Buffer>): Promise<void> {
  socket.resume();
  // Not `once` of node:events, which rejects when the other side resets the connection.
  const next = (event: "drain" | "close") => {
    return new Promise<void>((resolve) => socket.once(event, () => resolve()));
  };
  const closed = next("close");
  for (const piece of pieces) {
    if (socket.destroyed) break;
    if (!socket.write(piece)) await Promise.race([next("drain"), closed]);
  }
}

/** Others are served, if not at once: a node that is flooded may refuse some of them. */
async function serves(): Promise<void> {
  await pollUntil(
    "another client is served",
    async () => {
      const { status, text } = await call(GET, messageOf(field(1, Buffer.from("absent"))));
      const ms = await ground.livenessMs();
      return status === "0" && ms < 2_000 ? "" : `status ${status} ${text}, /livez in ${ms} ms`;
    },
    SERVED_WITHIN_MS,
  );
}

it("53: a message one byte above 4 MiB is refused with RESOURCE_EXHAUSTED", async () => {
  const message = Buffer.concat([
    field(1, Buffer.from("large")),
    field(2, Buffer.alloc(4 * MEBIBYTE)),
  ]);
  expect((await call(PUT, messageOf(message))).status).toBe("8");
  const announced = await call(PUT, messageOf(Buffer.from("x"), 0x7fff_ffff));
  expect(announced.status).toBe("8");
  await serves();
});

it(
  "53: a message that decompresses to 256 MiB is refused, and not held",
  async () => {
    const bomb = gzipSync(Buffer.alloc(256 * MEBIBYTE));
    const before = await ground.rssBytes();
    const { status } = await call(PUT, messageOf(bomb, bomb.length, 1), {
      "grpc-encoding": "gzip",
    });
    expect(status).toBe("8");
    expect((await ground.rssBytes()) - before).toBeLessThan(150 * MEBIBYTE);
  },
  TIMEOUT_MS,
);

function* resets(count: number): Generator<Buffer> {
  for (let index = 0; index < count; index++) {
    const stream = 2 * index + 1;
    yield Buffer.concat([
      frameOf({ type: TYPE.headers, flags: FLAG.endHeaders, stream, payload: callHeaders(GET) }),
      frameOf({ type: TYPE.rstStream, stream, payload: Buffer.from([0, 0, 0, 8]) }),
    ]);
  }
}

function* repeated(frame: Buffer, count: number): Generator<Buffer> {
  const hundred = Buffer.concat(Array.from({ length: 100 }, () => frame));
  for (let sent = 0; sent < count; sent += 100) yield hundred;
}

function* continuations(): Generator<Buffer> {
  const payload = Buffer.alloc(16_000, 0x10);
  yield frameOf({ type: TYPE.headers, stream: 1, payload: callHeaders(GET) });
  for (let index = 0; index < 2_000; index++) {
    yield frameOf({ type: TYPE.continuation, stream: 1, payload });
  }
}

const ping = frameOf({ type: TYPE.ping, payload: Buffer.alloc(8) });

it.each([
  { what: "10,000 streams that are reset at once", pieces: () => resets(10_000) },
  { what: "headers that go on for 32 MB", pieces: () => continuations() },
  { what: "100,000 settings", pieces: () => repeated(frameOf({ type: TYPE.settings }), 100_000) },
  { what: "100,000 pings", pieces: () => repeated(ping, 100_000) },
])(
  "54: $what: the node serves others, and grows by no more than 100 MiB",
  async ({ pieces }) => {
    const before = await ground.rssBytes();
    const socket = await dial();
    const flooding = flood(socket, pieces());
    await serves();
    await flooding;
    await serves();
    expect((await ground.rssBytes()) - before).toBeLessThan(100 * MEBIBYTE);
    socket.destroy();
  },
  TIMEOUT_MS,
);

it(
  "54: a connection that resets its streams is given up before 10,000 of them",
  async () => {
    const socket = await dial();
    let said = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      said = Buffer.concat([said, chunk]);
    });
    await flood(socket, resets(10_000));
    await serves();
    // GOAWAY with ENHANCE_YOUR_CALM, or INTERNAL_ERROR before it, or no more than a closed socket.
    expect(goodbyesIn(said) > 0 || socket.destroyed).toBe(true);
    socket.destroy();
  },
  TIMEOUT_MS,
);

it(
  "54: streams whose answers may not be sent are limited to a hundred",
  async () => {
    const socket = await dial();
    const window = Buffer.from([0, 4, 0, 0, 0, 0]); // SETTINGS_INITIAL_WINDOW_SIZE: none.
    const frames = [frameOf({ type: TYPE.settings, payload: window })];
    for (let index = 0; index < 300; index++) {
      const stream = 2 * index + 1;
      const data = messageOf(field(1, Buffer.from("absent")));
      frames.push(
        frameOf({ type: TYPE.headers, flags: FLAG.endHeaders, stream, payload: callHeaders(GET) }),
        frameOf({ type: TYPE.data, flags: FLAG.endStream, stream, payload: data }),
      );
    }
    await flood(socket, frames);
    await serves();
    socket.destroy();
  },
  TIMEOUT_MS,
);

it("54, without the guard: HTTP/2 as Node.js offers it names no limit of streams", async () => {
  const server = createHttp2Server();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const theirs = await settingsOf((server.address() as AddressInfo).port);
  const ours = await settingsOf(ground.place().grpcPort);
  server.close();
  expect(theirs).toBe(0xffff_ffff);
  expect(ours).toBe(100);
});

async function settingsOf(port: number): Promise<number | undefined> {
  const session = connectHttp2(`http://127.0.0.1:${port}`);
  const [settings] = (await once(session, "remoteSettings")) as [{ maxConcurrentStreams?: number }];
  session.destroy();
  return settings.maxConcurrentStreams;
}

it.each([
  { what: "no protobuf", bytes: Buffer.from([0xff, 0xff, 0xff]), statuses: ["13"] },
  {
    what: "a length of 2 GiB inside",
    bytes: Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]),
    statuses: ["3", "13"],
  },
  { what: "no key", bytes: Buffer.alloc(0), statuses: ["3"] },
  { what: "a key that is no UTF-8", bytes: field(1, Buffer.from([0xff])), statuses: ["3"] },
  {
    what: "10,000 groups inside each other",
    bytes: Buffer.alloc(20_000, 0x7b),
    statuses: ["3", "13"],
  },
])("56: $what is refused with $statuses, and the node goes on", async ({ bytes, statuses }) => {
  const { status, text } = await call(PUT, messageOf(bytes));
  expect(statuses).toContain(status);
  expect(text).not.toMatch(/\bat \w|\.js:/);
  await serves();
});

it("56: a field that is not known is ignored, as proto3 has it", async () => {
  const message = Buffer.concat([field(1, Buffer.from("known")), field(15, Buffer.from("x"))]);
  expect((await call(GET, messageOf(message))).status).toBe("0");
});

it("after all this the nodes are the same, and know of no bug", () => {
  expect(ground.harm()).toEqual([]);
});

function goodbyesIn(said: Buffer): number {
  let count = 0;
  for (let at = 0; at + 9 <= said.length; at += 9 + said.readUIntBE(at, 3)) {
    if (said[at + 3] === TYPE.goaway) count++;
  }
  return count;
}
