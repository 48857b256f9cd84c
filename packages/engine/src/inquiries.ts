/**
 * Asks members on behalf of an operator, and answers when another member asks. A member that does
 * not answer is part of what there is to know; nothing is tried again.
 */

import { type NodeId, NotSupported } from "@ringkv/core";
import type { Drill, Fault, Inquiry, InquiryAnswer, MemberReport } from "./inquiry.js";
import type { NodeDeps } from "./node.js";
import type { NodeStatus } from "./node-status.js";
import type { Peers } from "./ports/peers.js";

export interface InquiriesDeps {
  readonly self: NodeId;
  readonly members: readonly NodeId[];
  readonly peers: Pick<Peers, "inquire">;
  readonly ownStatus: () => Promise<NodeStatus>;
  readonly drill: Drill | null;
  readonly timeoutMs: number;
}

export class Inquiries {
  readonly #deps: InquiriesDeps;

  constructor(deps: InquiriesDeps) {
    this.#deps = deps;
  }

  /** Every member's status, in the order of the member list. Never rejects. */
  reports(): Promise<MemberReport[]> {
    return Promise.all(
      this.#deps.members.map(async (node) => {
        const status = await this.#statusOf(node).catch(() => null);
        return { node, status };
      }),
    );
  }

  /** Has `node` take part in a drill. Rejects with `PeerFailure` or `NotSupported`. */
  async inflict(node: NodeId, fault: Fault): Promise<void> {
    const { self, peers, timeoutMs } = this.#deps;
    const inquiry = { kind: "fault", fault } as const;
    const answer =
      node === self ? await this.answer(inquiry) : await peers.inquire(node, inquiry, timeoutMs);
    if ("isDone" in answer && answer.isDone) return;
    throw new NotSupported(`${node} takes no part in drills: FAULTS=enabled is not set there`);
  }

  /** The other end. */
  async answer(inquiry: Inquiry): Promise<InquiryAnswer> {
    const { ownStatus, drill } = this.#deps;
    if (inquiry.kind === "status") return ownStatus();
    if (drill === null) return { isDone: false };
    await drill(inquiry.fault);
    return { isDone: true };
  }

  async #statusOf(node: NodeId): Promise<NodeStatus | null> {
    const { self, peers, ownStatus, timeoutMs } = this.#deps;
    if (node === self) return ownStatus();
    const answer = await peers.inquire(node, { kind: "status" }, timeoutMs);
    return "state" in answer && answer.node === node ? answer : null;
  }
}

/** Those of a node: whoever is asked has the time that every peer has. */
export function inquiriesOf(deps: NodeDeps, ownStatus: () => Promise<NodeStatus>): Inquiries {
  const { ring, drill = null, options } = deps;
  const { peerTimeoutMs: timeoutMs } = options;
  return new Inquiries({ ...deps, members: ring.members, ownStatus, drill, timeoutMs });
}
