/** How a command is tied to commander: its arguments and options in, an exit code out. */

import { type Command, InvalidArgumentError } from "commander";
import type { Context } from "../context.js";
import type { ExitCode } from "../exit-code.js";

export interface Given<Options> {
  readonly args: readonly (string | undefined)[];
  readonly options: Options;
  readonly command: Command;
}

export type Handler<Options> = (
  context: Context,
  given: Given<Options>,
) => Promise<ExitCode | undefined> | Promise<void>;

/** Turns a handler into commander's action. */
export type Run = <Options>(handler: Handler<Options>) => (...given: unknown[]) => Promise<void>;

/** Adds commands to the program. */
export type AddCommands = (program: Command, run: Run) => void;

/** A parser for an option: plain decimal digits only, as the nodes take them. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export function required(value: string | undefined): string {
  if (value === undefined) throw new Error("commander lets no command begin without its arguments");
  return value;
}

const TTL_SECONDS_MAX = 100 * 365 * 86_400;
export const ttlSeconds = wholeNumber(1, TTL_SECONDS_MAX);
export const quorum = wholeNumber(1, 64);
export const timeoutMs = wholeNumber(1, 30_000);
