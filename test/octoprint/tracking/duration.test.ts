import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type DurationText, describeDuration } from "../../../nodes/octoprint/tracking/duration.ts";

const english: { readonly [code in DurationText["code"]]: string } = {
  "days-hours": "{days} d {hours} h",
  days: "{days} d",
  "hours-minutes": "{hours} h {minutes} min",
  hours: "{hours} h",
  "minutes-seconds": "{minutes} min {seconds} s",
  minutes: "{minutes} min",
  seconds: "{seconds} s",
};

function inEnglish(seconds: number): string {
  const { code, ...numbers } = describeDuration(seconds);
  const values: Readonly<Record<string, number>> = { ...numbers };
  return english[code].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name]));
}

describe("a length of time in words", () => {
  const table: readonly [seconds: number, text: string][] = [
    [0, "0 s"],
    [0.4, "0 s"],
    [56.8, "57 s"],
    [59.6, "1 min"],
    [61, "1 min 1 s"],
    [120, "2 min"],
    [599.4, "9 min 59 s"],
    [600, "10 min"],
    [629, "10 min"],
    [3599, "1 h"],
    [3600, "1 h"],
    [5220, "1 h 27 min"],
    [5252.17, "1 h 28 min"],
    [86_399, "1 d"],
    [90_000, "1 d 1 h"],
    [172_800, "2 d"],
    [-5, "0 s"],
    [Number.NaN, "0 s"],
    [Number.POSITIVE_INFINITY, "0 s"],
  ];
  for (const [seconds, text] of table) {
    it(`${seconds} s is "${text}"`, () => assert.equal(inEnglish(seconds), text));
  }

  it("says whole numbers in their range, and never says less of more", () => {
    const length = ({ code: _, ...numbers }: DurationText): number => {
      const { days = 0, hours = 0, minutes = 0, seconds = 0 }: Readonly<Record<string, number>> = { ...numbers };
      assert.ok([days, hours, minutes, seconds].every((part) => Number.isInteger(part) && part >= 0));
      assert.ok(hours < 24 && minutes < 60 && seconds < 60);
      return ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    };
    const seconds = fc.double({ min: 0, max: 1e7, noNaN: true });
    fc.assert(
      fc.property(seconds, seconds, (a, b) => {
        const [less, more] = a < b ? [a, b] : [b, a];
        assert.ok(length(describeDuration(less)) <= length(describeDuration(more)));
        assert.ok(Math.abs(length(describeDuration(a)) - a) <= (a < 86_370 ? 30 : 1800));
      }),
    );
  });
});
