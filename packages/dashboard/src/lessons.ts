/**
 * Four scripted lessons: what to do, what to expect and why, and how the page sees that it came
 * true. The words are the lesson; the rest is so that nobody has to believe them.
 */

import type { Member, Overview } from "./wire.js";

export interface FaultAsk {
  readonly kind: "isolate" | "cut" | "delay" | "freeze" | "wipe" | "heal";
  readonly node: string;
  readonly peer?: string;
  readonly delayMs?: number;
  readonly seconds?: number;
}

/** Whom a lesson is about: `home` serves this page, `other` is a second node, `third` one more. */
export interface Cast {
  readonly home: string;
  readonly other: string;
  readonly third: string;
  readonly key: string;
}

export type Action =
  | { readonly kind: "fault"; readonly label: string; readonly fault: FaultAsk }
  | { readonly kind: "faults"; readonly label: string; readonly faults: readonly FaultAsk[] }
  | {
      readonly kind: "put";
      readonly label: string;
      readonly value: string;
      readonly w: number | null;
    }
  | { readonly kind: "get"; readonly label: string; readonly r: number | null };

/** The last answer to a read or write of this lesson. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

export interface Step {
  readonly say: string;
  readonly action?: Action;
  /** What it looks like when it has come true. */
  readonly expect: string;
  readonly holds: (overview: Overview, answer: Answer | null) => boolean;
}

export interface Lesson {
  readonly id: string;
  readonly title: string;
  readonly idea: string;
  /** Which nodes must own the key: `w=1` is only a risk for the node that keeps the one copy. */
  readonly ownedBy: "home" | "other";
  readonly steps: (cast: Cast) => readonly Step[];
  readonly moral: string;
}

const FREEZE_SECONDS = 20;
const SPLIT_SECONDS = 45;
const ISOLATE_SECONDS = 60;

