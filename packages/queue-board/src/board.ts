/**
 * Bull Board as one request handler: what waits, what failed and why, and a button to have it tried
 * again. It decides nothing, and lets anybody in: who may come here is for whoever mounts it.
 */

import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import type { BoardHandler, QueueBoardOptions } from "./index.js";

export function openBoard({ path, queues }: QueueBoardOptions): BoardHandler {
  const adapter = new ExpressAdapter();
  adapter.setBasePath(path);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: { uiConfig: { boardTitle: "ringkv" } },
  });
  const handler = adapter.getRouter() as BoardHandler & { disable(name: string): unknown };
  handler.disable("x-powered-by");
  let shown = 0;
  return (request, response, next) => {
    const open = queues().filter((queue) => queue !== null);
    if (open.length !== shown) {
      board.replaceQueues(open.map((queue) => new BullMQAdapter(queue)));
      shown = open.length;
    }
    handler(request, response, next);
  };
}
