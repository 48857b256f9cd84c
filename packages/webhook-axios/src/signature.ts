/**
 * The signature of a webhook, as https://www.standardwebhooks.com has it: HMAC-SHA256 over id, time
 * and body, so that a receiver can tell what was altered, what is old, and what it knows already.
 * Pure; the clock's reading is passed in.
 */

import { createHmac, timingSafeEqual } from "node:crypto";

export interface Signed {
  readonly id: string;
  readonly timestampSeconds: number;
  readonly body: string;
}

/** A receiver should not believe what is older, or from further ahead. */
export const TOLERANCE_SECONDS = 300;

/** `v1,` and the base64 of the HMAC: the header `webhook-signature`. */
export function signatureOf({ id, timestampSeconds, body }: Signed, secret: string): string {
  const hmac = createHmac("sha256", keyOf(secret));
  return `v1,${hmac.update(`${id}.${timestampSeconds}.${body}`).digest("base64")}`;
}

/** What a receiver does. The header may hold several signatures, divided by spaces. */
export function isGenuine(
  signed: Signed,
  signature: string,
  { secret, nowSeconds }: { readonly secret: string; readonly nowSeconds: number },
): boolean {
  if (Math.abs(nowSeconds - signed.timestampSeconds) > TOLERANCE_SECONDS) return false;
  const expected = digest(signatureOf(signed, secret));
  return signature.split(" ").some((one) => timingSafeEqual(digest(one), expected));
}

/** A secret in the standard's own form is base64 behind `whsec_`; any other is taken as it is. */
function keyOf(secret: string): Buffer {
  const encoded = /^whsec_([A-Za-z0-9+/=]+)$/.exec(secret)?.[1];
  return encoded === undefined ? Buffer.from(secret, "utf8") : Buffer.from(encoded, "base64");
}

/** Of equal length, whatever it is made of: so that comparing takes equally long. */
function digest(text: string): Buffer {
  return createHmac("sha256", "length").update(text).digest();
}
