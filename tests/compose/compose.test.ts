/** The scenarios on containers: the image and the compose file that users run. Needs Docker. */

import {
  COMPOSE_CAPABILITIES,
  type DockerCompose,
  openDockerCompose,
} from "../harness/docker-compose.js";
import { describeScenarios } from "../scenarios/describe-scenarios.js";

describeScenarios<DockerCompose>({
  name: "docker-compose",
  capabilities: COMPOSE_CAPABILITIES,
  open: openDockerCompose,
  openTimeoutMs: 600_000, // The first build installs every package.
  scenarioTimeoutMs: 120_000,
  onFailure: async (cluster) => {
    process.stderr.write(`${await cluster.lastLogs()}\n`);
  },
});
