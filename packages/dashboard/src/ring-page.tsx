/** The first page: the ring, what each node holds and owes, figures, and what has happened. */

import { useState } from "preact/hooks";
import { Refusal } from "./api.js";
import type { PageProps } from "./app.js";
import { Charts } from "./charts.js";
import { debtsOf } from "./debts.js";
import { onSubmit } from "./form-fields.js";
import { keyProblem } from "./key-path.js";
import { NodeCards } from "./node-cards.js";
import { RingView } from "./ring-view.js";
import { TimelineView } from "./timeline-view.js";
import { verdictOf } from "./verdict.js";
import type { Location, Overview } from "./wire.js";
import { milliseconds, perSecond, whole } from "./words.js";

export function RingPage({ state, api }: PageProps) {
  const { overview, primaries, looks, rates, happenings } = state;
  const [location, setLocation] = useState<Location | null>(null);
  const level = overview === null ? "warn" : verdictOf(overview, looks).level;
  return (
    <div class="ring-page">
      <section class="card ring-card" aria-label="The ring">
        <RingView overview={overview} primaries={primaries} location={location} level={level} />
        <KeyLookup onFound={setLocation} find={(key) => api.locate(key)} found={location} />
      </section>
      <div class="column">
        <NodeCards overview={overview} home={state.home} />
        <Debts overview={overview} />
        <TimelineView happenings={happenings} />
      </div>
      <Figures state={state} />
      <Charts rates={rates} />
    </div>
  );
}

interface KeyLookupProps {
  readonly find: (key: string) => Promise<Location>;
  readonly onFound: (location: Location | null) => void;
  readonly found: Location | null;
}

function KeyLookup({ find, onFound, found }: KeyLookupProps) {
  const [problem, setProblem] = useState<string | null>(null);
  const look = onSubmit(async (field) => {
    const key = field("key");
    const wrong = keyProblem(key);
    setProblem(wrong);
    onFound(null);
    if (wrong !== null) return;
    await find(key).then(onFound, (thrown: unknown) => {
      setProblem(thrown instanceof Refusal ? thrown.message : "That did not work.");
    });
  });
  return (
    <search class="lookup">
      <form onSubmit={look}>
        <label for="lookup-key">Where is a key?</label>
        <div class="row">
          <input
            id="lookup-key"
            name="key"
            placeholder="user:7"
            autocomplete="off"
            spellcheck={false}
          />
          <button type="submit">Find</button>
          {found !== null && (
            <button type="button" class="quiet" onClick={() => onFound(null)}>
              Clear
            </button>
          )}
        </div>
      </form>
      <div aria-live="polite">
        {problem !== null && <p class="problem">{problem}</p>}
        {found !== null && <Found location={found} />}
      </div>
    </search>
  );
}

function Found({ location }: { readonly location: Location }) {
  const { key, partition, walk, owners, holders } = location;
  const newest = holders.reduce(
    (best, { version }) => ((version ?? "") > best ? (version ?? "") : best),
    "",
  );
  return (
    <div class="found">
      <p>
        <code>{key}</code> lies in partition <strong>{partition}</strong>. Its walk asks{" "}
        {walk.join(", then ")}.
      </p>
      <ol>
        {holders.map(({ node, version, answered }) => (
          <li key={node}>
            <strong>{node}</strong>{" "}
            <span class="tag">{owners.includes(node) ? "owner" : "stand-in"}</span>{" "}
            {!answered && "does not answer"}
            {answered && version === null && "holds no copy"}
            {version !== null && (
              <>
                holds <code>{version}</code>
                {version === newest ? "" : " (older)"}
              </>
            )}
          </li>
        ))}
      </ol>
    </div>
  );
}

function Debts({ overview }: { readonly overview: Overview | null }) {
  const debts = overview === null ? null : debtsOf(overview);
  const waiting = Object.values(overview?.queues ?? {})
    .flatMap((counts) => [
      counts?.["waiting"] ?? 0,
      counts?.["delayed"] ?? 0,
      counts?.["active"] ?? 0,
    ])
    .reduce((sum, count) => sum + count, 0);
  const rows = [
    { name: "Records held for others", count: debts?.foreignRecords },
    { name: "Partitions that differ", count: debts?.differing },
    { name: "Partitions to catch up", count: debts?.recovering },
    { name: "Jobs queued on this node", count: overview === null ? undefined : waiting },
  ];
  return (
    <section class="card debts" aria-label="Debts">
      <h2>Debts</h2>
      <dl>
        {rows.map(({ name, count }) => (
          <div key={name} data-open={(count ?? 0) > 0}>
            <dt>{name}</dt>
            <dd>{count === undefined ? "–" : whole(count)}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">All zero means: every copy is where it belongs.</p>
    </section>
  );
}

function Figures({ state }: { readonly state: PageProps["state"] }) {
  const last = state.rates.at(-1);
  const tiles = [
    { name: "Reads", value: perSecond(last?.reads ?? 0), unit: "per second" },
    { name: "Writes", value: perSecond(last?.writes ?? 0), unit: "per second" },
    { name: "Read, 99 of 100", value: milliseconds(last?.readMs.p99 ?? null), unit: "or less" },
    { name: "Write, 99 of 100", value: milliseconds(last?.writeMs.p99 ?? null), unit: "or less" },
    { name: "Quorum failures", value: perSecond(last?.quorumFailures ?? 0), unit: "per second" },
    { name: "Stand-ins", value: perSecond(last?.standIns ?? 0), unit: "per second" },
  ];
  return (
    <section class="figures" aria-label="Figures of the last second">
      {tiles.map(({ name, value, unit }) => (
        <div key={name} class="card tile">
          <h2>{name}</h2>
          <p class="value">{value}</p>
          <p class="unit">{unit}</p>
        </div>
      ))}
    </section>
  );
}
