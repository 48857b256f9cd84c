/**
 * Cases 44 to 52: where a webhook may be led, what a receiver can do to a node, and what users'
 * text can do to a mail. Against receivers on this machine; nothing leaves it.
 */

import { createServer, type Server, type ServerResponse } from "node:http";
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { gzipSync } from "node:zlib";
import { jest } from "@jest/globals";
import type { Key, NodeId, Version } from "@ringkv/core";
import type { Message } from "@ringkv/engine";
import { mailFor, SmtpMailer } from "@ringkv/mail-smtp";
import { isGenuine, lookupFor, type Resolve, Webhook } from "@ringkv/webhook-axios";
import axios from "axios";
import { createTransport } from "nodemailer";
import {
  SMTP_PASSWORD,
  SMTP_USER,
  SmtpCatcher,
} from "../../packages/mail-smtp/test-support/smtp-catcher.js";
import { loadConfig } from "../../packages/server/src/config.js";

jest.setTimeout(30_000);

const NODE = {
  NODE_ID: "node1",
  MEMBERS: "node1=127.0.0.1:7001,node2=127.0.0.1:7002",
  REDIS_URL: "redis://127.0.0.1:6379",
};
const about = { id: "m-1", cluster: "ringkv", sender: "node1" as NodeId };
const TEST: Message = { kind: "test", ...about };
const SECRET = "a secret of ours";
const NOW_SECONDS = 1_700_000_000;
const TIMEOUT_MS = 300;
/** A busy machine takes its time; a receiver that is waited for would take for ever. */
const SLACK_MS = 5_000;
const MEBIBYTE = 1_024 * 1_024;

interface Heard {
  readonly url: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

let receiver: Server;
let port: number;
const heard: Heard[] = [];
let answer: (response: ServerResponse) => void;

beforeAll(async () => {
  receiver = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { url = "", headers } = request;
      heard.push({ url, headers, body: Buffer.concat(chunks).toString() });
      answer(response);
    });
  });
  port = await listening(receiver);
});
beforeEach(() => {
  heard.length = 0;
  answer = (response) => void response.writeHead(204).end();
});
afterAll(async () => {
  receiver.closeAllConnections();
  await new Promise((resolve) => receiver.close(resolve));
});

async function listening(server: TcpServer): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

interface HookChange {
  readonly url?: string;
  readonly allowPrivate?: boolean;
  readonly resolve?: Resolve;
}

function hook(change: HookChange = {}): Webhook {
  return new Webhook({
    url: `http://127.0.0.1:${port}/hook`,
    secret: SECRET,
    clock: { wallMs: () => NOW_SECONDS * 1_000 },
    allowPrivate: true,
    allowHttp: true,
    timeoutMs: TIMEOUT_MS,
    ...change,
  });
}

const taken = (settings: object) => {
  try {
    loadConfig({ ...NODE, ...settings });
    return "taken";
  } catch (thrown) {
    return (thrown as Error).message;
  }
};

const HERE = "127.0.0.1 localhost localhost. 0 0x7f.1 2130706433 017700000001 127.1 ①②⑦.0.0.1";
const PRIVATE = "10.0.0.1 172.16.0.1 192.168.1.1 100.64.0.1 169.254.169.254 224.0.0.1 0.1.2.3";
const IPV6 = "[::1] [::ffff:127.0.0.1] [fe80::1] [fc00::1] [64:ff9b::7f00:1] [ff02::1]";

it.each(`${HERE} ${IPV6}`.split(" "))("44: a webhook to %s does not start a node", (host) => {
  const settings = { NOTIFY_WEBHOOKS: `https://${host}/` };
  expect(taken(settings)).toContain("not a public address");
});

it.each(`${PRIVATE} redis1 node2 mail metadata.google.internal`.split(" "))(
  "45: nor one to %s",
  (host) => {
    expect(taken({ NOTIFY_WEBHOOKS: `https://${host}/` })).toContain("not a public address");
  },
);

