/** The page's one place of state, and who is told when it changes. */

import { useEffect, useState } from "preact/hooks";
import { EMPTY_PAGE, nextPage, type PageEvent, type PageState } from "./page-state.js";

export class Store {
  readonly #listeners = new Set<() => void>();
  #state: PageState = EMPTY_PAGE;

  get state(): PageState {
    return this.#state;
  }

  readonly hear = (event: PageEvent): void => {
    this.#state = nextPage(this.#state, event);
    for (const listener of this.#listeners) listener();
  };

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}

export function useStore(store: Store): PageState {
  const [state, setState] = useState(store.state);
  useEffect(() => {
    setState(store.state);
    return store.subscribe(() => setState(store.state));
  }, [store]);
  return state;
}
