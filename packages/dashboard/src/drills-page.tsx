/** Drills: break something on purpose, and watch. Four lessons, and single faults for free play. */

import { useState } from "preact/hooks";
import type { PageProps } from "./app.js";
import { FreePlay } from "./free-play.js";
import { LessonView } from "./lesson-view.js";
import { LESSONS } from "./lessons.js";
import { TimelineView } from "./timeline-view.js";

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