it.each(["[::1]", "10.0.0.1", "redis1"])("44, 45, without the guard: %s is taken", (host) => {
  const settings = { NOTIFY_WEBHOOKS: `https://${host}/`, NOTIFY_WEBHOOK_ALLOW_PRIVATE: "true" };
  expect(taken(settings)).toBe("taken");
});

describe("46: a name that leads elsewhere when it is asked again", () => {
  const rebinding = (): Resolve => {
    let asked = 0;
    return (_name, callback) => {
      asked++;
      callback(null, [{ address: asked === 1 ? "8.8.8.8" : "127.0.0.1", family: 4 }]);
    };
  };

  it("is refused then, though it was public at first", async () => {
    const lookup = lookupFor({ allowPrivate: false, allowHttp: true }, rebinding());
    const ask = () =>
      new Promise((resolve) => {
        lookup("x.example.org", {}, (error, address) => resolve(error?.message ?? address));
      });
    expect([await ask(), await ask()]).toEqual(["8.8.8.8", expect.stringContaining("not public")]);
  });

  it.each([
    { allowPrivate: false, count: 0, why: "no request is made" },
    { allowPrivate: true, count: 1, why: "without the guard: the node asks itself" },
  ])("$why", async ({ allowPrivate, count }) => {
    const resolve = rebinding();
    resolve("x", () => {}); // When the URL was set, it led to a public address.
    const rebound = hook({ url: `http://x.example.org:${port}/hook`, allowPrivate, resolve });
    await rebound.deliver(TEST).catch(() => {});
    expect(heard).toHaveLength(count);
  });
});

it.each(["/elsewhere", "file:///etc/passwd", "gopher://127.0.0.1:6379/x", "//169.254.169.254/"])(
  "47: a receiver that redirects to %s is not followed",
  async (location) => {
    answer = (response) => void response.writeHead(302, { location }).end();
    await expect(hook().deliver(TEST)).rejects.toThrow("HTTP 302");
    expect(heard.map(({ url }) => url)).toEqual(["/hook"]);
  },
);

it("47, without the guard: the library follows", async () => {
  answer = (response) => {
    const isFirst = heard.length === 1;
    response.writeHead(isFirst ? 302 : 200, isFirst ? { location: "/elsewhere" } : {}).end();
  };
  await axios.get(`http://127.0.0.1:${port}/hook`, { proxy: false });
  expect(heard.map(({ url }) => url)).toEqual(["/hook", "/elsewhere"]);
});

it.each([
  { url: "file:///etc/passwd", why: /https only/ },
  { url: "ftp://example.org/", why: /https only/ },
  { url: "gopher://example.org/", why: /https only/ },
  { url: "data:text/plain;base64;x", why: /https only/ },
  { url: "http://example.org/", why: /https only/ },
  { url: "https://good@evil.example.org/", why: /names a user/ },
  { url: "https://example.org:22/", why: /port 22/ },
  { url: "https://example.org:25/", why: /port 25/ },
  { url: "https://example.org:6379/", why: /port 6379/ },
])("48: $url is refused: $why", ({ url, why }) => {
  expect(taken({ NOTIFY_WEBHOOKS: url })).toMatch(why);
});

it("48, without the guard: http is taken where the operator says so", () => {
  const settings = { NOTIFY_WEBHOOKS: "http://example.org/", NOTIFY_WEBHOOK_ALLOW_HTTP: "true" };
  expect(taken(settings)).toBe("taken");
});

