/** One card for each node: its state, its share, what it holds. */

import { isSilent } from "./verdict.js";
import type { Member, Overview } from "./wire.js";
import { milliseconds, whole } from "./words.js";

const STATE_WORDS = {
  up: "up",
  suspect: "quiet",
  down: "down",
  recovering: "catching up",
} as const;

interface NodeCardsProps {
  readonly overview: Overview | null;
  readonly home: string | null;
}

export function NodeCards({ overview, home }: NodeCardsProps) {
  const members = overview?.members ?? [];
  return (
    <section class="card nodes" aria-label="Nodes">
      <h2>Nodes</h2>
      <ul>
        {members.map((member, index) => (
          <NodeCard
            key={member.node}
            member={member}
            index={index}
            isLeader={overview?.leader === member.node}
            isHome={member.node === home}
          />
        ))}
      </ul>
    </section>
  );
}

interface NodeCardProps {
  readonly member: Member;
  readonly index: number;
  readonly isLeader: boolean;
  readonly isHome: boolean;
}

function NodeCard({ member, index, isLeader, isHome }: NodeCardProps) {
  const { node, state, heardAgoMs, http, share, status } = member;
  const redis = status === null ? "–" : status.storeAnswers ? "answers" : "away";
  const percent = Math.round((share.primary / 1_024) * 100);
  return (
    <li data-state={isSilent(member) ? "down" : state} data-member={index % 6}>
      <div class="head">
        <span class="swatch" aria-hidden="true" />
        {http === null ? <strong>{node}</strong> : <a href={http}>{node}</a>}
        <span class="pill">{isSilent(member) ? "silent" : STATE_WORDS[state]}</span>
        {isLeader && <span class="tag">leads</span>}
        {isHome && <span class="tag">serves this page</span>}
      </div>
      <dl>
        <div>
          <dt>Share</dt>
          <dd>{percent} %</dd>
        </div>
        <div>
          <dt>Records</dt>
          <dd>{status === null ? "–" : whole(status.records)}</dd>
        </div>
        <div>
          <dt>Redis</dt>
          <dd>{redis}</dd>
        </div>
        <div>
          <dt>Heard</dt>
          <dd>
            {heardAgoMs === 0
              ? "itself"
              : heardAgoMs === null
                ? "never"
                : `${milliseconds(heardAgoMs)} ago`}
          </dd>
        </div>
      </dl>
    </li>
  );
}
