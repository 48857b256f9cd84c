/** A region that scrolls, which a keyboard must reach too. */

import type { ComponentChildren } from "preact";

interface ScrollingProps {
  readonly label: string;
  readonly children: ComponentChildren;
}

export function Scrolling({ label, children }: ScrollingProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it nobody scrolls by keyboard.
    <section class="scrolling" aria-label={label} tabIndex={0}>
      {children}
    </section>
  );
}
