/** Drills: break something on purpose, and watch. Four lessons, and single faults for free play. */

import { useState } from "preact/hooks";
import { Refusal } from "./api.js";
import type { PageProps } from "./app.js";
import { LessonView } from "./lesson-view.js";
import { type FaultAsk, LESSONS } from "./lessons.js";
import { TimelineView } from "./timeline-view.js";

const SECONDS = 30;
const DELAY_MS = 300;

interface Kind {
  readonly kind: FaultAsk["kind"];
  readonly name: string;
  readonly hasPeer: boolean;
  readonly expect: (node: string, peer: string) => string;
}

const KINDS: readonly Kind[] = [
  {
    kind: "isolate",
    name: "Isolate a node",
    hasPeer: false,
    expect: (node) =>
      `${node} hears nobody and is heard by nobody. The others take it for suspect after 2 s, for down after 5 s, and stand in for it. ${node} itself refuses writes that need two nodes.`,
  },
  {
    kind: "cut",
    name: "Cut a link",
    hasPeer: true,
    expect: (node, peer) =>
      `${node} and ${peer} lose each other and still hear the rest. Each takes the other one for down; the third node sees both up, and stands in where one cannot reach the other.`,
  },
  {
    kind: "delay",
    name: "Delay a link",
    hasPeer: true,
    expect: (node, peer) =>
      `Every message between ${node} and ${peer} takes ${DELAY_MS} ms more. Writes that need both become slow; nobody goes down.`,
  },
  {
    kind: "freeze",
    name: "Freeze a node",
    hasPeer: false,
    expect: (node) =>
      `The process of ${node} stands still, as in a long garbage collection. To the others it is down after 5 s; when it wakes up it catches up. If it serves this page, the page moves on.`,
  },
];

export function DrillsPage({ state, api, canWrite }: PageProps) {
  const { overview, home } = state;
  const [chosen, setChosen] = useState(LESSONS[0]?.id);
  if (overview === null || home === null) return <p class="hint">Asking the nodes …</p>;
  if (!overview.drills) return <NotEnabled />;
  const lesson = LESSONS.find(({ id }) => id === chosen);
  return (
    <div class="drills-page">
      <section class="card lessons" aria-label="Lessons">
        <h2>Four lessons</h2>
        <div class="picker">
          {LESSONS.map(({ id, title }) => (
            <button
              key={id}
              type="button"
              class="quiet"
              aria-pressed={id === chosen}
              onClick={() => setChosen(id)}
            >
              {title}
            </button>
          ))}
        </div>
        {lesson !== undefined && (
          <LessonView key={lesson.id} lesson={lesson} state={state} api={api} canWrite={canWrite} />
        )}
      </section>
      <div class="column">
        <FreePlay state={state} api={api} canWrite={canWrite} />
        <TimelineView happenings={state.happenings} />
      </div>
    </div>
  );
}

function NotEnabled() {
  return (
    <section class="card" aria-label="Drills">
      <h2>Drills are not enabled</h2>
      <p>
        They break nodes on purpose: isolate, delay, freeze, even wipe. Start a cluster whose data
        does not matter with <code>FAULTS=enabled</code>, and this page becomes four lessons.
      </p>
      <pre class="value">FAULTS=enabled npm start</pre>
    </section>
  );
}

function FreePlay({ state, api, canWrite }: PageProps) {
  const nodes = state.overview?.members.map(({ node }) => node) ?? [];
  const [kind, setKind] = useState<Kind>(KINDS[0] as Kind);
  const [node, setNode] = useState(nodes[1] ?? "");
  const others = nodes.filter((it) => it !== node);
  const [wantedPeer, setPeer] = useState("");
  const peer = others.includes(wantedPeer) ? wantedPeer : (others[0] ?? "");
  const [told, setTold] = useState<string | null>(null);
  const inflict = async (fault: FaultAsk, done: string) => {
    await api.inflict(fault).then(
      () => setTold(done),
      (thrown: unknown) =>
        setTold(thrown instanceof Refusal ? thrown.message : "That did not work."),
    );
  };
  const strike = () => {
    const link = kind.hasPeer ? { peer } : {};
    const delay = kind.kind === "delay" ? { delayMs: DELAY_MS } : {};
    const fault = { kind: kind.kind, node, seconds: SECONDS, ...link, ...delay };
    return inflict(fault, `For ${SECONDS} seconds from now.`);
  };
  return (
    <section class="card free-play" aria-label="Single faults">
      <h2>Or break one thing</h2>
      <div class="row">
        <div>
          <label for="fault-kind">Fault</label>
          <select
            id="fault-kind"
            onChange={(event) => setKind(KINDS[event.currentTarget.selectedIndex] as Kind)}
          >
            {KINDS.map(({ name }) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </div>
        <div>
          <label for="fault-node">Node</label>
          <select
            id="fault-node"
            value={node}
            onChange={(event) => setNode(event.currentTarget.value)}
          >
            {nodes.map((it) => (
              <option key={it}>{it}</option>
            ))}
          </select>
        </div>
        {kind.hasPeer && (
          <div>
            <label for="fault-peer">and</label>
            <select
              id="fault-peer"
              value={peer}
              onChange={(event) => setPeer(event.currentTarget.value)}
            >
              {others.map((it) => (
                <option key={it}>{it}</option>
              ))}
            </select>
          </div>
        )}
      </div>
      <p>
        <strong>Expect:</strong> {kind.expect(node, peer)}
      </p>
      <div class="row">
        <button type="button" class="danger" disabled={!canWrite} onClick={() => void strike()}>
          Do it for {SECONDS} s
        </button>
        <button
          type="button"
          class="quiet"
          disabled={!canWrite}
          onClick={() => void inflict({ kind: "heal", node: state.home ?? "" }, "Ended here.")}
        >
          End all faults of {state.home}
        </button>
      </div>
      <p class="hint" aria-live="polite">
        {told ?? "Every fault ends by itself."}
      </p>
    </section>
  );
}
