/**
 * `Notifier` by HTTP: one POST of JSON for each message, signed, to an address that was checked.
 *
 * The answer's status is all that is read: no body, no redirect, nothing unpacked, and no longer
 * than a few seconds in all, however slowly the receiver speaks.
 */

import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Readable } from "node:stream";
import { type Clock, DeliveryFailure, type Message, type Notifier } from "@ringkv/engine";
import axios from "axios";
import { signatureOf } from "./signature.js";
import { lookupFor, type Resolve, type TargetRules, targetOf } from "./target.js";

export interface WebhookOptions extends TargetRules {
  readonly url: string;
  /** Null: not signed. */
  readonly secret: string | null;
  readonly clock: Pick<Clock, "wallMs">;
  readonly timeoutMs?: number;
  /** How names are resolved; by the system. */
  readonly resolve?: Resolve;
}

const TIMEOUT_MS = 5_000;
const GONE = 410;

export class Webhook implements Notifier {
  readonly #options: WebhookOptions;
  readonly #url: URL;
  readonly #agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };

  /** Throws `TargetRefused` when the URL may not be used. */
  constructor(options: WebhookOptions) {
    this.#options = options;
    this.#url = targetOf(options.url, options);
    const connecting = { lookup: lookupFor(options, options.resolve), keepAlive: false };
    this.#agents = {
      httpAgent: new HttpAgent({ ...connecting }),
      httpsAgent: new HttpsAgent({ ...connecting }),
    };
  }

  async deliver(message: Message): Promise<string> {
    const status = await this.#post(message).catch((thrown: unknown) => {
      throw new DeliveryFailure(reasonFor(thrown), { isPermanent: false });
    });
    const answer = `HTTP ${status}`;
    if (status >= 200 && status < 300) return answer;
    throw new DeliveryFailure(answer, { isPermanent: status === GONE });
  }

  async #post(message: Message): Promise<number> {
    const { secret, clock, timeoutMs = TIMEOUT_MS } = this.#options;
    const body = JSON.stringify(message);
    const timestampSeconds = Math.floor(clock.wallMs() / 1_000);
    const signature =
      secret === null
        ? {}
        : { "webhook-signature": signatureOf({ id: message.id, timestampSeconds, body }, secret) };
    const { status, data } = await axios.post<Readable>(this.#url.href, Buffer.from(body), {
      ...this.#agents,
      adapter: "http",
      headers: {
        "Content-Type": "application/json",
        "User-Agent": "ringkv",
        "webhook-id": message.id,
        "webhook-timestamp": `${timestampSeconds}`,
        ...signature,
      },
      timeout: timeoutMs,
      signal: AbortSignal.timeout(timeoutMs),
      maxRedirects: 0,
      proxy: false,
      decompress: false,
      responseType: "stream",
      validateStatus: () => true,
    });
    data.destroy();
    return status;
  }
}

/** One line without the URL: a path may hold a secret. */
function reasonFor(thrown: unknown): string {
  const { code, cause, message } = thrown as {
    readonly code?: unknown;
    readonly cause?: { readonly name?: unknown; readonly message?: unknown };
    readonly message?: unknown;
  };
  if (cause?.name === "TargetRefused") return String(cause.message);
  if (code === "ERR_CANCELED" || code === "ECONNABORTED") return "no answer in time";
  return typeof code === "string" ? code : String(message).slice(0, 100);
}
