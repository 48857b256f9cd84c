/** The sizes and times of the peer link. What an operator may change is in server/config. */

const KIB = 1_024;
const MIB = 1_024 * KIB;

/**
 * One message, request or answer. Whoever is sent more closes the connection: without a limit, one
 * announced length would make a node buffer until its memory is gone.
 */
export const MESSAGE_BYTES_MAX = 32 * MIB;

/** A batch is sent when it holds this much: larger messages would hold up the ones behind them. */
export const BATCH_BYTES_MAX = MIB;
export const BATCH_ITEMS_MAX = 512;

/**
 * An answer to a read stops after this many bytes, and the rest is asked for again: 512 values of
 * a mebibyte in one answer would be half a gibibyte at both ends.
 */
export const FOUND_BYTES_MAX = 4 * MIB;

/** A longer budget is cut to this: purging old tombstones waits for twice the longest deadline. */
export const BUDGET_MS_MAX = 60_000;

/** What a caller leaves unanswered on one connection; beyond it calls are refused at once. */
export interface CallerLimits {
  readonly bytesInFlightMax: number;
  /** The share of it that copies in bulk may take, so that clients' records still get through. */
  readonly transferBytesInFlightMax: number;
  readonly messagesInFlightMax: number;
  /** Until there is a TCP connection. A SYN that got lost is not waited for: a new one is sent. */
  readonly connectTimeoutMs: number;
  /** From the first SYN to the end of the handshake. */
  readonly handshakeTimeoutMs: number;
  /**
   * A connection that owes an answer and has been silent for so long is given up. After a partition
   * TCP repeats itself ever more rarely; a new connection finds the peer within a second.
   */
  readonly silenceMaxMs: number;
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

export const CALLER_LIMITS: CallerLimits = {
  bytesInFlightMax: 32 * MIB,
  transferBytesInFlightMax: 8 * MIB,
  messagesInFlightMax: 1_024,
  connectTimeoutMs: 1_000,
  handshakeTimeoutMs: 2_000,
  silenceMaxMs: 3_000,
  retryMinMs: 50,
  retryMaxMs: 1_000,
};

export interface CalleeLimits {
  readonly messageBytesMax: number;
  /** Connections that have proved nothing yet. The oldest goes when another one comes. */
  readonly unprovenMax: number;
  /** All that may be sent before the proof. */
  readonly unprovenBytesMax: number;
  readonly handshakeTimeoutMs: number;
  /**
   * How long the proof may take to come back. It bounds the error of `lateness.ts`: a proof that
   * lay in a buffer would make every later message look early.
   */
  readonly proofMsMax: number;
  /** Messages and bytes being worked on, per connection; beyond it the socket is not read. */
  readonly messagesPendingMax: number;
  readonly bytesPendingMax: number;
  /** A peer beats every second; one that sends nothing for so long is gone. */
  readonly idleTimeoutMs: number;
}

export const CALLEE_LIMITS: CalleeLimits = {
  messageBytesMax: MESSAGE_BYTES_MAX,
  unprovenMax: 64,
  unprovenBytesMax: 4 * KIB,
  handshakeTimeoutMs: 5_000,
  proofMsMax: 1_000,
  messagesPendingMax: 1_024,
  bytesPendingMax: 32 * MIB,
  idleTimeoutMs: 60_000,
};
