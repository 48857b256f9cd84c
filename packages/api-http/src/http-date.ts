/**
 * Dates as HTTP writes them. The platform's own formatting was a tenth of the cost of a read; most
 * records of a moment were written on the same day, so only the time of day is put together anew.
 */

const DAY_MS = 86_400_000;

/** "Fri, 20 Nov 2026 " */
const DAY_TEXT_LENGTH = 17;

export class HttpDates {
  #day = Number.NaN;
  #dayText = "";

  textOf(ms: number): string {
    const day = Math.floor(ms / DAY_MS);
    if (day !== this.#day) {
      this.#day = day;
      this.#dayText = new Date(ms).toUTCString().slice(0, DAY_TEXT_LENGTH);
    }
    const seconds = Math.floor((ms - day * DAY_MS) / 1_000);
    const hour = Math.floor(seconds / 3_600);
    const minute = Math.floor(seconds / 60) % 60;
    return `${this.#dayText}${twoDigits(hour)}:${twoDigits(minute)}:${twoDigits(seconds % 60)} GMT`;
  }
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}
