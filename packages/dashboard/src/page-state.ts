/**
 * Everything the page knows, and how it changes: events in, state out. No socket, no clock, no
 * document; those are in feed.ts and in the views.
 */

import { type Debts, debtsOf } from "./debts.js";
import { addHappenings } from "./timeline.js";
import type { Happening, History, Moment, Overview, TimedRates } from "./wire.js";

export interface PageState {
  readonly overview: Overview | null;
  readonly primaries: readonly number[];
  readonly rates: readonly TimedRates[];
  readonly happenings: readonly Happening[];
  /** Of the last seconds, for the pace. */
  readonly looks: readonly Debts[];
  /** The node that has served this page; null until it has said its name. */
  readonly home: string | null;
  /** Where answers come from: "" is home, else another member's URL. */
  readonly base: string;
  /** Whether anybody answers at all. */
  readonly isConnected: boolean;
  /** What happened to the connection last, in words; null: nothing worth telling. */
  readonly notice: string | null;
  /** Whether the node wants a token, or another one; null: it does not. */
  readonly lock: Lock | null;
}

export type Lock = "wanted" | "refused";

export type PageEvent =
  | { readonly kind: "history"; readonly base: string; readonly history: History }
  | { readonly kind: "moment"; readonly moment: Moment }
  | { readonly kind: "lost" }
  | { readonly kind: "locked"; readonly lock: Lock }
  | { readonly kind: "told"; readonly notice: string }
  | { readonly kind: "dismissed" };

const FIFTEEN_MINUTES_MS = 15 * 60_000;
const LOOKS_KEPT = 12;

export const EMPTY_PAGE: PageState = {
  overview: null,
  primaries: [],
  rates: [],
  happenings: [],
  looks: [],
  home: null,
  base: "",
  isConnected: false,
  notice: null,
  lock: null,
};

export function nextPage(state: PageState, event: PageEvent): PageState {
  if (event.kind === "lost") return { ...state, isConnected: false };
  if (event.kind === "locked") return { ...state, isConnected: false, lock: event.lock };
  if (event.kind === "told") return { ...state, notice: event.notice };
  if (event.kind === "dismissed") return { ...state, notice: null };
  if (event.kind === "history") return opened(state, event.base, event.history);
  return seen(state, event.moment);
}

/** A connection was made: to home, to another member after home was lost, or home again. */
function opened(state: PageState, base: string, history: History): PageState {
  const { primaries, rates, happenings } = history;
  const isReturn = base === "" && state.base !== "";
  return {
    ...state,
    base,
    primaries,
    isConnected: true,
    lock: null,
    rates: joined(state.rates, rates),
    happenings: addHappenings(state.happenings, happenings),
    looks: [],
    notice: isReturn ? `${state.home} answers again: this page is back on it.` : state.notice,
  };
}

function seen(state: PageState, { overview, rates, happenings }: Moment): PageState {
  const { atMs, node } = overview;
  const home = state.base === "" ? node : state.home;
  const isElsewhere = state.base !== "";
  return {
    ...state,
    overview,
    home,
    isConnected: true,
    rates: rates === null ? state.rates : joined(state.rates, [{ ...rates, atMs }]),
    happenings: addHappenings(state.happenings, happenings),
    looks: [...state.looks, debtsOf(overview)].slice(-LOOKS_KEPT),
    notice: isElsewhere
      ? `${home ?? "The node that served this page"} does not answer. You see what ${node} sees.`
      : state.notice,
  };
}

/** One point a second, whoever told it, of the last fifteen minutes. */
function joined(known: readonly TimedRates[], news: readonly TimedRates[]): readonly TimedRates[] {
  const bySecond = new Map(known.map((rates) => [Math.floor(rates.atMs / 1_000), rates]));
  for (const rates of news) bySecond.set(Math.floor(rates.atMs / 1_000), rates);
  const all = [...bySecond.values()].toSorted((one, other) => one.atMs - other.atMs);
  const sinceMs = (all.at(-1)?.atMs ?? 0) - FIFTEEN_MINUTES_MS;
  return all.filter(({ atMs }) => atMs >= sinceMs);
}
