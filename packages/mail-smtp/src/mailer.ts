/**
 * `Notifier` on SMTP: one connection for each mail, a bound on each step and on the whole.
 *
 * Sender and recipients are the operator's, and were checked before they came here; from users
 * comes text only. nodemailer reads no file and no URL.
 */

import { DeliveryFailure, type Message, type Notifier } from "@ringkv/engine";
import { createTransport } from "nodemailer";
import { mailFor } from "./templates.js";

export interface SmtpOptions {
  readonly host: string;
  readonly port: number;
  /** Null: the server is not told who we are. */
  readonly credentials: { readonly user: string; readonly password: string } | null;
  /** TLS from the first byte on, as on port 465. */
  readonly secure: boolean;
  /** Nothing is sent before the connection is encrypted; a server without STARTTLS is refused. */
  readonly requireTls: boolean;
  /** Whether the server's certificate must be one that this machine trusts. */
  readonly rejectUnauthorized: boolean;
  readonly from: string;
  readonly to: readonly string[];
  /** How long the server may be silent. */
  readonly stepMs?: number;
}

const STEP_MS = 10_000;
/** A server that answers drop by drop is not waited for longer. */
const WHOLE_MS = 30_000;
const RESPONSE_BYTES_MAX = 64 * 1024;
const ANSWER_MAX = 300;

export class SmtpMailer implements Notifier {
  readonly #options: SmtpOptions;

  constructor(options: SmtpOptions) {
    this.#options = options;
  }

  async deliver(message: Message): Promise<string> {
    const { from, to } = this.#options;
    const transport = this.#connect();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error("the server took too long")), WHOLE_MS);
    });
    try {
      const sending = transport.sendMail({
        from,
        to: [...to],
        ...mailFor(message),
        messageId: `<${message.id}@${message.sender}.${message.cluster}>`,
        headers: { "Auto-Submitted": "auto-generated" },
        disableFileAccess: true,
        disableUrlAccess: true,
      });
      const { response, rejected } = await Promise.race([sending, late]);
      const refused = rejected.length > 0 ? `; refused for ${rejected.length} of ${to.length}` : "";
      return `${response}${refused}`.slice(0, ANSWER_MAX);
    } catch (thrown) {
      throw failureOf(thrown);
    } finally {
      clearTimeout(timer);
      transport.close();
    }
  }

  #connect() {
    const { host, port, secure, requireTls, rejectUnauthorized, credentials } = this.#options;
    const { stepMs = STEP_MS } = this.#options;
    return createTransport({
      host,
      port,
      secure,
      requireTLS: requireTls,
      tls: { rejectUnauthorized, minVersion: "TLSv1.2" },
      ...(credentials && { auth: { user: credentials.user, pass: credentials.password } }),
      connectionTimeout: stepMs,
      greetingTimeout: stepMs,
      socketTimeout: stepMs,
      dnsTimeout: stepMs,
      maxResponseSize: RESPONSE_BYTES_MAX,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }
}

/** Said of this mail, but meant for whoever sends it. */
const OF_LOGIN: ReadonlySet<unknown> = new Set([530, 534, 535, 538]);

/**
 * A refusal for good is one of this mail or of these recipients. A wrong password is not: its
 * operator may find out within the day.
 */
function failureOf(thrown: unknown): DeliveryFailure {
  const { code, responseCode, message } = thrown as {
    readonly code?: unknown;
    readonly responseCode?: unknown;
    readonly message?: unknown;
  };
  const isRefused = code === "EENVELOPE" || code === "EMESSAGE";
  const isPermanent = isRefused && Number(responseCode) >= 500 && !OF_LOGIN.has(responseCode);
  return new DeliveryFailure(String(message).slice(0, ANSWER_MAX), { isPermanent });
}
