/** Against a real HTTP receiver, in all the moods that one can be in. */

import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { NodeId } from "@ringkv/core";
import { DeliveryFailure, type Message } from "@ringkv/engine";
import { isGenuine } from "./signature.js";
import { Webhook, type WebhookOptions } from "./webhook.js";

const TEST: Message = { kind: "test", id: "m-1", cluster: "ringkv", sender: "node1" as NodeId };
const SECRET = "a secret of ours";
const NOW_MS = 1_700_000_000_000;

interface Got {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let port: number;
const got: Got[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      got.push({ url: request.url ?? "", headers: request.headers, body });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
beforeEach(() => {
  got.length = 0;
  answer = (response) => void response.writeHead(204).end();
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function webhook(change: Partial<WebhookOptions> = {}): Webhook {
  return new Webhook({
    url: `http://127.0.0.1:${port}/hook`,
    secret: SECRET,
    clock: { wallMs: () => NOW_MS },
    allowPrivate: true,
    allowHttp: true,
    timeoutMs: 300,
    ...change,
  });
}

async function failure(hook: Webhook): Promise<DeliveryFailure> {
  const thrown: unknown = await hook.deliver(TEST).catch((it: unknown) => it);
  expect(thrown).toBeInstanceOf(DeliveryFailure);
  return thrown as DeliveryFailure;
}

it("posts the message as JSON, signed so that a receiver can tell", async () => {
  expect(await webhook().deliver(TEST)).toBe("HTTP 204");
  const [{ headers, body }] = got as [Got];
  expect(JSON.parse(body)).toEqual(TEST);
  expect(headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": "m-1",
    "webhook-timestamp": "1700000000",
  });
  const signed = { id: "m-1", timestampSeconds: 1_700_000_000, body };
  const at = { secret: SECRET, nowSeconds: 1_700_000_000 };
  expect(isGenuine(signed, String(headers["webhook-signature"]), at)).toBe(true);
  expect(JSON.stringify(headers)).not.toContain(SECRET);
});

it("does not sign without a secret", async () => {
  await webhook({ secret: null }).deliver(TEST);
  expect(got[0]?.headers["webhook-signature"]).toBe(undefined);
});

it.each`
  status | isPermanent | why
  ${500} | ${false}    | ${"it is broken"}
  ${429} | ${false}    | ${"it has enough"}
  ${404} | ${false}    | ${"it may be deployed later today"}
  ${302} | ${false}    | ${"nobody is followed anywhere"}
  ${410} | ${true}     | ${"it says that it is gone"}
`("fails on $status, for good: $isPermanent, $why", async ({ status, isPermanent }) => {
  answer = (response) => {
    response.writeHead(status, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
  };
  const thrown = await failure(webhook());
  expect(thrown).toMatchObject({ isPermanent, message: `HTTP ${status}` });
  expect(got.map(({ url }) => url)).toEqual(["/hook"]);
});

it.each`
  mood                  | behave
  ${"never answers"}    | ${() => {}}
  ${"drips its header"} | ${(response: ServerResponse) => response.writeProcessing()}
`("waits no longer than it may for one that $mood", async ({ behave }) => {
  answer = behave;
  expect((await failure(webhook())).message).toBe("no answer in time");
});

it("takes the status of an endless, packed body for an answer, and hangs up", async () => {
  let close = () => {};
  const isClosed = new Promise<void>((resolve) => {
    close = resolve;
  });
  answer = (response) => {
    response.on("close", close);
    response.writeHead(200, { "content-encoding": "gzip" });
    const pour = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on("drain", pour);
    pour();
  };
  expect(await webhook().deliver(TEST)).toBe("HTTP 200");
  await isClosed;
});

it("fails when nobody listens, and does not tell the URL", async () => {
  const thrown = await failure(webhook({ url: "http://127.0.0.1:65000/secret-path" }));
  expect(thrown.message).toBe("ECONNREFUSED");
});

it("connects to no address that its name has come to lead to and is not public", async () => {
  const hook = webhook({
    url: `http://rebound.example.org:${port}/hook`,
    allowPrivate: false,
    resolve: (_name, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]),
  });
  expect((await failure(hook)).message).toContain("not public");
  expect(got).toEqual([]);
});

it("connects to the address that was checked, whatever the name leads to next", async () => {
  let asked = 0;
  const hook = webhook({
    url: `http://pinned.example.org:${port}/hook`,
    resolve: (_name, callback) => {
      asked++;
      callback(null, [{ address: asked === 1 ? "127.0.0.1" : "192.0.2.1", family: 4 }]);
    },
  });
  expect(await hook.deliver(TEST)).toBe("HTTP 204");
  expect(asked).toBe(1);
});

it("is not made for a URL that may not be used", () => {
  expect(() => webhook({ url: "http://127.0.0.1/", allowPrivate: false })).toThrow("public");
});

it("uses no proxy that the environment names", async () => {
  const before = process.env["HTTP_PROXY"];
  process.env["HTTP_PROXY"] = "http://127.0.0.1:65000";
  try {
    expect(await webhook().deliver(TEST)).toBe("HTTP 204");
  } finally {
    if (before === undefined) delete process.env["HTTP_PROXY"];
    else process.env["HTTP_PROXY"] = before;
  }
});
