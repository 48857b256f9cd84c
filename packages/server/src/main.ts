/** The process: settings in, a serving node out, and a clean end. */

import { config as readDotenv } from "dotenv";
import { pino } from "pino";
import { warningsIn } from "./access-config.js";
import { compose } from "./compose.js";
import { type Config, loadConfig } from "./config.js";
import { Lifecycle } from "./lifecycle.js";

/** sysexits.h: what no restart will mend. */
const EX_CONFIG = 78;

readDotenv({ quiet: true });
let config: Config;
try {
  config = loadConfig();
} catch (thrown) {
  process.stderr.write(`${(thrown as Error).message}\n`);
  process.exit(EX_CONFIG);
}

const log = pino({ level: config.LOG_LEVEL, base: { node: config.NODE_ID } });
for (const warning of warningsIn(config)) log.warn(warning);
const drain = () => void lifecycle.drain().then(() => process.exit(0));
const lifecycle = new Lifecycle(await compose(config, log, drain), { config, log });
const leave = () => void lifecycle.stop().then(() => process.exit(0));
for (const event of ["SIGTERM", "SIGINT", "disconnect"] as const) process.on(event, leave);

lifecycle.start().catch(async (thrown: unknown) => {
  log.fatal({ err: thrown }, "cannot start");
  await lifecycle.stop();
  process.exit(isForeignStore(thrown) ? EX_CONFIG : 1);
});

function isForeignStore(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === "ForeignStore";
}
