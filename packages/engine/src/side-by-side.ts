/**
 * Several walks at once, as one stream: what is ready first comes first, and no walk is further
 * ahead than one step. So whoever reads slowly makes all of them wait, and memory is bounded.
 */

interface Step<T> {
  readonly walk: AsyncGenerator<T>;
  readonly result: IteratorResult<T>;
}

/** Ends every walk that has begun when the reader stops or when one of them fails. */
export async function* sideBySide<Item, T>(
  items: readonly Item[],
  walkOf: (item: Item) => AsyncGenerator<T>,
  width: number,
): AsyncGenerator<T> {
  const steps = new Map<AsyncGenerator<T>, Promise<Step<T>>>();
  const advance = (walk: AsyncGenerator<T>) => {
    const step = walk.next().then((result) => ({ walk, result }));
    step.catch(() => {}); // Heard when its turn comes, if it ever does.
    steps.set(walk, step);
  };
  let next = 0;
  const begin = () => {
    const item = items[next++];
    if (item !== undefined) advance(walkOf(item));
  };
  try {
    while (steps.size < width && next < items.length) begin();
    while (steps.size > 0) {
      const { walk, result } = await Promise.race(steps.values());
      steps.delete(walk);
      if (result.done === true) begin();
      else {
        // Asked for before the reader has dealt with this one: that is the look-ahead.
        advance(walk);
        yield result.value;
      }
    }
  } finally {
    for (const walk of steps.keys()) walk.return(undefined).catch(() => {});
  }
}
