/** What is counted of calls, on a server and with clients. */

import { once } from "node:events";
import { type OpenApi, openApi } from "../test-support/open-api.js";

let open: OpenApi;
beforeEach(async () => {
  open = await openApi();
});
afterEach(() => open.end());

/** How many calls were counted, by method and code. */
function counted(): Record<string, number> {
  const named = open.durations.series.map(({ labels, histogram }) => {
    return [labels.join(" "), histogram.counts.reduce((sum, count) => sum + count, 0)] as const;
  });
  return Object.fromEntries(named);
}

it("counts calls by method and code, never by key", async () => {
  await open.put({ key: "secret", value: Buffer.from("x") });
  await open.get({ key: "secret" });
  await open.get({ key: "absent" });
  await open.get({ key: "" });
  await open.status({});
  expect(counted()).toEqual({
    "ringkv.v1.KeyValueStore/Put OK": 1,
    "ringkv.v1.KeyValueStore/Get OK": 2,
    "ringkv.v1.KeyValueStore/Get INVALID_ARGUMENT": 1,
    "ringkv.v1.Cluster/Status OK": 1,
  });
});

it("counts who watches when the answer begins, and once", async () => {
  const watch = open.cluster.Watch({});
  watch.on("error", () => {});
  await once(watch, "data");
  expect(counted()).toEqual({ "ringkv.v1.Cluster/Watch OK": 1 });
  const ended = once(watch, "end").catch(() => {});
  await open.api.close(1_000);
  await ended;
  expect(counted()).toEqual({ "ringkv.v1.Cluster/Watch OK": 1 });
});

it("counts a listing when it ends", async () => {
  const list = open.store.List({ prefix: "" });
  await once(list.resume(), "end");
  expect(counted()).toEqual({ "ringkv.v1.KeyValueStore/List OK": 1 });
});

it("counts no method that does not exist", async () => {
  const path = "/ringkv.v1.KeyValueStore/Steal";
  const same = (it: Buffer) => it;
  await new Promise<void>((resolve) => {
    open.store.makeUnaryRequest(path, same, same, Buffer.alloc(0), () => resolve());
  });
  expect(counted()).toEqual({});
});
