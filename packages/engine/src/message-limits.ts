/** How much of a copy in bulk travels at once, whoever moves it. */

import type { ChunkLimits } from "@ringkv/core";

/** One message's worth: large enough to be efficient, small enough not to delay client traffic. */
export const MESSAGE_LIMITS: ChunkLimits = { recordsMax: 256, bytesMax: 1024 * 1024 };
