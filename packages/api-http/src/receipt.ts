/** What a write answers, as both forms of address and every later door give it. */

import type { WriteReceipt } from "@ringkv/engine";
import type { Request, Response } from "express";
import { explainWrite } from "./explanation.js";
import type { deleteReceiptSchema, putReceiptSchema } from "./receipt-schema.js";
import { locationOf } from "./request-target.js";
import { sendText } from "./respond.js";
import type { Sent } from "./sent.js";

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
  const explanation = explain ? explainWrite(receipt) : undefined;
  const place = { key, version, partition, primary, stored, standIns, w };
  const answer: Sent<typeof putReceiptSchema> | Sent<typeof deleteReceiptSchema> =
    kind === "put"
      ? {
          ...place,
          created: !hadValue,
          expiresAt: receipt.expiresAtMs ?? undefined,
          explain: explanation,
        }
      : { ...place, existed: hadValue, explain: explanation };
  return JSON.stringify(answer);
}
