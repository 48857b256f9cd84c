/**
 * The scenarios, the Postman collection, and what somebody could do who has broken in, on the image
 * and the compose file that users run. They share the containers, which take longer to start than
 * most scenarios. Needs Docker.
 */

import {
  COMPOSE_CAPABILITIES,
  type DockerCompose,
  openDockerCompose,
} from "../harness/docker-compose.js";
import { describeCollection } from "../postman/describe-collection.js";
import { describeScenarios } from "../scenarios/describe-scenarios.js";
import { describeHardening } from "./hardening.js";
import { describeSecrets } from "./secrets.js";

describeScenarios<DockerCompose>({
  name: "docker-compose",
  capabilities: COMPOSE_CAPABILITIES,
  open: openDockerCompose,
  openTimeoutMs: 600_000, // The first build installs every package.
  scenarioTimeoutMs: 120_000,
  onFailure: async (cluster) => {
    process.stderr.write(`${await cluster.lastLogs()}\n`);
  },
  describeMore: (cluster) => {
    describeHardening(cluster);
    describeSecrets();
    describeCollection({
      name: "docker-compose",
      environment: () => [...cluster().urls].map(([key, value]) => ({ key, value })),
      hasMail: false,
      act: ({ action, node }) => cluster()[action](node),
    });
  },
});