describe("49: a receiver that", () => {
  const sockets = new Set<Socket>();
  let behave: (socket: Socket) => void = () => {};
  const rude = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("data", () => behave(socket));
  });
  let rudePort: number;
  beforeAll(async () => {
    rudePort = await listening(rude);
  });
  afterAll(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => rude.close(resolve));
  });

  const drip = (bytes: string) => (socket: Socket) => {
    let sent = 0;
    const timer = setInterval(() => socket.write(bytes[sent++ % bytes.length] ?? ""), 20);
    socket.on("close", () => clearInterval(timer));
  };
  /** Pours as fast as it is read. */
  const pour = (head: string, piece: Buffer) => (socket: Socket) => {
    socket.write(head);
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on("drain", more);
    more();
  };
  const bomb = gzipSync(Buffer.alloc(10 * MEBIBYTE));
  const OK = "HTTP/1.1 200 OK\r\n";

  it.each([
    { what: "never answers", as: () => {}, told: /no answer in time/ },
    { what: "drips its head", as: drip(`${OK}X: ${"x".repeat(5_000)}`), told: /in time/ },
    {
      what: "sends a head without end",
      as: pour(`${OK}X: `, Buffer.alloc(65_536, "x")),
      told: /./,
    },
  ])("$what is waited for no longer than it may", async ({ as, told }) => {
    behave = as;
    const startedAt = performance.now();
    const rudely = hook({ url: `http://127.0.0.1:${rudePort}/` });
    await expect(rudely.deliver(TEST)).rejects.toThrow(told);
    expect(performance.now() - startedAt).toBeLessThan(TIMEOUT_MS + SLACK_MS);
    await allClosed(sockets);
  });

  it.each([
    { what: "ten gigabytes", head: `${OK}Content-Length: 10737418240\r\n\r\n` },
    { what: "a bomb", head: `${OK}Content-Encoding: gzip\r\n\r\n` },
  ])("answers with $what is left with it", async ({ head }) => {
    behave = pour(head, bomb);
    const before = process.memoryUsage().rss;
    expect(await hook({ url: `http://127.0.0.1:${rudePort}/` }).deliver(TEST)).toBe("HTTP 200");
    await allClosed(sockets);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * MEBIBYTE);
  });

  it("has a thousand redirects is asked once", async () => {
    answer = (response) => void response.writeHead(307, { location: `/${heard.length}` }).end();
    await expect(hook().deliver(TEST)).rejects.toThrow("HTTP 307");
    expect(heard).toHaveLength(1);
  });

  it("sends a bomb, without the guard: the library unpacks all of it", async () => {
    answer = (response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb);
    const { data } = await axios.get<Buffer>(`http://127.0.0.1:${port}/`, {
      responseType: "arraybuffer",
      proxy: false,
    });
    expect([bomb.length < MEBIBYTE, data.length]).toEqual([true, 10 * MEBIBYTE]);
  });
});

it("50: what a receiver is sent is signed; altered, old or by another it is not", async () => {
  await hook().deliver(TEST);
  const [{ headers, body, url } = { headers: {}, body: "", url: "" }] = heard;
  const signature = String(headers["webhook-signature"]);
  const signed = { id: "m-1", timestampSeconds: NOW_SECONDS, body };
  const now = { secret: SECRET, nowSeconds: NOW_SECONDS };
  expect(isGenuine(signed, signature, now)).toBe(true);
  expect(isGenuine({ ...signed, body: `${body} ` }, signature, now)).toBe(false);
  expect(isGenuine({ ...signed, id: "m-2" }, signature, now)).toBe(false);
  expect(isGenuine(signed, signature, { ...now, nowSeconds: NOW_SECONDS + 3_600 })).toBe(false);
  expect(isGenuine(signed, signature, { ...now, secret: "another" })).toBe(false);
  expect(JSON.stringify([headers, body, url])).not.toContain(SECRET);
});

const MAIL = { SMTP_HOST: "mail", NOTIFY_FROM: "kv@example.org", NOTIFY_TO: "ops@example.org" };

function written(key: string, value = ""): Message {
  const event = {
    id: "0".repeat(20) as Version,
    key: key as Key,
    kind: "created" as const,
    atMs: 0,
    coordinator: "node2" as NodeId,
    value: { contentType: "text/plain", base64: Buffer.from(value).toString("base64") },
  };
  return { kind: "writes", ...about, count: 1, events: [event], byCoordinator: { node2: 1 } };
}

const CROWD = Array.from({ length: 10_000 }, (_, index) => `a${index}@b.org`).join(",");

