/**
 * What a token is: 32 bytes of chance behind a mark by which scanners of leaked secrets know it.
 * The settings hold its SHA-256 alone, so that whoever reads them cannot use it.
 *
 * SHA-256 is enough because the token is random. A password of somebody's choice would want a slow
 * hash, which a request cannot pay for.
 */

import { createHash, randomBytes } from "node:crypto";

const MARK = "rkv_";
const TOKEN_BYTES = 32;

export function newToken(): string {
  return MARK + randomBytes(TOKEN_BYTES).toString("base64url");
}

export function digestOf(token: string): Buffer {
  return createHash("sha256").update(token, "utf8").digest();
}
