/**
 * `bench`: how fast the cluster answers this command line. One process of JavaScript is asking, so
 * these are figures of the two together: good for comparing, too low for what the nodes can do.
 */

import { randomBytes } from "node:crypto";
import type { RingkvClient } from "@ringkv/client";
import type { Command } from "commander";
import type { Context } from "../context.js";
import { EXIT, type ExitCode } from "../exit-code.js";
import { Tally } from "../tally.js";
import { countText } from "../wording.js";
import { type Given, type Run, wholeNumber } from "./command-frame.js";

interface BenchFlags {
  readonly seconds: number;
  readonly concurrency: number;
  readonly size: number;
  readonly keys: number;
}

const SIZE_MAX = 8 * 1024 * 1024;

export function addBench(program: Command, run: Run): void {
  program
    .command("bench")
    .description("write, then read, as fast as this client can; deletes its records afterwards")
    .option("--seconds <n>", "for writing, and again for reading", wholeNumber(1, 600), 5)
    .option("--concurrency <n>", "requests at once", wholeNumber(1, 512), 64)
    .option("--size <bytes>", "of a value", wholeNumber(0, SIZE_MAX), 100)
    .option("--keys <n>", "different keys", wholeNumber(1, 1_000_000), 1_000)
    .action(run(bench));
}

async function bench(context: Context, { options }: Given<BenchFlags>): Promise<ExitCode> {
  const { out, signal } = context;
  const { seconds, concurrency, size, keys } = options;
  const client = context.client({ spread: true, connectionsMax: concurrency });
  const prefix = `bench:${randomBytes(4).toString("hex")}:`;
  const value = randomBytes(size);
  const keyOf = (number: number) => `${prefix}${number % keys}`;
  out.note(`${concurrency} requests at once, ${size} bytes, ${context.nodes.length} nodes`);
  const limits = { seconds, concurrency };
  let written = 0;
  const writes = await repeat(context, limits, async (number) => {
    written = Math.max(written, number + 1);
    await client.put(keyOf(number), value);
  });
  const reads = await repeat(context, limits, async (number) => {
    await client.get(keyOf(number % Math.min(Math.max(1, written), keys)));
  });
  await clean(
    client,
    Array.from({ length: Math.min(written, keys) }, (_, number) => keyOf(number)),
  );
  const results = [
    { operation: "put", ...figuresOf(writes, seconds) },
    { operation: "get", ...figuresOf(reads, seconds) },
  ];
  if (out.json) for (const result of results) await out.jsonLine(result);
  else {
    const titles = ["", "PER SECOND", "MEDIAN MS", "95 % MS", "99 % MS", "FAILED"];
    const columns = titles.map(
      (title) => ({ title, align: title === "" ? "left" : "right" }) as const,
    );
    await out.table(columns, results.map(rowOf));
  }
  if (signal.aborted) return EXIT.interrupted;
  return writes.count + reads.count === 0 ? EXIT.unreachable : EXIT.done;
}

async function repeat(
  { surroundings, signal }: Context,
  { seconds, concurrency }: Pick<BenchFlags, "seconds" | "concurrency">,
  act: (number: number) => Promise<void>,
): Promise<Tally> {
  const { clock } = surroundings;
  const tally = new Tally();
  const endMs = clock.monotonicMs() + seconds * 1_000;
  let next = 0;
  const work = async () => {
    while (clock.monotonicMs() < endMs && !signal.aborted) {
      const beganMs = clock.monotonicMs();
      try {
        await act(next++);
        const nowMs = clock.monotonicMs();
        tally.answered(nowMs - beganMs, nowMs);
      } catch {
        tally.failed(false);
        // A cluster that refuses at once would be asked in a busy loop.
        await clock.sleep(10, signal);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return tally;
}

async function clean(client: RingkvClient, keys: readonly string[]): Promise<void> {
  const left = [...keys];
  const work = async () => {
    for (let key = left.pop(); key !== undefined; key = left.pop()) {
      await client.delete(key, { retryUnknown: true }).catch(() => undefined);
    }
  };
  await Promise.all(Array.from({ length: 32 }, work));
}

function figuresOf(tally: Tally, seconds: number) {
  const [medianMs = null, p95Ms = null, p99Ms = null] = tally.percentilesMs(50, 95, 99);
  return { perSecond: tally.count / seconds, medianMs, p95Ms, p99Ms, failed: tally.failures };
}

function rowOf(result: { readonly operation: string } & ReturnType<typeof figuresOf>) {
  const { operation, perSecond, medianMs, p95Ms, p99Ms, failed } = result;
  const times = [medianMs, p95Ms, p99Ms].map((ms) => (ms === null ? "-" : ms.toFixed(1)));
  return [operation, countText(perSecond), ...times, countText(failed)];
}
