/**
 * The Peers port of every simulated node: messages that are slow, lost, doubled, overtaken, cut off
 * in one direction or both, and connections that are refused or break.
 *
 * It keeps the port's promises and no more. A request is delivered no later than the longest budget
 * of its kind; a failure says `sent: false` only when nothing was sent. A doubled request models a
 * transport that is broken: its second answer reaches nobody.
 */

import type { NodeId, PackedRecord, VoteRequest } from "@ringkv/core";
import {
  type ApplyAnswer,
  type Heartbeat,
  PeerFailure,
  type PeerFailureReason,
  type PeerService,
  type Peers,
  reasonFor,
} from "@ringkv/engine";
import type { Prng } from "./prng.js";
import type { SimProcess } from "./sim-process.js";
import type { Timeline } from "./sim-timeline.js";
import { drawDelayMs, type Weather } from "./sim-weather.js";

/** What an onlooker of the wire is told. Nobody in the simulated world can see it. */
export interface WireTap {
  beatSent(from: NodeId, beat: Heartbeat): unknown;
  /** `seen` is what `beatSent` returned when this beat, or answer to one, left its sender. */
  beatArrived(to: NodeId, seen: unknown): void;
  /** By the candidate itself when it asks, by others when they grant. */
  voteGiven(by: NodeId, request: VoteRequest): void;
  applySent(from: NodeId, records: readonly PackedRecord[]): void;
  applyAnswered(
    by: NodeId,
    records: readonly PackedRecord[],
    outcomes: readonly ApplyAnswer[],
  ): void;
}

export interface SimNetworkDeps {
  readonly timeline: Timeline;
  readonly prng: Prng;
  readonly weather: Weather;
  readonly tap: WireTap;
}

interface Endpoint {
  readonly process: SimProcess;
  readonly service: PeerService;
  /** Breaks the connections of the calls that this process has not answered yet. */
  readonly waiting: Set<() => void>;
}

interface Call<T> {
  readonly caller: SimProcess;
  readonly to: NodeId;
  readonly budgetMs: number;
  readonly kind: CallKind;
  readonly serve: (service: PeerService) => Promise<T>;
}

type CallKind = keyof Peers;

const REFUSAL_MS = 0.5;
const SHORTEST_BUDGET_MS = 0.001;
/** Share of crashes that a caller sees as a broken connection and not as silence. */
const BREAK_RATE = 0.7;

export class SimNetwork {
  readonly #deps: SimNetworkDeps;
  readonly #endpoints = new Map<NodeId, Endpoint>();
  readonly #cut = new Set<string>();
  /** The longest budget given so far per kind of call: an adapter may batch calls. */
  readonly #longestMs = new Map<CallKind, number>();

  constructor(deps: SimNetworkDeps) {
    this.#deps = deps;
  }

  /** Puts a node on the network, in place of an earlier run of it. */
  join(process: SimProcess, service: PeerService): void {
    const waiting = new Set<() => void>();
    this.#endpoints.set(process.node, { process, service, waiting });
    process.onKill(() => {
      const breaks = this.#deps.prng.chance(BREAK_RATE);
      if (breaks) for (const breakCall of waiting) breakCall();
      waiting.clear();
    });
  }

  cut(from: NodeId, to: NodeId): void {
    this.#cut.add(`${from}>${to}`);
  }

  heal(): void {
    this.#cut.clear();
  }

  isCut(from: NodeId, to: NodeId): boolean {
    return this.#cut.has(`${from}>${to}`);
  }

  peersFor(caller: SimProcess): Peers {
    const { tap } = this.#deps;
    return {
      apply: (to, records, budgetMs) => {
        tap.applySent(caller.node, records);
        const serve = async (service: PeerService) => {
          const outcomes = await service.apply(records);
          tap.applyAnswered(to, records, outcomes);
          return outcomes;
        };
        return this.#call({ caller, to, budgetMs, kind: "apply", serve });
      },
      transfer: (to, records, budgetMs) => {
        const serve = (service: PeerService) => service.transfer(records);
        return this.#call({ caller, to, budgetMs, kind: "transfer", serve });
      },
      read: (to, keys, budgetMs) => {
        const serve = (service: PeerService) => service.read(keys);
        return this.#call({ caller, to, budgetMs, kind: "read", serve });
      },
      copies: (to, keys, budgetMs) => {
        const serve = (service: PeerService) => service.copies(keys);
        return this.#call({ caller, to, budgetMs, kind: "copies", serve });
      },
      list: (to, ask, budgetMs) => {
        const serve = (service: PeerService) => service.list(ask);
        return this.#call({ caller, to, budgetMs, kind: "list", serve });
      },
      page: (to, ask, budgetMs) => {
        const serve = (service: PeerService) => service.page(ask);
        return this.#call({ caller, to, budgetMs, kind: "page", serve });
      },
      digests: (to, budgetMs) => {
        const serve = (service: PeerService) => service.digests();
        return this.#call({ caller, to, budgetMs, kind: "digests", serve });
      },
      versions: (to, ask, budgetMs) => {
        const serve = (service: PeerService) => service.versions(ask);
        return this.#call({ caller, to, budgetMs, kind: "versions", serve });
      },
      contents: (to, ask, budgetMs) => {
        const serve = (service: PeerService) => service.contents(ask);
        return this.#call({ caller, to, budgetMs, kind: "contents", serve });
      },
      scrub: (to, partition, budgetMs) => {
        const serve = (service: PeerService) => service.scrub(partition);
        return this.#call({ caller, to, budgetMs, kind: "scrub", serve });
      },
      requestVote: (to, request, budgetMs) => {
        tap.voteGiven(caller.node, request);
        const serve = async (service: PeerService) => {
          const answer = await service.requestVote(request);
          if (answer.granted) tap.voteGiven(to, request);
          return answer;
        };
        return this.#call({ caller, to, budgetMs, kind: "requestVote", serve });
      },
      purge: (to, records, budgetMs) => {
        const serve = (service: PeerService) => service.purge(records);
        return this.#call({ caller, to, budgetMs, kind: "purge", serve });
      },
      startPurge: (to, budgetMs) => {
        const serve = (service: PeerService) => service.startPurge();
        return this.#call({ caller, to, budgetMs, kind: "startPurge", serve });
      },
      inquire: this.#inquiriesOf(caller),
      heartbeat: (to, beat, budgetMs) => this.#beat({ caller, to, beat, budgetMs }),
    };
  }