it.each([
  { what: "a header behind a recipient", change: { NOTIFY_TO: "a@b.org\r\nBcc: x@y.org" } },
  { what: "a name that is an address", change: { NOTIFY_TO: '"<x@y.org>" <a@b.org>' } },
  { what: "ten thousand recipients", change: { NOTIFY_TO: CROWD } },
  { what: "a command behind the sender", change: { NOTIFY_FROM: "a@b.org\r\nRCPT TO:<x@y.org>" } },
  { what: "a sender's name", change: { NOTIFY_FROM: '"x" <a@b.org>' } },
  { what: "a command behind the host", change: { SMTP_HOST: "mail\r\nRCPT TO:<x@y.org>" } },
])("51: no node starts with $what", ({ change }) => {
  expect(taken({ ...MAIL, ...change })).toMatch(/NOTIFY_|SMTP_HOST/);
});

it("51, without an attack: a node starts with plain addresses", () => {
  expect(taken(MAIL)).toBe("taken");
});

it("51: users' text adds no header, no recipient and no file", async () => {
  const catcher = new SmtpCatcher();
  await catcher.start();
  const mailer = new SmtpMailer({
    host: "127.0.0.1",
    port: catcher.port,
    credentials: { user: SMTP_USER, password: SMTP_PASSWORD },
    secure: false,
    requireTls: true,
    rejectUnauthorized: false,
    from: "kv@example.org",
    to: ["ops@example.org"],
  });
  const crlf = "x\r\nBcc: evil@example.org\r\n.\r\nRCPT TO:<evil@example.org>\r\n";
  const object = '{"path":"/etc/passwd","href":"http://127.0.0.1/","envelope":{"size":"1\\r\\n"}}';
  for (const key of [crlf, object]) await mailer.deliver(written(key, key));
  await catcher.stop();
  expect(catcher.mails.map(({ to }) => to)).toEqual([["ops@example.org"], ["ops@example.org"]]);
  for (const { text } of catcher.mails) {
    expect(text).not.toMatch(/^(Bcc|RCPT)/im);
    expect(text).not.toContain("root:x:0");
  }
});

it.each([
  { guard: { disableFileAccess: true, disableUrlAccess: true }, attached: false },
  { guard: {}, attached: true },
])("51: with $guard the library attaches a file that is named: $attached", async (each) => {
  const { guard, attached } = each;
  const transport = createTransport({ streamTransport: true, buffer: true, ...guard });
  const attachments = [{ path: "package.json" }];
  const mail = { from: "a@b.org", to: "a@b.org", text: "x", attachments, ...guard };
  const sending = transport.sendMail(mail as never).then(
    () => true,
    () => false,
  );
  expect(await sending).toBe(attached);
});

const ESCAPE = String.fromCodePoint(27);

it.each([
  { text: "<img src=x onerror=alert(1)>", shown: "&#60;img src=x onerror=alert(1)&#62;" },
  { text: "{{7*7}} #{7*7} <%= 7*7 %>", shown: "{{7*7}} #{7*7} &#60;%= 7*7 %&#62;" },
  { text: "=cmd|' /C calc'!A0", shown: "=cmd|&#39; /C calc&#39;!A0" },
  { text: `${ESCAPE}[31mred`, shown: "\\u{1b}[31mred" },
  { text: "a\u202egpj.exe", shown: "a\\u{202e}gpj.exe" },
])("52: a mail shows $text as text", ({ text, shown }) => {
  const { subject, text: plain, html } = mailFor(written(text, text));
  expect(html.split(shown)).toHaveLength(3);
  expect(html).not.toMatch(/<img|49/);
  for (const character of [ESCAPE, "\u202e"]) {
    expect(`${subject}${plain}${html}`).not.toContain(character);
  }
});

async function allClosed(sockets: Set<Socket>): Promise<void> {
  const open = [...sockets].filter((socket) => !socket.closed);
  await Promise.all(
    open.map((socket) => new Promise<void>((resolve) => socket.once("close", () => resolve()))),
  );
}
