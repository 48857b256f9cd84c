/** What a write answers, as both forms of address and every later door give it. */

import type { WriteReceipt } from "@ringkv/engine";
import type { Request, Response } from "express";
import { explainWrite } from "./explanation.js";
import { locationOf } from "./request-target.js";
import { sendText } from "./respond.js";

export interface Rendering {
  readonly kind: "put" | "delete";
  readonly explain: boolean;
}

export function sendReceipt(
  request: Request,
  response: Response,
  { receipt, kind, explain }: Rendering & { readonly receipt: WriteReceipt },
): void {
  const isNew = kind === "put" && !receipt.hadValue;
  const etag = kind === "put" ? ["ETag", `"${receipt.version}"`] : [];
  sendText(request, response, {
    status: isNew ? 201 : 200,
    headers: isNew ? [...etag, "Location", locationOf(receipt.key)] : etag,
    contentType: "application/json",
    body: receiptText(receipt, { kind, explain }),
  });
}

export function receiptText(receipt: WriteReceipt, { kind, explain }: Rendering): string {
  const { key, version, partition, primary, stored, standIns, w, hadValue } = receipt;
  const isPut = kind === "put";
  return JSON.stringify({
    key,
    version,
    partition,
    primary,
    stored,
    standIns,
    w,
    created: isPut ? !hadValue : undefined,
    existed: isPut ? undefined : hadValue,
    expiresAt: receipt.expiresAtMs ?? undefined,
    explain: explain ? explainWrite(receipt) : undefined,
  });
}
