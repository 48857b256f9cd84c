/** The cluster as one table: what each node says of itself, and who does not answer. */

import type { NodeStatus, RingkvError } from "@ringkv/client";
import type { Context } from "./context.js";
import type { Colour, Output } from "./output.js";
import type { Column } from "./table.js";
import { tableLines } from "./table.js";
import { countText, durationText } from "./wording.js";

export interface NodeAnswer {
  readonly url: string;
  readonly status: NodeStatus | null;
  /** Why there is no status. */
  readonly failure: string | null;
}

const ANSWER_TIMEOUT_MS = 2_000;

const COLUMNS: readonly Column[] = [
  { title: "NODE" },
  { title: "STATE" },
  { title: "TERM", align: "right" },
  { title: "RECORDS", align: "right" },
  { title: "FOREIGN", align: "right" },
  { title: "DIFFERING", align: "right" },
  { title: "IN FLIGHT", align: "right" },
  { title: "UPTIME", align: "right" },
  { title: "URL" },
];

const COLOUR_OF: Readonly<Record<string, Colour>> = {
  up: "green",
  suspect: "yellow",
  recovering: "yellow",
  down: "red",
  silent: "red",
};

/** Every node by itself, at the same time. Rejects never. */
export function askAll(context: Context): Promise<NodeAnswer[]> {
  const client = context.client();
  const { signal } = context;
  const timeoutMs = ANSWER_TIMEOUT_MS;
  return Promise.all(
    context.nodes.map((url) =>
      client
        .at(url)
        .cluster.status({ signal, timeoutMs })
        .then((status) => ({ url, status, failure: null }))
        .catch((error: RingkvError) => ({ url, status: null, failure: error.message })),
    ),
  );
}

export function clusterTable(answers: readonly NodeAnswer[], out: Output) {
  return {
    columns: COLUMNS,
    rows: [...answers.map((it) => rowOf(it, out)), ...others(answers, out)],
  };
}

export function clusterLines(answers: readonly NodeAnswer[], out: Output): string[] {
  const { columns, rows } = clusterTable(answers, out);
  return tableLines(columns, rows);
}

function rowOf({ url, status }: NodeAnswer, out: Output): readonly string[] {
  if (status === null) return ["?", stateText("silent", out), "", "", "", "", "", "", url];
  const { node, state, isLeader, term, records, foreignRecords, partitions, recovery } = status;
  const left = recovery.isOver ? "" : ` (${countText(recovery.partitionsLeft)} partitions left)`;
  return [
    isLeader ? `${node} *` : node,
    stateText(state, out) + left,
    String(term),
    countText(records),
    countText(foreignRecords),
    countText(partitions.differing),
    countText(status.requestsInFlight),
    durationText(status.uptimeSeconds),
    url,
  ];
}

/** Members that nobody asked, or that did not answer, as the first node that did sees them. */
function others(answers: readonly NodeAnswer[], out: Output): readonly (readonly string[])[] {
  const known = new Set(answers.map(({ status }) => status?.node));
  const seer = answers.find(({ status }) => status !== null)?.status;
  const members = seer?.members ?? [];
  return members
    .filter(({ node }) => !known.has(node))
    .map(({ node, state }) => [
      node,
      `${stateText(state, out)} as ${seer?.node} sees it`,
      ...Array.from({ length: 7 }, () => ""),
    ]);
}

function stateText(state: string, out: Output): string {
  const colour = COLOUR_OF[state];
  return colour === undefined ? state : out.coloured(colour, state);
}
