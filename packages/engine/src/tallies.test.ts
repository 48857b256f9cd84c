import { Tallies } from "./tallies.js";

it("counts each combination of labels alone", () => {
  const tallies = new Tallies();
  for (const labels of [["a", "b"], ["ab"], ["a", "b"]]) tallies.add(...labels);
  expect(tallies.series).toEqual([
    { labels: ["a", "b"], count: 2 },
    { labels: ["ab"], count: 1 },
  ]);
});
