/**
 * Answers in the order of the questions, as RESP wants them, though the work runs side by side.
 *
 * The oldest unanswered message holds up those behind it, but no longer than its own budget: then
 * its caller has given up anyway, and it is answered for it. So a store that hangs delays a
 * heartbeat, and does not silence it.
 */

import type { Socket } from "node:net";
import type { Clock } from "@ringkv/engine";
import { errorReply } from "./wire.js";

/** Bytes in the socket that the peer has not read; more, and it gets no more questions in. */
const UNREAD_BYTES_MAX = 16 * 1024 * 1024;

export interface Answer {
  readonly messageBytes: number;
  readonly dueAtMs: number;
  /** Null until it is known. */
  reply: string | Buffer | null;
}

export interface AnswersDeps {
  readonly socket: Socket;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly limits: { readonly messagesPendingMax: number; readonly bytesPendingMax: number };
}

export class Answers {
  readonly #deps: AnswersDeps;
  /** Unanswered from `#head` on. */
  #queue: Answer[] = [];
  #head = 0;
  #pendingBytes = 0;
  #isCorked = false;
  #timer: NodeJS.Timeout | null = null;
  #timerDueAtMs = 0;

  constructor(deps: AnswersDeps) {
    this.#deps = deps;
    deps.socket.on("drain", () => this.#readOn());
  }

  /** The place of an answer to come. */
  open(messageBytes: number, dueAtMs: number): Answer {
    const answer: Answer = { messageBytes, dueAtMs, reply: null };
    this.#queue.push(answer);
    this.#pendingBytes += messageBytes;
    if (this.#isFull()) this.#deps.socket.pause();
    this.#watch();
    return answer;
  }

  /** A bulk string. A second reply to the same question is dropped. */
  replyBulk(answer: Answer, payload: string | Buffer): void {
    if (typeof payload === "string") {
      this.reply(answer, `$${payload.length}\r\n${payload}\r\n`);
      return;
    }
    const head = `$${payload.length}\r\n`;
    const reply = Buffer.allocUnsafe(head.length + payload.length + 2);
    reply.write(head, 0, "latin1");
    reply.set(payload, head.length);
    reply.write("\r\n", head.length + payload.length, "latin1");
    this.reply(answer, reply);
  }

  /** `reply` is a whole RESP value, in Latin-1 if it is text. */
  reply(answer: Answer, reply: string | Buffer): void {
    if (answer.reply !== null) return;
    answer.reply = reply;
    this.#writeReady();
    this.#watch();
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#queue = [];
    this.#head = 0;
  }

  #writeReady(): void {
    const { socket } = this.#deps;
    for (;;) {
      const first = this.#queue[this.#head];
      if (first === undefined || first.reply === null) break;
      this.#cork();
      if (typeof first.reply === "string") socket.write(first.reply, "latin1");
      else socket.write(first.reply);
      this.#head++;
      this.#pendingBytes -= first.messageBytes;
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
    this.#readOn();
  }

  /** All answers of one turn leave in one system call. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    const { socket } = this.#deps;
    socket.cork();
    setImmediate(() => {
      this.#isCorked = false;
      socket.uncork();
    });
  }

  #isFull(): boolean {
    const { messagesPendingMax, bytesPendingMax } = this.#deps.limits;
    const pending = this.#queue.length - this.#head;
    return (
      pending >= messagesPendingMax ||
      this.#pendingBytes >= bytesPendingMax ||
      this.#deps.socket.writableLength >= UNREAD_BYTES_MAX
    );
  }

  #readOn(): void {
    const { socket } = this.#deps;
    if (socket.isPaused() && !this.#isFull()) socket.resume();
  }

  /** One timer for all, moved only when the oldest is due before it: most are answered in time. */
  #watch(): void {
    const first = this.#queue[this.#head];
    if (first === undefined) return;
    if (this.#timer !== null) {
      if (first.dueAtMs >= this.#timerDueAtMs) return;
      clearTimeout(this.#timer);
    }
    this.#timerDueAtMs = first.dueAtMs;
    const waitMs = Math.max(1, first.dueAtMs - this.#deps.clock.monotonicMs());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#expire();
    }, waitMs);
  }

  #expire(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (let index = this.#head; index < this.#queue.length; index++) {
      const answer = this.#queue[index] as Answer;
      if (answer.reply === null && answer.dueAtMs <= nowMs) answer.reply = errorReply("TIMEDOUT");
    }
    this.#writeReady();
    this.#watch();
  }
}
