/**
 * One short round of each usual fault, and of some others, on real processes. What is judged is the
 * data, and that the round means something; limits of time are not: they hold at production's
 * settings, and here a node is missed sooner, so a round is short. `npm run chaos` judges them.
 */

import { FAULT_NAMES, type FaultName } from "../../scripts/chaos/faults.mjs";
import { playRound } from "../../scripts/chaos/round.mjs";
import { problemsOf } from "../../scripts/chaos/verdict.mjs";
import { chooseRedis } from "../../scripts/launcher/redis-choice.mjs";

const SETTINGS = {
  HEARTBEAT_INTERVAL_MS: "250",
  SUSPECT_AFTER_MS: "750",
  DOWN_AFTER_MS: "2000",
  HANDOFF_INTERVAL_MS: "1000",
  ANTI_ENTROPY_INTERVAL_MS: "1000",
};
const LOAD = { seconds: 6, clients: 12, rate: 300, records: 500 };
/** A round takes about twelve seconds, on a machine that has nothing else to do. */
const ROUND_TIMEOUT_MS = 120_000;

const stop = new AbortController();
afterAll(() => stop.abort());

function play(fault: FaultName, settings: NodeJS.ProcessEnv, notes: string[] = []) {
  const note = (text: string) => void notes.push(text);
  const seed = `smoke ${Date.now()}`;
  return playRound({ ...LOAD, fault, seed, settings, signal: stop.signal, note });
}

// The stand-in keeps nothing: after it, everything would be lost.
const persists = chooseRedis([], process.env).kind === "server";

/** Of the rest of the matrix, what is quick and needs neither root nor another program. */
const QUICK = ["pair-cut", "replay", "torn-logs", "store-full"] as const;

for (const fault of persists ? [...FAULT_NAMES, ...QUICK] : []) {
  it(
    `no acknowledged write is lost through ${fault}`,
    async () => {
      const notes: string[] = [];
      const result = await play(fault, SETTINGS, notes);
      const problems = problemsOf(result).filter(({ about }) => about === "data");
      expect([...problems.map(({ text }) => text), ...result.stories]).toEqual([]);
      expect(notes).not.toEqual([]);
    },
    ROUND_TIMEOUT_MS,
  );
}

if (persists) {
  it(
    "a loss is noticed: of records that are kept once, on a disk that is wiped",
    async () => {
      const once = { ...SETTINGS, REPLICA_COUNT: "1", WRITE_QUORUM: "1" };
      const { judgement, stories } = await play("wipe", once);
      expect(judgement.lost.length).toBeGreaterThan(LOAD.records / 10);
      expect(stories[0]).toContain("older than what was acknowledged");
      expect([judgement.zombies, judgement.invented]).toEqual([[], []]);
    },
    ROUND_TIMEOUT_MS,
  );
}

it("is refused where no Redis is that keeps anything", async () => {
  const without = { ...SETTINGS, PATH: "", REDIS_SERVER_BIN: "" };
  await expect(play("stop", without)).rejects.toThrow(/a redis-server or valkey-server is needed/);
});
