/**
 * A node that can be profiled: SIGUSR2 starts the profiler, the next one ends it and writes the
 * file that RINGKV_BENCH_PROFILES and the node's name give. Otherwise it is the node as it is.
 */

import { renameSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import path from "node:path";

const SAMPLE_US = 500;
const session = new Session();
session.connect();
let isOn = false;

process.on("SIGUSR2", () => void toggle());

async function toggle() {
  isOn = !isOn;
  if (isOn) {
    await session.post("Profiler.enable");
    await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
    await session.post("Profiler.start");
    return;
  }
  const { profile } = await session.post("Profiler.stop");
  const folder = process.env["RINGKV_BENCH_PROFILES"] ?? "";
  const file = path.join(folder, `${process.env["NODE_ID"]}.cpuprofile`);
  // Whoever waits for the file finds it whole.
  writeFileSync(`${file}.part`, JSON.stringify(profile));
  renameSync(`${file}.part`, file);
}

await import("../../packages/server/dist/main.js");
