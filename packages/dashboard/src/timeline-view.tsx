/** The event timeline. */

import { Scrolling } from "./scrolling.js";
import { linesOf } from "./timeline.js";
import type { Happening } from "./wire.js";

export function TimelineView({ happenings }: { readonly happenings: readonly Happening[] }) {
  const lines = linesOf(happenings);
  return (
    <section class="card timeline" aria-label="Events">
      <h2>What has happened</h2>
      <Scrolling label="Events, newest first">
        {lines.length === 0 && <p class="hint">Nothing since somebody began to watch.</p>}
        <ol>
          {lines.map(({ atMs, tone, text }) => (
            <li key={`${atMs}${text}`} data-tone={tone}>
              <time dateTime={new Date(atMs).toISOString()}>{clockTime(atMs)}</time> {text}
            </li>
          ))}
        </ol>
      </Scrolling>
    </section>
  );
}

function clockTime(atMs: number): string {
  return new Date(atMs).toLocaleTimeString([], { hour12: false });
}
