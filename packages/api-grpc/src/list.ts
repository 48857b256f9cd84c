/**
 * Keys in the order of their bytes, for as long as the client reads: page after page of the
 * engine's, each asked for when the one before is on its way.
 */

import type { ListedItem } from "@ringkv/engine";
import type { Lists } from "./engine-needs.js";
import { keyOf, prefixOf, quorumOf } from "./fields.js";
import type { Gate } from "./gate.js";
import type { ListItem } from "./generated/ringkv/v1/ListItem.js";
import type { ListRequest__Output } from "./generated/ringkv/v1/ListRequest.js";
import type { ListResponse } from "./generated/ringkv/v1/ListResponse.js";
import { setIf } from "./optional-field.js";
import type { StreamContext } from "./stream-call.js";

export interface ListDeps {
  readonly node: Lists;
  readonly options: { readonly replicaCount: number };
  readonly gate: Pick<Gate, "demandKey">;
}

/** As many as a page of HTTP has at most. One with values is shorter, by its bytes. */
const PAGE_KEYS_MAX = 1_000;

/** What is put into one message before the next one begins: at most one value beyond it. */
const MESSAGE_BYTES = 16 * 1_024;

export async function* list(
  { node, options, gate }: ListDeps,
  request: ListRequest__Output,
  { timeLeftMs, metadata }: StreamContext,
): AsyncGenerator<ListResponse> {
  const { values, limit } = request;
  const prefix = prefixOf(request.prefix);
  gate.demandKey(metadata, prefix);
  const r = quorumOf("r", request.r, options.replicaCount);
  let after = request.after === "" ? null : keyOf(request.after);
  let left = limit === 0 ? Number.POSITIVE_INFINITY : limit;
  while (left > 0) {
    const page = { prefix, after, limit: Math.min(left, PAGE_KEYS_MAX), values, r };
    const { items, next } = await node.list({ ...page, timeoutMs: timeLeftMs() });
    yield* messagesOf(items);
    if (next === null) return;
    left -= items.length;
    after = next;
  }
}

/** Many keys in one message, and few large values. */
function* messagesOf(items: readonly ListedItem[]): Generator<ListResponse> {
  let message: ListItem[] = [];
  let bytes = 0;
  for (const item of items) {
    message.push(itemOf(item));
    bytes += item.key.length + (item.record?.value.length ?? 0);
    if (bytes < MESSAGE_BYTES) continue;
    yield { items: message };
    message = [];
    bytes = 0;
  }
  if (message.length > 0) yield { items: message };
}

function itemOf({ key, version, record }: ListedItem): ListItem {
  if (record === null) return { key, version };
  const { value, contentType, expiresAtMs } = record;
  return { key, version, value, contentType, ...setIf("expiresAtMs", expiresAtMs) };
}