export const LESSONS: readonly Lesson[] = [
  {
    id: "stop",
    title: "A node stops",
    idea:
      "Each key lies on two nodes. When one of them is silent, the next node of the key's " +
      "walk stands in for it.",
    ownedBy: "other",
    steps: ({ home, other, key }) => [
      {
        say:
          `${other} stands still for ${FREEZE_SECONDS} seconds, as a stopped container would. ` +
          "The others notice the silence.",
        action: freeze([other], `Freeze ${other}`),
        expect: `${other} is suspect, then down`,
        holds: (overview) => stateOf(overview, other) === "down",
      },
      {
        say: `Write "${key}", which ${other} owns. The receipt names who stood in for it.`,
        action: { kind: "put", label: "Write it", value: "written while a node was away", w: null },
        expect: "the write is acknowledged, with a stand-in",
        holds: (_overview, answer) => isOk(answer) && !/"standIns":\[\]/.test(answer?.text ?? ""),
      },
      {
        say:
          `${other} wakes up. It compares with the others before it serves reads, and the ` +
          "stand-in hands the record over.",
        expect: `${other} is up again, and nobody holds anything for it`,
        holds: (overview) => stateOf(overview, other) === "up" && debtsIn(overview) === 0,
      },
      {
        say: `Read it through ${home}: two owners hold it, and the stand-in has let go.`,
        action: { kind: "get", label: "Read it", r: 2 },
        expect: "both owners answer with the value",
        holds: (_overview, answer) => isOk(answer),
      },
    ],
    moral:
      "A write needs two live nodes, not two particular ones. " +
      "What a node missed it is given when it returns.",
  },
  {
    id: "partition",
    title: "A partition",
    idea:
      "When the network splits, the side with the majority goes on. The other side cannot " +
      "know whether it is alone, so it must not promise anything.",
    ownedBy: "other",
    steps: ({ other }) => [
      {
        say:
          `No message gets to ${other} or from it, for ${SPLIT_SECONDS} seconds. It runs on, ` +
          "and clients can still reach it.",
        action: fault(`Isolate ${other}`, {
          kind: "isolate",
          node: other,
          seconds: SPLIT_SECONDS,
        }),
        expect: `the others take ${other} for down`,
        holds: (overview) => stateOf(overview, other) === "down",
      },
      {
        say: "Write on this side of the split. Two nodes see each other here, and that is enough.",
        action: { kind: "put", label: "Write it", value: "written by the majority", w: null },
        expect: "the write is acknowledged",
        holds: (_overview, answer) => isOk(answer),
      },
      {
        say:
          `A leader is needed for chores only, and the majority always has one. If ${other} ` +
          "led, another one does now, with a higher term.",
        expect: "somebody on this side leads",
        holds: ({ leader }) => leader !== null && leader !== other,
      },
      {
        say:
          `The split ends by itself, or now if you open ${other}'s own page and press ` +
          `"End all faults" there: nobody else can reach it.`,
        expect: `${other} is back, and every copy is where it belongs`,
        holds: (overview) => stateOf(overview, other) === "up" && debtsIn(overview) === 0,
      },
    ],
    moral:
      "Nobody can have both: a write accepted by the lonely side would be a promise of one disk " +
      "only. It refuses with 503 instead.",
  },
  {
    id: "two-lost",
    title: "Two nodes lost",
    idea:
      "With one node of three left there is no second disk to write to, so writes are " +
      "refused. What is here can still be read.",
    ownedBy: "home",
    steps: ({ home, other, third }) => [
      {
        say: "First a value to read later, while everybody is well.",
        action: { kind: "put", label: "Write it", value: "written in good times", w: null },
        expect: "the write is acknowledged",
        holds: (_overview, answer) => isOk(answer),
      },
      {
        say: `${other} and ${third} stand still for ${FREEZE_SECONDS} seconds.`,
        action: freeze([other, third], `Freeze ${other} and ${third}`),
        expect: `${home} sees both of them down`,
        holds: (overview) => [other, third].every((node) => stateOf(overview, node) === "down"),
      },
      {
        say: "Try to write. The answer says that it was not stored, or that nobody can know.",
        action: { kind: "put", label: "Write it", value: "written alone", w: null },
        expect: "503, quorum_unreachable",
        holds: (_overview, answer) => answer?.status === 503,
      },
      {
        say: `Read: ${home} owns the key, and one answer is enough for a read (R=1).`,
        action: { kind: "get", label: "Read it", r: 1 },
        expect: "the value from good times",
        holds: (_overview, answer) => isOk(answer),
      },
      {
        say: "Both wake up, compare, and the cluster is whole again.",
        expect: "all nodes are up",
        holds: ({ members }) => members.every(({ state }) => state === "up"),
      },
    ],
    moral:
      "Refusing is the honest answer. Whoever prefers to go on alone says so with ?w=1, and " +
      "reads the next lesson.",
  },
  {
    id: "w1",
    title: "One copy, one disk",
    idea:
      "?w=1 acknowledges a write that one disk holds. It is faster and works alone. This is " +
      "its price.",
    ownedBy: "home",
    steps: ({ home }) => [
      {
        say: `${home}, which serves this page, is cut off from the others for a minute.`,
        action: fault(`Isolate ${home}`, { kind: "isolate", node: home, seconds: ISOLATE_SECONDS }),
        expect: `${home} sees nobody`,
        holds: ({ members }) =>
          members.every(({ node, state }) => node === home || state === "down"),
      },
      {
        say: "Write with w=1: acknowledged, because one disk has it.",
        action: { kind: "put", label: "Write with w=1", value: "one copy only", w: 1 },
        expect: "acknowledged by one node",
        holds: (_overview, answer) => isOk(answer),
      },
      {
        say:
          `Now ${home} loses its disk, and the split ends. It notices, and gets everything ` +
          "from the others that they have.",
        action: {
          kind: "faults",
          label: `Wipe ${home}'s disk, end the split`,
          faults: [
            { kind: "wipe", node: home },
            { kind: "heal", node: home },
          ],
        },
        expect: `${home} has recovered`,
        holds: ({ members }) => members.every(({ state }) => state === "up"),
      },
      {
        say: "Read it. The only copy was on that disk.",
        action: { kind: "get", label: "Read it", r: 1 },
        expect: "404: an acknowledged write is lost",
        holds: (_overview, answer) => answer?.status === 404,
      },
      {
        say: "The same at w=2: acknowledged when two disks have it.",
        action: { kind: "put", label: "Write with w=2", value: "two copies", w: 2 },
        expect: "acknowledged by two nodes",
        holds: (_overview, answer) => isOk(answer),
      },
      {
        say: `${home} loses its disk again.`,
        action: fault(`Wipe ${home}'s disk`, { kind: "wipe", node: home }),
        expect: `${home} notices, and recovers`,
        // Before it notices it is up as well, with nothing on its disk.
        holds: (overview) =>
          overview.members.every(({ state }) => state === "up") && recordsOf(overview, home) > 0,
      },
      {
        say: "Read it: the other copy has brought it back.",
        action: { kind: "get", label: "Read it", r: 2 },
        expect: "the value, from both owners",
        holds: (_overview, answer) => isOk(answer),
      },
    ],
    moral: "W is how many disks you want to be able to lose, plus one. The default here is 2.",
  },
];

/** A key whose owners are as the lesson wants them, among names that nobody uses. */
export function lessonKey(id: string, attempt: number): string {
  return `lesson:${id}:${attempt}`;
}

/** Who plays which part, for the node that serves this page. */
export function castOf(nodes: readonly string[], home: string, key: string): Cast | null {
  const [other, third] = nodes.filter((node) => node !== home);
  return other === undefined || third === undefined ? null : { home, other, third, key };
}

function fault(label: string, ask: FaultAsk): Action {
  return { kind: "fault", label, fault: ask };
}

function freeze(nodes: readonly string[], label: string): Action {
  const faults = nodes.map((node) => ({ kind: "freeze" as const, node, seconds: FREEZE_SECONDS }));
  return { kind: "faults", label, faults };
}

function isOk(answer: Answer | null): boolean {
  return answer !== null && answer.status >= 200 && answer.status < 300;
}

function stateOf({ members }: Overview, node: string): Member["state"] | null {
  return members.find((member) => member.node === node)?.state ?? null;
}

function recordsOf({ members }: Overview, node: string): number {
  return members.find((member) => member.node === node)?.status?.records ?? 0;
}

function debtsIn({ members }: Overview): number {
  return members.reduce((sum, { status }) => sum + (status?.foreignRecords ?? 0), 0);
}
