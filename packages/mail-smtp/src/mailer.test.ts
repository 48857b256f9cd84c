/** Against a real SMTP server with STARTTLS and a password. */

import { type AddressInfo, createServer, type Server } from "node:net";
import type { Key, NodeId, Version } from "@ringkv/core";
import { DeliveryFailure, type Message } from "@ringkv/engine";
import { SMTP_PASSWORD, SMTP_USER, SmtpCatcher } from "../test-support/smtp-catcher.js";
import { SmtpMailer, type SmtpOptions } from "./mailer.js";

const about = { id: "mail-writes-1-1", cluster: "ringkv", sender: "node1" as NodeId };
const TEST: Message = { kind: "test", ...about };

let catcher: SmtpCatcher;
beforeAll(async () => {
  catcher = new SmtpCatcher();
  await catcher.start();
});
beforeEach(() => {
  catcher.mails.length = 0;
  catcher.refusal = null;
  catcher.unknown.clear();
});
afterAll(() => catcher.stop());

function mailer(change: Partial<SmtpOptions> = {}): SmtpMailer {
  return new SmtpMailer({
    host: "127.0.0.1",
    port: catcher.port,
    credentials: { user: SMTP_USER, password: SMTP_PASSWORD },
    secure: false,
    requireTls: true,
    rejectUnauthorized: false,
    from: "ringkv@example.org",
    to: ["a@example.org", "b@example.org"],
    ...change,
  });
}

async function failure(change: Partial<SmtpOptions> = {}): Promise<DeliveryFailure> {
  const thrown: unknown = await mailer(change)
    .deliver(TEST)
    .catch((it: unknown) => it);
  expect(thrown).toBeInstanceOf(DeliveryFailure);
  return thrown as DeliveryFailure;
}

it("sends one mail to all, encrypted and with the password, and tells the answer", async () => {
  expect(await mailer().deliver(TEST)).toBe("250 taken as 1");
  expect(catcher.mails).toEqual([
    {
      from: "ringkv@example.org",
      to: ["a@example.org", "b@example.org"],
      subject: "[ringkv] test message",
      messageId: "<mail-writes-1-1@node1.ringkv>",
      text: expect.stringContaining("sent by node1"),
      isEncrypted: true,
      user: SMTP_USER,
    },
  ]);
});

it("sends hostile keys without a header or a recipient more", async () => {
  const key = "x\r\nBcc: evil@example.org\r\n\r\n.\r\nRCPT TO:<evil@example.org>" as Key;
  const id = "0".repeat(20) as Version;
  const coordinator = "node2" as NodeId;
  await mailer().deliver({
    kind: "writes",
    ...about,
    count: 1,
    events: [{ id, key, kind: "created", atMs: 0, coordinator }],
    byCoordinator: { node2: 1 },
  });
  const [mail] = catcher.mails;
  expect(mail?.to).toEqual(["a@example.org", "b@example.org"]);
  expect(mail?.text).not.toMatch(/^Bcc:/im);
  expect(mail?.subject).toContain("x\\u{d}\\u{a}Bcc: evil@example.org");
});

it.each`
  change                                                     | isPermanent | why
  ${{ credentials: { user: SMTP_USER, password: "wrong" } }} | ${false}    | ${"the password is wrong"}
  ${{ credentials: null }}                                   | ${false}    | ${"the server wants one"}
  ${{ rejectUnauthorized: true }}                            | ${false}    | ${"nobody vouches for its certificate"}
  ${{ secure: true }}                                        | ${false}    | ${"it does not begin with TLS"}
  ${{ port: 1 }}                                             | ${false}    | ${"nobody listens"}
`("fails, to be tried again, when $why", async ({ change, isPermanent }) => {
  const thrown = await failure(change);
  expect(thrown.isPermanent).toBe(isPermanent);
  expect(thrown.message).not.toContain(SMTP_PASSWORD);
  expect(catcher.mails).toEqual([]);
});

it.each`
  code   | isPermanent | why
  ${554} | ${true}     | ${"for good"}
  ${451} | ${false}    | ${"for now"}
`("tells a refusal $why ($code) from the other kind", async ({ code, isPermanent }) => {
  catcher.refusal = { responseCode: code, message: "not today" };
  expect((await failure()).isPermanent).toBe(isPermanent);
});

it("counts a mail as sent that one of two recipients gets, and says who does not", async () => {
  catcher.unknown.add("b@example.org");
  expect(await mailer().deliver(TEST)).toBe("250 taken as 1; refused for 1 of 2");
  catcher.unknown.add("a@example.org");
  expect((await failure()).isPermanent).toBe(true);
});

it("sends nothing in the clear to a server without encryption", async () => {
  const plain = new SmtpCatcher({ disabledCommands: ["STARTTLS"], authOptional: true });
  await plain.start();
  await failure({ port: plain.port, credentials: null });
  expect(plain.mails).toEqual([]);
  await mailer({ port: plain.port, credentials: null, requireTls: false }).deliver(TEST);
  expect(plain.mails).toHaveLength(1);
  await plain.stop();
});

it("gives up on a server that greets nobody", async () => {
  const silent: Server = createServer((socket) => socket.on("error", () => {}));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  const { port } = silent.address() as AddressInfo;
  expect((await failure({ port, stepMs: 100 })).isPermanent).toBe(false);
  await new Promise((resolve) => silent.close(resolve));
});
