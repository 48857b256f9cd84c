/** The Postman collection on real processes of this machine. */

import { openOwnStage, type Stage } from "../../scripts/postman/stage.mjs";
import { describeCollection } from "./describe-collection.js";

const OPEN_TIMEOUT_MS = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await openOwnStage();
}, OPEN_TIMEOUT_MS);
afterAll(async () => stage?.close(), OPEN_TIMEOUT_MS);

describeCollection({
  name: "local processes",
  environment: () => stage.environment,
  act: async (step) => stage.act?.(step),
});
