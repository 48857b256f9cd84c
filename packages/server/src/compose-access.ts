/** Who may come in, put together: the tokens, and the file that they are read from again. */

import { Access } from "@ringkv/access";
import type { Clock, Log } from "@ringkv/engine";
import { tokensIn } from "./access-config.js";
import type { Config } from "./config.js";
import { TokenFile } from "./token-file.js";

export interface ComposedAccess {
  /** Null: no tokens are set. */
  readonly access: Access | null;
  /** Null: they stand in no file. */
  readonly tokenFile: TokenFile | null;
}

export function composeAccess(
  config: Config,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): ComposedAccess {
  const entries = tokensIn(config);
  if (entries === null) return { access: null, tokenFile: null };
  const onClosed = (address: string) => {
    log.warn({ address }, "too many wrong tokens: this address waits");
  };
  const access = new Access(entries, clock, onClosed);
  const path = config.API_TOKENS_FILE?.path ?? null;
  return { access, tokenFile: path === null ? null : new TokenFile({ path, access, clock, log }) };
}
