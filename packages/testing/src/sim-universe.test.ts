import { hash32 } from "@ringkv/core";
import { UniverseFactory } from "./sim-universe.js";

describe("a universe", () => {
  it("is the same, event by event, whenever and wherever its seed is run", async () => {
    const trace = async (universes: UniverseFactory, seed: number) => {
      const lines: string[] = [];
      const report = await universes.run(seed, {
        mix: "broad",
        only: null,
        trace: ({ atMs, key, text }) => lines.push(`${atMs} ${key} ${text}`),
      });
      return { hash: hash32(lines.join("\n")), lines: lines.length, events: report.events };
    };
    const shared = new UniverseFactory();
    for (const seed of [1, 2, 3]) {
      const first = await trace(shared, seed);
      expect(first.lines).toBeGreaterThan(300);
      expect(await trace(shared, seed)).toEqual(first);
      expect(await trace(new UniverseFactory(), seed)).toEqual(first);
    }
  });

  it("is the same whether somebody watches or not", async () => {
    const universes = new UniverseFactory();
    const watched = await universes.run(5, { mix: "broad", only: null, trace: () => {} });
    expect(await universes.run(5, { mix: "broad", only: null, trace: null })).toEqual(watched);
  });

  it("differs from its neighbours", async () => {
    const universes = new UniverseFactory();
    const events = new Set<number>();
    for (let seed = 1; seed <= 5; seed++) {
      events.add((await universes.run(seed, { mix: "broad", only: null, trace: null })).events);
    }
    expect(events.size).toBe(5);
  });
});
