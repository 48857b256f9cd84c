/**
 * A real SMTP server on this machine that keeps what it is sent: with STARTTLS and a password, as a
 * provider's has, and with the moods that a provider's has too.
 */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export interface CaughtMail {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly messageId: string;
  /** Everything, with the transfer encoding undone. */
  readonly text: string;
  readonly isEncrypted: boolean;
  readonly user: string | null;
}

export const SMTP_USER = "ringkv";
export const SMTP_PASSWORD = "correct horse";

export class SmtpCatcher {
  readonly mails: CaughtMail[] = [];
  /** Answers with this instead of taking the mail. */
  refusal: { readonly responseCode: number; readonly message: string } | null = null;
  /** Recipients that it does not know. */
  readonly unknown = new Set<string>();
  readonly #options: SMTPServerOptions;
  #server: SMTPServer | null = null;
  #port = 0;
  #wake: () => void = () => {};

  constructor(options: SMTPServerOptions = {}) {
    this.#options = options;
  }

  get port(): number {
    return this.#port;
  }

  /** Starts it, again on the same port. */
  async start(): Promise<void> {
    const server = new SMTPServer({
      authOptional: false,
      logger: false,
      closeTimeout: 100,
      onAuth: ({ username, password }, _session, callback) => {
        const isRight = username === SMTP_USER && password === SMTP_PASSWORD;
        if (isRight) callback(null, { user: username });
        else callback(new Error("wrong password"));
      },
      onRcptTo: ({ address }, _session, callback) => {
        const error = Object.assign(new Error("no such user"), { responseCode: 550 });
        callback(this.unknown.has(address) ? error : null);
      },
      onData: (stream, session, callback) => {
        const chunks: Buffer[] = [];
        stream.on("data", (chunk: Buffer) => chunks.push(chunk));
        stream.on("end", () => {
          const { refusal } = this;
          if (refusal !== null) {
            callback(Object.assign(new Error(refusal.message), refusal));
            return;
          }
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            ...parsed(Buffer.concat(chunks)),
            from: mailFrom === false ? "" : mailFrom.address,
            to: rcptTo.map(({ address }) => address),
            isEncrypted: session.secure,
            user: typeof session.user === "string" ? session.user : null,
          });
          callback(null, `taken as ${this.mails.length}`);
          this.#wake();
        });
      },
      ...this.#options,
    });
    server.on("error", () => {}); // A client that breaks off is no failure of the test.
    server.listen(this.#port, "127.0.0.1");
    await once(server.server, "listening");
    this.#port = (server.server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }

  /** Resolves when the mails so far are as wanted. */
  async until(wanted: (mails: readonly CaughtMail[]) => boolean): Promise<void> {
    while (!wanted(this.mails)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}

function parsed(raw: Buffer): Pick<CaughtMail, "subject" | "messageId" | "text"> {
  const whole = raw.toString("utf8");
  const text = whole
    .replaceAll(/=\r\n/g, "")
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
  const unfolded = whole.replaceAll(/\r\n[ \t]+/g, " ");
  const header = (name: string) =>
    new RegExp(`^${name}: (.*)$`, "im").exec(unfolded)?.[1]?.trim() ?? "";
  return { subject: header("Subject"), messageId: header("Message-ID"), text };
}
