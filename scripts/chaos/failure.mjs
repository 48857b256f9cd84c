/** What the person who runs the chaos can mend: its message says how. Anything else is a bug. */
export class ChaosFailure extends Error {
  /** @override */
  name = "ChaosFailure";
}
