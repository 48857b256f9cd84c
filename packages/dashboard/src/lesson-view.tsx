/** A lesson, step by step: the page does what the step says, and ticks what it sees come true. */

import { useEffect, useMemo, useState } from "preact/hooks";
import { type Api, Refusal } from "./api.js";
import { acted, advanced, BEGIN, type Run } from "./lesson-run.js";
import {
  type Action,
  type Answer,
  type Cast,
  castOf,
  type Lesson,
  lessonKey,
  type Step,
} from "./lessons.js";
import type { PageState } from "./page-state.js";

interface LessonViewProps {
  readonly lesson: Lesson;
  readonly state: PageState;
  readonly api: Api;
  readonly canWrite: boolean;
}

/** So many names are tried for a key with the wanted owners; one in three fits. */
const TRIES_MAX = 40;

export function LessonView({ lesson, state, api, canWrite }: LessonViewProps) {
  const { overview, home } = state;
  const [key, setKey] = useState<string | null>(null);
  const [run, setRun] = useState<Run>(BEGIN);
  // The cast changes with the members, not with every look.
  const nodes = overview?.members.map(({ node }) => node).join(" ") ?? "";
  const cast = useMemo(
    () => (home === null || key === null ? null : castOf(nodes.split(" "), home, key)),
    [nodes, home, key],
  );
  const steps = useMemo(() => (cast === null ? [] : lesson.steps(cast)), [cast, lesson]);
  useEffect(() => {
    if (overview !== null) setRun((it) => advanced(it, steps, overview));
  }, [overview, steps]);

  const begin = async () => {
    if (overview === null || home === null) return;
    const other = castOf(nodes.split(" "), home, "")?.other;
    const owner = lesson.ownedBy === "home" ? home : (other ?? home);
    setRun(BEGIN);
    setKey(await keyOwnedBy(owner, lesson.id, api));
  };
  const act = async (action: Action) => {
    if (cast === null || overview === null) return;
    const answer = await perform(action, cast.key, api).catch(answerOf);
    setRun((it) => advanced(acted(it, answer), answer === null ? [] : steps, overview));
  };
  return (
    <article class="lesson">
      <h3>{lesson.title}</h3>
      <p class="idea">{lesson.idea}</p>
      {cast === null ? (
        <button type="button" disabled={!canWrite} onClick={() => void begin()}>
          Begin
        </button>
      ) : (
        <Steps steps={steps} run={run} cast={cast} canWrite={canWrite} onAct={act} />
      )}
      {steps.length > 0 && run.at === steps.length && (
        <>
          <p class="moral">{lesson.moral}</p>
          <button type="button" class="quiet" onClick={() => void begin()}>
            Once more
          </button>
        </>
      )}
    </article>
  );
}

interface StepsProps {
  readonly steps: readonly Step[];
  readonly run: Run;
  readonly cast: Cast;
  readonly canWrite: boolean;
  readonly onAct: (action: Action) => Promise<void>;
}

function Steps({ steps, run, cast, canWrite, onAct }: StepsProps) {
  return (
    <>
      <p class="hint">
        The key is <code>{cast.key}</code>; {cast.home} serves this page.
      </p>
      <ol class="steps">
        {steps.map(({ say, action, expect }, index) => {
          const phase = index < run.at ? "over" : index === run.at ? "now" : "later";
          return (
            <li key={say} data-phase={phase} aria-current={phase === "now" ? "step" : undefined}>
              <p>{say}</p>
              {action !== undefined && phase === "now" && (
                <button type="button" disabled={!canWrite} onClick={() => void onAct(action)}>
                  {action.label}
                </button>
              )}
              <p class="expect">
                <span aria-hidden="true">{phase === "over" ? "✓" : "○"}</span>{" "}
                {phase === "over" ? "Seen: " : "Expect: "}
                {expect}
              </p>
              {phase === "now" && run.answer !== null && run.hasActed && (
                <pre class="answer">
                  {run.answer.status} {run.answer.text}
                </pre>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}

async function perform(action: Action, key: string, api: Api): Promise<Answer | null> {
  if (action.kind === "fault") await api.inflict(action.fault);
  else if (action.kind === "faults") for (const fault of action.faults) await api.inflict(fault);
  else if (action.kind === "get") return api.readRaw(key, action.r);
  else {
    const { value, w } = action;
    const receipt = await api.put(key, { value, w, contentType: "text/plain" });
    return { status: 200, text: JSON.stringify(receipt) };
  }
  return null;
}

function answerOf(thrown: unknown): Answer {
  if (!(thrown instanceof Refusal)) return { status: 0, text: "That did not work." };
  const { status, ...rest } = thrown.problem;
  return { status, text: JSON.stringify(rest) };
}

async function keyOwnedBy(owner: string, lesson: string, api: Api): Promise<string> {
  const salt = crypto.getRandomValues(new Uint32Array(1))[0]?.toString(36) ?? "";
  for (let attempt = 0; attempt < TRIES_MAX; attempt++) {
    const key = lessonKey(`${lesson}-${salt}`, attempt);
    const { owners } = await api.locate(key);
    if (owners[0] === owner) return key;
  }
  return lessonKey(`${lesson}-${salt}`, 0);
}
