/** Dates put together by hand equal the platform's. */

import fc from "fast-check";
import { HttpDates } from "./http-date.js";

it("agrees with the platform on any instant, in any order", () => {
  const dates = new HttpDates();
  const instant = fc.integer({ min: 0, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(instant, (ms) => {
      expect(dates.textOf(ms)).toBe(new Date(ms).toUTCString());
    }),
  );
});
