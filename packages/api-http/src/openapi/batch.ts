/** `POST /kv/batch`: promised, and refused until it exists. */

import type { Operation } from "./operation.js";

export function batch(): Operation[] {
  return [
    {
      method: "post",
      path: "/kv/batch",
      tag: "json",
      summary: "Many operations in one request",
      description: "Not implemented yet. A key named `batch` is reached by the other methods.",
      answers: {},
      problems: ["not_supported"],
    },
  ];
}
