/**
 * The scenarios and the Postman collection on containers: the image and the compose file that users
 * run. They share the containers, which take longer to start than most scenarios. Needs Docker.
 */

import {
  COMPOSE_CAPABILITIES,
  type DockerCompose,
  openDockerCompose,
} from "../harness/docker-compose.js";
import { describeCollection } from "../postman/describe-collection.js";
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
  describeMore: (cluster) =>
    describeCollection({
      name: "docker-compose",
      environment: () => [...cluster().urls].map(([key, value]) => ({ key, value })),
      act: ({ action, node }) => cluster()[action](node),
    }),
});
