/**
 * A transport that holds every answer against the OpenAPI document. A scenario then also shows that
 * the document tells the truth about real nodes, in all the states that it brings them into.
 */

import { misfitsOf } from "./described-answers.js";
import type { HttpAnswer, Transport } from "./http-transport.js";

export function checked(transport: Transport): Transport {
  return {
    async ask(request) {
      const answer = await transport.ask(request);
      refuseOdd(answer);
      return answer;
    },
    close: () => transport.close(),
  };
}

/** Not a `Refused`: nothing that waits for a node to come back may take it for that. */
function refuseOdd({ request, status, headers, body }: HttpAnswer): void {
  const { method, path: target } = request;
  const problems = misfitsOf({ method, target, status, headers, body });
  if (problems.length > 0) throw new Error(`not as described: ${problems.join("\n")}`);
}
