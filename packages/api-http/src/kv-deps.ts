/** What the two forms of address share. */

import type { Clock } from "@ringkv/engine";
import type { Reads, Writes } from "./engine-needs.js";
import type { InFlight } from "./in-flight.js";
import type { OptionsReader } from "./options.js";

export interface KvDeps {
  readonly node: Reads & Writes;
  readonly clock: Pick<Clock, "wallMs">;
  readonly inFlight: InFlight;
  readonly options: OptionsReader;
  readonly valueBytesMax: number;
}
