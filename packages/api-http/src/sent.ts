/**
 * The TypeScript side of an answer's schema. What a route sends is declared with this type, so that
 * an answer which no longer fits its description does not compile.
 */

import type { z } from "zod";

/** What a schema describes, as this program hands it out: nobody changes it. */
export type Sent<Schema extends z.ZodType> = Frozen<z.input<Schema>>;

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Name in keyof T]: Frozen<T[Name]> }
    : T;
