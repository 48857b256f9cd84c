/** The scenarios on real processes and real Redis servers of this machine. */

import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";
import {
  LOCAL_CAPABILITIES,
  type LocalProcesses,
  openLocalProcesses,
} from "../harness/local-processes.js";
import { describeScenarios } from "./describe-scenarios.js";

// The stand-in forgets everything when it stops: what is about survival says nothing there.
const persists = chooseRedis([], process.env).kind === "server";

describeScenarios<LocalProcesses>({
  name: "local processes",
  capabilities: persists ? LOCAL_CAPABILITIES : [],
  open: openLocalProcesses,
  openTimeoutMs: 60_000,
  scenarioTimeoutMs: 90_000,
  onFailure: async (cluster) => {
    process.stderr.write(`${await cluster.lastLogs()}\n`);
  },
});
