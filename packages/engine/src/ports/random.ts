/**
 * Chance, as the engine sees it. Core and engine draw no random number themselves; that is what
 * makes a simulation repeatable. It protects no secret.
 */
export interface Random {
  /** From 0 up to, but not including, 1. */
  unit(): number;
}
