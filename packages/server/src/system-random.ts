/** The Random port on this process's own generator. */

import type { Random } from "@ringkv/engine";

export const systemRandom: Random = { unit: () => Math.random() };
