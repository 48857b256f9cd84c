/**
 * A Redis in memory for machines without one: `js-redis-server` as a process of its own, so that
 * stopping and killing it is like stopping and killing a Redis. Nothing is persisted.
 *
 * Usage: node embedded-redis.mjs <port>. Leaves on SIGTERM and when its launcher goes away.
 */

import { Server } from "node:net";
import { createRedisServer } from "js-redis-server";

// It knows no address but all of them, and a Redis without a password is nobody else's business.
/** @type {unknown} */
const listen = Object.getOwnPropertyDescriptor(Server.prototype, "listen")?.value;
if (typeof listen !== "function") throw new TypeError("net.Server has no listen");
Object.defineProperty(Server.prototype, "listen", {
  /** @this {Server} @param {number} port */
  value(port) {
    return Reflect.apply(listen, this, [{ port, host: "127.0.0.1" }]);
  },
});

// There is nothing to save, and closing politely would wait for every client.
for (const event of ["SIGTERM", "SIGINT", "disconnect"]) process.on(event, () => process.exit(0));

await createRedisServer({ port: Number(process.argv[2]) });
