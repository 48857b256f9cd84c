/** Asks for a token, where the node wants one. It is given on and not kept here. */

import { useState } from "preact/hooks";
import { isSendable } from "./credential.js";
import { onSubmit } from "./form-fields.js";
import type { Lock } from "./page-state.js";

interface TokenAskProps {
  readonly lock: Lock;
  readonly onToken: (token: string) => void;
}

const SENTENCES: Readonly<Record<Lock, string>> = {
  wanted: "It is kept in this page's memory only: loading the page again asks again.",
  refused: "That one does not hold here, or may not see the cluster. It needs the scope read.",
};

export function TokenAsk({ lock, onToken }: TokenAskProps) {
  const [isOdd, setOdd] = useState(false);
  const send = onSubmit(async (field) => {
    const token = field("token").trim();
    setOdd(!isSendable(token));
    if (isSendable(token)) onToken(token);
  });
  return (
    <form class="panel token-ask" onSubmit={send}>
      <h2>A token, please</h2>
      <p role="status">{isOdd ? "A token has no spaces in it." : SENTENCES[lock]}</p>
      <label>
        Token
        <input name="token" type="password" autocomplete="off" required autofocus />
      </label>
      <button type="submit">Enter</button>
    </form>
  );
}
