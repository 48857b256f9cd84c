import { settle } from "../test-support/manual-clock.js";
import { sideBySide } from "./side-by-side.js";

interface Walk {
  readonly steps: ((text: string | null) => void)[];
  isLeft: boolean;
}

/** Walks whose steps the test answers: a text, or null for the end. */
function openWalks() {
  const walks = new Map<string, Walk>();
  async function* walkOf(name: string): AsyncGenerator<string> {
    const walk: Walk = { steps: [], isLeft: false };
    walks.set(name, walk);
    try {
      for (;;) {
        const text = await new Promise<string | null>((resolve) => walk.steps.push(resolve));
        if (text === "broken") throw new Error("broken");
        if (text === null) return;
        yield text;
      }
    } finally {
      walk.isLeft = true;
    }
  }
  const answer = async (name: string, text: string | null) => {
    walks.get(name)?.steps.shift()?.(text);
    await settle();
  };
  return { walks, walkOf, answer };
}

describe("walks side by side", () => {
  it("begins as many as it may, and the next when one has ended", async () => {
    const { walks, walkOf, answer } = openWalks();
    const merged = sideBySide(["a", "b", "c"], walkOf, 2);
    const first = merged.next();
    await settle();
    expect([...walks.keys()]).toEqual(["a", "b"]);
    await answer("b", "b1");
    expect(await first).toEqual({ done: false, value: "b1" });
    const second = merged.next();
    await answer("b", null);
    expect([...walks.keys()]).toEqual(["a", "b", "c"]);
    await answer("c", "c1");
    expect((await second).value).toBe("c1");
    const third = merged.next();
    await answer("c", null);
    await answer("a", null);
    expect((await third).done).toBe(true);
  });

  it("is one step ahead of who reads, and no more", async () => {
    const { walks, walkOf, answer } = openWalks();
    const merged = sideBySide(["a"], walkOf, 4);
    const first = merged.next();
    await settle();
    await answer("a", "a1");
    await first;
    await answer("a", "a2");
    await settle();
    expect(walks.get("a")?.steps).toHaveLength(0);
  });

  it("leaves all walks when the reader stops", async () => {
    const { walks, walkOf, answer } = openWalks();
    const merged = sideBySide(["a", "b"], walkOf, 2);
    const first = merged.next();
    await settle();
    await answer("a", "a1");
    await first;
    await merged.return(undefined);
    await answer("a", "late");
    await answer("b", "late");
    expect([...walks.values()].map(({ isLeft }) => isLeft)).toEqual([true, true]);
  });

  it("fails when a walk fails, and leaves the others", async () => {
    const { walks, walkOf, answer } = openWalks();
    const merged = sideBySide(["a", "b"], walkOf, 2);
    const first = merged.next();
    first.catch(() => {});
    await settle();
    await answer("a", "broken");
    await expect(first).rejects.toThrow("broken");
    await answer("b", "late");
    expect(walks.get("b")?.isLeft).toBe(true);
    expect((await merged.next()).done).toBe(true);
  });

  it("ends at once when there is nothing to walk", async () => {
    const { walkOf } = openWalks();
    expect((await sideBySide([], walkOf, 4).next()).done).toBe(true);
  });
});
