/**
 * Stands in for a node in the tests of the launcher: it answers the health routes, shows its
 * environment, and while it leaves asks its Redis once more, which proves the order of the end.
 */

import { createServer } from "node:http";
import { askRedis } from "../../scripts/launcher/probes.mjs";

const { NODE_ID, HTTP_PORT, REDIS_URL, STUB_FAILS, STUB_HANGS } = process.env;

/** @param {number} level @param {string} msg */
function log(level, msg) {
  process.stdout.write(`${JSON.stringify({ level, time: Date.now(), node: NODE_ID, msg })}\n`);
}

if (STUB_FAILS === NODE_ID) {
  process.stderr.write("HTTP_PORT: it is not to my liking\n");
  process.exit(78);
}

const server = createServer((request, response) => {
  if (request.url === "/env") response.end(JSON.stringify(process.env));
  else response.end("ok");
});
server.listen(Number(HTTP_PORT), "127.0.0.1", () => log(40, "stub is up"));

async function leave() {
  if (STUB_HANGS === NODE_ID) return;
  const problem = await askRedis(Number(new URL(REDIS_URL ?? "").port));
  log(30, `leaving, redis says ${problem === "" ? "PONG" : problem}`);
  process.exit(0);
}
for (const event of ["SIGTERM", "disconnect"]) process.once(event, () => void leave());
