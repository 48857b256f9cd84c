/** Single faults, each with what to expect of it. */

import { useState } from "preact/hooks";
import { Refusal } from "./api.js";
import type { PageProps } from "./app.js";
import type { FaultAsk } from "./lessons.js";

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
      `${node} hears nobody and is heard by nobody. The others take it for suspect after 2 s, ` +
      `for down after 5 s, and stand in for it. ${node} itself refuses writes that need two ` +
      "nodes.",
  },
  {
    kind: "cut",
    name: "Cut a link",
    hasPeer: true,
    expect: (node, peer) =>
      `${node} and ${peer} lose each other and still hear the rest. Each takes the other one ` +
      "for down; the third node sees both up, and stands in where one cannot reach the other.",
  },
  {
    kind: "delay",
    name: "Delay a link",
    hasPeer: true,
    expect: (node, peer) =>
      `Every message between ${node} and ${peer} takes ${DELAY_MS} ms more. Writes that need ` +
      "both become slow; nobody goes down.",
  },
  {
    kind: "freeze",
    name: "Freeze a node",
    hasPeer: false,
    expect: (node) =>
      `The process of ${node} stands still, as in a long garbage collection. To the others it ` +
      "is down after 5 s; when it wakes up it catches up. If it serves this page, the page " +
      "moves on.",
  },
];

export function FreePlay({ state, api, canWrite }: PageProps) {
  const nodes = state.overview?.members.map(({ node }) => node) ?? [];
  const [kind, setKind] = useState<Kind>(KINDS[0] as Kind);
  const [node, setNode] = useState(nodes[1] ?? "");
  const others = nodes.filter((it) => it !== node);
  const [wantedPeer, setPeer] = useState("");
  const peer = others.includes(wantedPeer) ? wantedPeer : (others[0] ?? "");
  const [told, setTold] = useState("Every fault ends by itself.");
  const inflict = async (fault: FaultAsk, done: string) => {
    try {
      await api.inflict(fault);
      setTold(done);
    } catch (thrown) {
      setTold(thrown instanceof Refusal ? thrown.message : "That did not work.");
    }
  };
  const strike = () => {
    const link = kind.hasPeer ? { peer } : {};
    const delay = kind.kind === "delay" ? { delayMs: DELAY_MS } : {};
    const fault = { kind: kind.kind, node, seconds: SECONDS, ...link, ...delay };
    void inflict(fault, `For ${SECONDS} seconds from now.`);
  };
  const heal = () => void inflict({ kind: "heal", node: state.home ?? "" }, "Ended here.");
  const names = KINDS.map(({ name }) => name);
  const choose = (name: string) => setKind(KINDS.find((it) => it.name === name) ?? kind);
  return (
    <section class="card free-play" aria-label="Single faults">
      <h2>Or break one thing</h2>
      <div class="row">
        <Choice id="fault-kind" label="Fault" value={kind.name} all={names} onChoose={choose} />
        <Choice id="fault-node" label="Node" value={node} all={nodes} onChoose={setNode} />
        {kind.hasPeer && (
          <Choice id="fault-peer" label="and" value={peer} all={others} onChoose={setPeer} />
        )}
      </div>
      <p>
        <strong>Expect:</strong> {kind.expect(node, peer)}
      </p>
      <div class="row">
        <button type="button" class="danger" disabled={!canWrite} onClick={strike}>
          Do it for {SECONDS} s
        </button>
        <button type="button" class="quiet" disabled={!canWrite} onClick={heal}>
          End all faults of {state.home}
        </button>
      </div>
      <p class="hint" aria-live="polite">
        {told}
      </p>
    </section>
  );
}

interface ChoiceProps {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  readonly all: readonly string[];
  readonly onChoose: (value: string) => void;
}

function Choice({ id, label, value, all, onChoose }: ChoiceProps) {
  return (
    <div>
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {all.map((it) => (
          <option key={it}>{it}</option>
        ))}
      </select>
    </div>
  );
}
