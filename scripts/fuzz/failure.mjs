/** What whoever runs the fuzzing can mend: its message says how. Anything else is a bug. */
export class FuzzFailure extends Error {
  /** @override */
  name = "FuzzFailure";
}
