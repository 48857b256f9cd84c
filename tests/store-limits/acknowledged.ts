/** What one writer was told, key by key, and whether all of it can still be read. */

import { type NodeName, type Receipt, Refused } from "../harness/cluster.js";
import type { LocalProcesses } from "../harness/local-processes.js";

/** Null: deleted. */
type Value = string | null;

export class Acknowledged {
  readonly #cluster: LocalProcesses;
  readonly #values = new Map<string, Value>();
  /** Written since, with an outcome that nobody knows: either may be true. */
  readonly #open = new Map<string, Value[]>();

  constructor(cluster: LocalProcesses) {
    this.#cluster = cluster;
  }

  /** Null: it was refused, or nobody knows. */
  put(via: NodeName, key: string, value: string): Promise<Receipt | null> {
    return this.#write(key, value, this.#cluster.at(via).put(key, value));
  }

  delete(via: NodeName, key: string): Promise<Receipt | null> {
    return this.#write(key, null, this.#cluster.at(via).delete(key));
  }

  /** One sentence for each key that is not what it should be, at some node. */
  async losses(): Promise<string[]> {
    const losses: string[] = [];
    for (const [key, value] of this.#values) {
      for (const node of this.#cluster.nodes) {
        const found = (await this.#cluster.at(node).get(key))?.value ?? null;
        const allowed = [value, ...(this.#open.get(key) ?? [])];
        if (!allowed.includes(found)) losses.push(`${node} reads ${key} as ${brief(found)}`);
      }
    }
    return losses;
  }

  async #write(key: string, value: Value, request: Promise<Receipt>): Promise<Receipt | null> {
    try {
      const receipt = await request;
      this.#values.set(key, value);
      this.#open.delete(key);
      return receipt;
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown;
      if (thrown.outcome !== "not-applied")
        this.#open.set(key, [...(this.#open.get(key) ?? []), value]);
      return null;
    }
  }
}

function brief(value: Value): string {
  return value === null ? "nothing" : `${value.slice(0, 20)} (${value.length} characters)`;
}
