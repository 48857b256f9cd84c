/**
 * How far long work has got: a bar where a terminal is there, else a line now and then. Always on
 * standard error, so that results stay clean.
 */

import { SingleBar } from "cli-progress";
import type { Output } from "./output.js";
import type { Clock } from "./system-clock.js";
import { countText, durationText } from "./wording.js";

export interface Step {
  /** 0 to 1; null where nobody knows how much there is. */
  readonly fraction: number | null;
  /** Null where only bytes are known. */
  readonly records: number | null;
  /** Said behind the numbers. */
  readonly remark?: string;
}

const BAR_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const PARTS = 1_000;

export class Progress {
  readonly #label: string;
  readonly #out: Output;
  readonly #clock: Clock;
  readonly #startMs: number;
  /** What an earlier run had done says nothing about the speed of this one. */
  #first: Step | null = null;
  #nextMs: number;
  #bar: SingleBar | null = null;

  constructor(label: string, { out, clock }: { readonly out: Output; readonly clock: Clock }) {
    this.#label = label;
    this.#out = out;
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
    this.#nextMs = this.#startMs + (out.hasBars ? 0 : LINE_EVERY_MS);
  }

  /** May be called for every record; it draws seldom. */
  step(makeStep: () => Step): void {
    const nowMs = this.#clock.monotonicMs();
    this.#first ??= makeStep();
    if (this.#out.quiet || nowMs < this.#nextMs) return;
    this.#nextMs = nowMs + (this.#out.hasBars ? BAR_EVERY_MS : LINE_EVERY_MS);
    const step = makeStep();
    if (this.#out.hasBars) this.#draw(step);
    else this.#out.note(`${this.#label}: ${this.#words(step)}`);
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = null;
  }

  #draw(step: Step): void {
    if (this.#bar === null) {
      const columns = this.#out.bars.columns ?? 80;
      this.#bar = new SingleBar({
        format: step.fraction === null ? "{label} {words}" : "{label} {bar} {words}",
        barsize: Math.max(10, Math.min(40, columns - 70)),
        barCompleteChar: "█",
        barIncompleteChar: "░",
        hideCursor: true,
        clearOnComplete: false,
        linewrap: false,
        stream: this.#out.bars,
      });
      this.#bar.start(PARTS, 0, { label: this.#label, words: "" });
    }
    const value = Math.floor((step.fraction ?? 0) * PARTS);
    this.#bar.update(value, { label: this.#label, words: this.#words(step) });
  }

  #words({ fraction, records, remark = "" }: Step): string {
    const seconds = (this.#clock.monotonicMs() - this.#startMs) / 1_000;
    const words: string[] = [];
    if (records !== null) {
      const rate = (records - (this.#first?.records ?? 0)) / Math.max(seconds, 0.001);
      words.push(`${countText(records)} records`, `${countText(rate)}/s`);
    }
    if (fraction !== null) {
      const passed = fraction - (this.#first?.fraction ?? 0);
      const left = passed > 0 ? (seconds * (1 - fraction)) / passed : Number.POSITIVE_INFINITY;
      words.unshift(`${Math.floor(fraction * 100)} %`);
      words.push(`${durationText(left)} left`);
    }
    return [...words, ...(remark === "" ? [] : [remark])].join(" | ");
  }
}
