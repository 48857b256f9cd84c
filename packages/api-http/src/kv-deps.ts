/** What the two forms of address share. */

import type { Clock, Log } from "@ringkv/engine";
import type { Cursors } from "./cursors.js";
import type { Batches, Lists, Reads, Writes } from "./engine-needs.js";
import type { Guard } from "./guard.js";
import type { InFlight } from "./in-flight.js";
import type { OptionsReader } from "./options.js";

export interface KvDeps {
  readonly node: Reads & Writes & Lists & Batches;
  readonly clock: Pick<Clock, "wallMs">;
  readonly inFlight: InFlight;
  readonly guard: Guard;
  readonly options: OptionsReader;
  readonly cursors: Cursors;
  readonly log: Log;
  readonly valueBytesMax: number;
}
