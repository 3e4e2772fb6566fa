import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { takeNamed } from "./named.ts";
import { on, stored } from "./printer-story.ts";
import { begin, inputsOf, type Line, progress, reportsOf } from "./story.ts";
import { a, done, is, Story, started } from "./told-story.ts";

// How long a print is on, how old what was stored is, and whose clock counts.

const data = (printTime: number | undefined, printTimeLeft: number | undefined, flag?: string) => ({
  ...progress(40, a.path),
  printer_data: {
    progress: { printTime, printTimeLeft },
    ...(flag === undefined ? {} : { state: { text: flag, flags: { [flag]: true } } }),
  },
});
/** The printer's clock is `skew` s off ours. */
const live = (at: number, skew: number): Input => {
  const [input] = inputsOf([[at, "temperature/tool0", { actual: 20, target: 20 }]]);
  assert.ok(input && "timestamp" in input);
  return { ...input, timestamp: begin + (at + skew) * 1000 };
};
const timesAt = (at: number, inputs: readonly Input[]) => {
  const model = new PrinterModel(printerDefaults);
  for (const input of inputs) takeNamed(model, input);
  const { job } = model.snapshot("", begin + at * 1000);
  return [job?.elapsed, job?.timeLeft];
};

describe("how old a stored progress is, where nothing else was heard", () => {
  const table: readonly [what: string, said: number, elapsed: number][] = [
    ["as old as it says", -100, 1100],
    ["an hour", -3600, 4600],
    ["more than an hour: the printer's clock is behind", -3601, 1000],
    ["of the future: the printer's clock is ahead", 500, 1000],
  ];
  for (const [what, said, elapsed] of table) {
    it(what, () => {
      assert.equal(timesAt(0, inputsOf([on, stored(0, "progress/printing", data(1000, 600), said)]))[0], elapsed);
    });
  }

  it("one without a timestamp counts as new, whatever comes later", () => {
    const undated = inputsOf([[0, "progress/printing", data(1000, 600), "retained"]], { timestampField: "" });
    assert.deepEqual(timesAt(0, undated), [1000, 600]);
    assert.deepEqual(timesAt(10, [...undated, live(10, -480)]), [1010, 590]);
  });

  it("a live message corrects what is known of it, no more", () => {
    const left = inputsOf([stored(0, "progress/printing", data(undefined, 600), -400)]);
    assert.deepEqual(timesAt(0, left), [null, 200]);
    assert.deepEqual(timesAt(10, [...left, live(10, -380)]), [null, 570], "it is 30 s old");
    const both = inputsOf([stored(0, "progress/printing", data(1000, undefined), -400)]);
    assert.deepEqual(timesAt(10, [...both, live(10, -380), live(11, 500)]), [1030, null], "only the first one");
  });

  it("where a live message was heard before, its clock counts", () => {
    const told = [live(0, 3000), ...inputsOf([stored(10, "progress/printing", data(1000, 600), 2950)])];
    assert.deepEqual(timesAt(10, told), [1060, 540]);
    const older = inputsOf([stored(10, "progress/printing", data(1000, 600), 2950)]);
    assert.deepEqual(timesAt(40, [live(0, 3000), live(5, 3000), ...older, live(40, 3000)]), [1090, 510]);
  });
});

describe("the clock of a print", () => {
  it("stands while printer_data says that it is paused, stored or live", () => {
    const paused = stored(0, "progress/printing", data(1000, 600, "paused"), -100);
    assert.deepEqual(timesAt(50, inputsOf([on, paused])), [1000, 600], "also for as long as it was stored");
    const line = (at: number, flag: string): Line => [at, "progress/printing", data(1000, 600, flag)];
    assert.deepEqual(timesAt(50, inputsOf([on, line(0, "paused")])), [1000, 600]);
    assert.deepEqual(timesAt(50, inputsOf([on, line(0, "paused"), line(20, "printing")])), [1030, 570]);
    assert.deepEqual(timesAt(50, inputsOf([on, line(0, "printing")])), [1050, 550]);
  });

  it("is not moved by a state that says the same again", () => {
    const story = new Story(
      on,
      started(0, a),
      is(10, "PAUSED"),
      is(20, "PAUSED"),
      is(30, "PRINTING"),
      is(40, "PRINTING"),
    );
    assert.equal(story.at(50).job?.elapsed, 30);
  });
});

describe("the length of a print", () => {
  const duration = (inputs: readonly Input[]) => reportsOf(inputs).find(isEnd)?.duration;

  it("is ours where only one of its ends has a time", () => {
    const undated = inputsOf([started(0, a), done(3600, a)], { timestampField: "" });
    const dated = inputsOf([started(0, a), done(3600, a)]);
    assert.equal(duration([...undated.slice(0, 1), ...dated.slice(1)]), 3600);
    assert.equal(duration([...dated.slice(0, 1), ...undated.slice(1)]), 3600);
  });

  it("of 13 hours is the printer's, though our network was slow", () => {
    const [first, last] = inputsOf([started(0, a), done(46_805, a)]);
    assert.ok(first && last && "timestamp" in last);
    assert.equal(duration([first, { ...last, timestamp: begin + 46_800_000 }]), 46_800);
  });

  it("is not told where both clocks went back", () => {
    assert.equal(duration(inputsOf([started(100, a), done(50, a)])), undefined);
  });
});
