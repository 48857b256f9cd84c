/**
 * Which node is asked first, and which ones next. Nodes that failed of late come last; they are
 * never left out, because all may have failed.
 *
 * It keeps to the node that answers, so that a program reads what it has just written even where
 * quorums do not overlap; with `spread` each request begins at the next node.
 */

export interface NodeOrderOptions {
  readonly nodes: readonly string[];
  readonly spread: boolean;
  /** How long a node that failed is asked last. */
  readonly asideMs: number;
}

export class NodeOrder {
  readonly #options: NodeOrderOptions;
  readonly #asideUntilMs = new Map<string, number>();
  #first = 0;

  constructor(options: NodeOrderOptions) {
    this.#options = options;
  }

  /** All nodes, best first. */
  next(nowMs: number): readonly string[] {
    const { nodes, spread } = this.#options;
    const start = this.#first;
    if (spread) this.#first = (start + 1) % nodes.length;
    const turned = [...nodes.slice(start), ...nodes.slice(0, start)];
    const isAside = (node: string) => (this.#asideUntilMs.get(node) ?? 0) > nowMs;
    return [...turned.filter((node) => !isAside(node)), ...turned.filter(isAside)];
  }

  answered(node: string): void {
    this.#asideUntilMs.delete(node);
    const { nodes, spread } = this.#options;
    if (!spread) this.#first = nodes.indexOf(node);
  }

  failed(node: string, nowMs: number): void {
    this.#asideUntilMs.set(node, nowMs + this.#options.asideMs);
  }
}
