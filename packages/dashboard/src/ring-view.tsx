/** The ring as a picture: members, their shares and states, heartbeats, and one key's walk. */

import { useMemo } from "preact/hooks";
import {
  arcsOf,
  BAND_RADIUS,
  CENTER,
  degreesOf,
  type Point,
  pathOf,
  placesOf,
  pointAt,
  progressOf,
  SIZE,
  walkPath,
} from "./ring-picture.js";
import { isSilent, type Level } from "./verdict.js";
import type { Location, Member, Overview } from "./wire.js";
import { whole } from "./words.js";

export interface RingViewProps {
  readonly overview: Overview | null;
  readonly primaries: readonly number[];
  readonly location: Location | null;
  readonly level: Level;
}

const DISC = 33;
const ROUND_DISC = 2 * Math.PI * DISC;
/** A heartbeat that came within the last look. */
const FRESH_MS = 1_300;

export function RingView({ overview, primaries, location, level }: RingViewProps) {
  const members = overview?.members ?? [];
  const places = placesOf(Math.max(members.length, 1));
  const arcs = useMemo(() => arcsOf(primaries), [primaries]);
  const walk = location === null ? null : { location, members, places };
  const title = members.map(({ node, state }) => `${node} ${state}`).join(", ");
  return (
    <svg
      class="ring"
      viewBox={`0 0 ${SIZE} ${SIZE}`}
      role="img"
      aria-label={`Ring of ${members.length} nodes: ${title}`}
      data-level={level}
    >
      <circle class="halo" cx={CENTER} cy={CENTER} r={BAND_RADIUS + 14} />
      {members.map((member, index) => (
        <path
          key={member.node}
          class="band"
          data-member={index % 6}
          data-state={isSilent(member) ? "silent" : member.state}
          d={pathOf(
            arcs.filter(({ member }) => member === index),
            BAND_RADIUS,
          )}
        />
      ))}
      <Chords overview={overview} places={places} />
      {walk !== null && <Walk {...walk} isBehind />}
      {members.map((member, index) => (
        <NodeDisc
          key={member.node}
          member={member}
          at={places[index] as Point}
          index={index}
          isLeader={overview?.leader === member.node}
          term={overview?.term ?? 0}
        />
      ))}
      {walk !== null && <Walk {...walk} isBehind={false} />}
    </svg>
  );
}

interface NodeDiscProps {
  readonly member: Member;
  readonly at: Point;
  readonly index: number;
  readonly isLeader: boolean;
  readonly term: number;
}

function NodeDisc({ member, at, index, isLeader, term }: NodeDiscProps) {
  const { node, state, share, status } = member;
  const left = state === "recovering" ? (status?.recovery.partitionsLeft ?? 0) : 0;
  const progress = progressOf(left, share.owned);
  const word = isSilent(member) ? "silent" : state;
  const debts = status?.foreignRecords ?? 0;
  return (
    <g
      class="node"
      data-state={word}
      data-member={index % 6}
      transform={`translate(${at.x} ${at.y})`}
    >
      <circle class="disc" r={DISC} />
      <circle
        class="progress"
        r={DISC}
        stroke-dasharray={`${progress * ROUND_DISC} ${ROUND_DISC}`}
        transform="rotate(-90)"
      />
      <text class="name" y="-2">
        {node}
      </text>
      <text class="state" y="13">
        {state === "recovering" ? `${Math.round(progress * 100)} %` : word}
      </text>
      {isLeader && (
        <g class="crown" transform={`translate(0 ${-DISC - 9})`}>
          <path d="M-9 4 L-11 -6 L-5 -1 L0 -8 L5 -1 L11 -6 L9 4 Z" />
          <text x="16" y="3">
            term {term}
          </text>
        </g>
      )}
      {debts > 0 && (
        <g class="debt" transform={`translate(0 ${DISC + 14})`}>
          <rect x="-44" y="-10" width="88" height="18" rx="9" />
          <text y="3">{whole(debts)} for others</text>
        </g>
      )}
    </g>
  );
}

/** Who hears whom: a dot for each heartbeat that has come since the last look. */
function Chords({ overview, places }: { overview: Overview | null; places: readonly Point[] }) {
  if (overview === null) return null;
  const { members, atMs } = overview;
  const pairs = members.flatMap((hearer, to) =>
    members.flatMap((speaker, from) => {
      if (from === to) return [];
      const heard = hearer.status?.members.find(({ node }) => node === speaker.node);
      const ago = heard?.heardAgoMs ?? null;
      return [{ from, to, isFresh: ago !== null && ago < FRESH_MS }];
    }),
  );
  return (
    <g>
      {pairs.map(({ from, to, isFresh }) => {
        const [a, b] = [places[from] as Point, places[to] as Point];
        const key = `${from}-${to}`;
        return (
          <g key={key} class="chord" data-fresh={isFresh}>
            {from < to && <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} />}
            {isFresh && (
              <circle
                key={atMs}
                r="2.6"
                style={{
                  "--x1": `${a.x}px`,
                  "--y1": `${a.y}px`,
                  "--x2": `${b.x}px`,
                  "--y2": `${b.y}px`,
                }}
              />
            )}
          </g>
        );
      })}
    </g>
  );
}

interface WalkProps {
  readonly location: Location;
  readonly members: readonly Member[];
  readonly places: readonly Point[];
  readonly isBehind: boolean;
}

/** Lines go behind the members, numbers before them. */
function Walk({ location, members, places, isBehind }: WalkProps) {
  const { partition, walk, owners, holders } = location;
  const degrees = degreesOf(partition, 1_024);
  const from = pointAt(degrees, BAND_RADIUS - 8);
  return (
    <g class="walk">
      {walk.map((node, place) => {
        const index = members.findIndex((member) => member.node === node);
        const to = places[index];
        if (to === undefined) return null;
        const holds = holders.some((it) => it.node === node && it.version !== null);
        const kind = owners.includes(node) ? "owner" : "stand-in";
        return (
          <g key={node} data-kind={kind} data-holds={holds}>
            {isBehind ? (
              <path d={walkPath(from, to)} />
            ) : (
              <g transform={`translate(${to.x + DISC * 0.75} ${to.y + DISC * 0.75})`}>
                <circle r="10" />
                <text y="4">{place + 1}</text>
              </g>
            )}
          </g>
        );
      })}
      {isBehind && <circle class="pin" cx={from.x} cy={from.y} r="6" />}
    </g>
  );
}