  #inquiriesOf(caller: SimProcess): Peers["inquire"] {
    return (to, inquiry, budgetMs) => {
      const serve = (service: PeerService) => service.inquire(inquiry);
      return this.#call({ caller, to, budgetMs, kind: "inquire", serve });
    };
  }

  async #beat({ caller, to, beat, budgetMs }: BeatCall): Promise<Heartbeat> {
    const { tap } = this.#deps;
    const asked = tap.beatSent(caller.node, beat);
    const serve = async (service: PeerService) => {
      tap.beatArrived(to, asked);
      const answer = service.heartbeat(beat);
      return { answer, answered: tap.beatSent(to, answer) };
    };
    const reply = await this.#call({ caller, to, budgetMs, kind: "heartbeat", serve });
    tap.beatArrived(caller.node, reply.answered);
    return reply.answer;
  }

  #call<T>(call: Call<T>): Promise<T> {
    const { caller, to, kind } = call;
    const budgetMs = Math.max(SHORTEST_BUDGET_MS, call.budgetMs);
    this.#longestMs.set(kind, Math.max(this.#longestMs.get(kind) ?? 0, budgetMs));
    return new Promise((resolve, reject) => {
      const endpoint = this.#endpoints.get(to);
      const settle = (act: () => void) => {
        caller.cancel(timer);
        endpoint?.waiting.delete(breakCall);
        act();
      };
      const fail = (reason: PeerFailureReason, sent: boolean) =>
        settle(() => reject(new PeerFailure({ node: to, reason, sent })));
      const breakCall = () => caller.schedule(REFUSAL_MS, () => fail("refused", true));
      const timer = caller.schedule(budgetMs, () => fail("timed-out", true));

      if (endpoint === undefined || !endpoint.process.isAlive) {
        if (!this.isCut(caller.node, to) && !this.isCut(to, caller.node)) {
          caller.schedule(REFUSAL_MS, () => fail("refused", false));
        }
        return;
      }
      endpoint.waiting.add(breakCall);
      this.#send(call, endpoint, {
        answer: (value) => settle(() => resolve(value)),
        refuse: (thrown) => fail(reasonFor(thrown), true),
      });
    });
  }

  /** The request, perhaps twice, perhaps not at all; then the reply of the first one. */
  #send<T>(call: Call<T>, endpoint: Endpoint, reply: Reply<T>): void {
    const { timeline, prng, weather } = this.#deps;
    const { caller, to, kind, serve } = call;
    const sentAtMs = timeline.nowMs;
    const arrive = (hear: Reply<T> | null) => {
      if (this.isCut(caller.node, to)) return;
      // Late, because it was slow or because the receiver was frozen: the port says refuse it.
      if (timeline.nowMs - sentAtMs > (this.#longestMs.get(kind) ?? 0)) return;
      serve(endpoint.service).then(
        (value) => this.#back(call, () => hear?.answer(value)),
        (thrown: unknown) => this.#back(call, () => hear?.refuse(thrown)),
      );
    };
    if (!prng.chance(weather.lossRate)) {
      endpoint.process.schedule(drawDelayMs(prng, weather), () => arrive(reply));
    }
    if (prng.chance(weather.duplicateRate)) {
      endpoint.process.schedule(2 * drawDelayMs(prng, weather), () => arrive(null));
    }
  }

  #back<T>({ caller, to }: Call<T>, deliver: () => void): void {
    const { prng, weather } = this.#deps;
    if (prng.chance(weather.lossRate)) return;
    caller.schedule(drawDelayMs(prng, weather), () => {
      if (!this.isCut(to, caller.node)) deliver();
    });
  }
}

interface BeatCall {
  readonly caller: SimProcess;
  readonly to: NodeId;
  readonly beat: Heartbeat;
  readonly budgetMs: number;
}

interface Reply<T> {
  readonly answer: (value: T) => void;
  readonly refuse: (thrown: unknown) => void;
}
