/**
 * The board, opened when somebody asks for it: most nodes are never asked, and its library has half
 * a second of start-up and some megabytes. Whoever asks while it is opened waits for it.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Queue } from "bullmq";

export type BoardHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next: (thrown?: unknown) => void,
) => void;

export interface QueueBoardOptions {
  /** Under which path it is mounted. */
  readonly path: string;
  /** What it shows; null: the queue's Redis has not answered yet. */
  readonly queues: () => readonly (Queue | null)[];
}

export function createQueueBoard(options: QueueBoardOptions): BoardHandler {
  let opened: Promise<BoardHandler> | null = null;
  return (request, response, next) => {
    opened ??= import("./board.js").then(({ openBoard }) => openBoard(options));
    opened.then((board) => board(request, response, next), next);
  };
}
