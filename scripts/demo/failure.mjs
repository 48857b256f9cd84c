/** What the person who runs the demo can mend: its message says how. Anything else is a bug. */
export class DemoFailure extends Error {
  /** @override */
  name = "DemoFailure";
}
