/**
 * A transport that holds every answer against the OpenAPI document. A scenario then also shows that
 * the document tells the truth about real nodes, in all the states that it brings them into.
 */

import { openApiDocument } from "@ringkv/api-http";
import { Conformance } from "@ringkv/testing";
import type { HttpAnswer, Transport } from "./http-transport.js";

/** Only bounds of requests depend on these, and answers are what is looked at. */
const ANY_NODE = { version: "0", replicaCount: 64, valueBytesMax: 1_048_576 };

const conformance = new Conformance(openApiDocument(ANY_NODE));

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
  const problems = conformance.problemsOf({ method, target, status, headers, body });
  if (problems.length > 0) throw new Error(`not as described: ${problems.join("\n")}`);
}
