/**
 * Goal: whatever machines, disks, clocks and networks do, no acknowledged write is lost, no deleted
 * key comes back, nothing is invented, and once all is well every node serves every client.
 *
 * Method: each seed is one universe of three or five nodes, some hundred operations and its own
 * misfortunes; see packages/testing/DESIGN.md. Replay a failure with
 * SEED=<n> npm run jest -- tests/simulation, or npm run sim -- --seed <n>.
 */

import { runSeeds } from "./seeds.js";
import { build } from "./worker.js";

beforeAll(build, 120_000);

it("keeps every promise in the first half of the seeds", async () => {
  const { tally, failure } = await runSeeds("broad", { from: 1, seeds: 1_000 });
  expect(failure?.story ?? "every promise kept").toBe("every promise kept");
  expect(tally).toMatchObject({ lost: 0, zombies: 0, otherViolations: 0 });
  // A simulation in which nothing happens would pass as well.
  expect(tally.acknowledged).toBeGreaterThan(20 * tally.schedules);
}, 900_000);

it("keeps every promise where nodes restart all the time", async () => {
  const { tally, failure } = await runSeeds("restarts", { from: 1, seeds: 30 });
  expect(failure?.story ?? "every promise kept").toBe("every promise kept");
  expect(tally.crashes).toBeGreaterThan(2 * tally.schedules);
}, 900_000);

it("keeps every promise where disks are lost one after the other", async () => {
  const { tally, failure } = await runSeeds("disks", { from: 1, seeds: 30 });
  expect(failure?.story ?? "every promise kept").toBe("every promise kept");
  expect(tally.wipes).toBeGreaterThan(2 * tally.schedules);
}, 900_000);

it("keeps every promise where what was deleted is purged between the misfortunes", async () => {
  const { tally, failure } = await runSeeds("lulls", { from: 1, seeds: 60 });
  expect(failure?.story ?? "every promise kept").toBe("every promise kept");
  expect(tally.purging).toBeGreaterThan(0.6 * tally.schedules);
  expect(tally.expiredPurged).toBeGreaterThan(tally.schedules);
}, 900_000);
