/** The answer to `?explain=1`: who was asked, who said what and when, who won and why. */

import type { Answered, ReadResult, WriteReceipt } from "@ringkv/engine";
import type { explanationSchema } from "./explanation-schema.js";
import type { Sent } from "./sent.js";

type Explanation = Sent<typeof explanationSchema>;

export function explainWrite(receipt: WriteReceipt): Explanation {
  const { partition, walk, answers, version, stored, w } = receipt;
  return {
    partition,
    walk,
    asked: answers.map(asked),
    winner: { version, nodes: stored },
    why: `on disk on ${stored.length} nodes, and w=${w} asks for ${w}`,
  };
}

export function explainRead({ partition, walk, answers, record }: ReadResult): Explanation {
  const nodes = answers.filter((it) => it.version === record?.version).map(({ node }) => node);
  return {
    partition,
    walk,
    asked: answers.map(asked),
    winner: record === null ? null : { version: record.version, nodes },
    why: whyRead(record !== null, answers),
  };
}

function whyRead(isFound: boolean, answers: readonly Answered[]): string {
  if (isFound) return "the newest version among the answers";
  const isHeld = answers.some(({ version }) => version !== null);
  return isHeld ? "the newest version is a deletion, or has expired" : "no node holds the key";
}

function asked({ node, answer, version, afterMs }: Answered): Explanation["asked"][number] {
  return { node, answer, version, ms: Math.round(afterMs * 1_000) / 1_000 };
}
