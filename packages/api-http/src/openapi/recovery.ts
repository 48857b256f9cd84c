/** `POST /restore`. */

import { recoveryStartedSchema } from "../status-schemas.js";
import { COUNTED, json, type Operation } from "./operation.js";

export function recovery(): Operation[] {
  return [
    {
      method: "post",
      path: "/restore",
      tag: "recovery",
      summary: "Recover from the other nodes, as at the start",
      description:
        "Without a body. This node compares itself with all members, pulls what it lacks, and " +
        "serves no reads of its own copies meanwhile. A second request while that goes on " +
        "changes nothing. A body, which would be a snapshot, is 501: there are none yet.",
      answers: {
        202: {
          description: "It has begun, or goes on; how far it is stands on `/status`.",
          content: json(recoveryStartedSchema),
        },
      },
      problems: [...COUNTED, "not_supported"],
    },
  ];
}
