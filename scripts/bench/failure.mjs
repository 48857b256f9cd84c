/** What whoever runs the benchmark can mend: its message says how. Anything else is a bug. */
export class BenchFailure extends Error {
  /** @override */
  name = "BenchFailure";
}
