import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Input, Observation } from "../../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { on } from "./printer-story.ts";
import { simulatedPrint } from "./simulated-print.ts";
import { begin, file, inputsOf, type Line, progress, recordedInputs } from "./story.ts";

/** An estimate at a percentage, s; null: none. */
type Estimate = readonly [percent: number, said: number | null, really: number];

/** What is said at the first message at or above these percentages. */
const points = [10, 25, 50, 75, 90];

/**
 * The estimator of before took the average pace since the progress began to move. Its mean absolute error at the five
 * points, s, measured once; where an estimator says nothing, all of the time that is left is its error.
 */
const before = { "first-print": 7.21, "octoprint-2": 12.83, "sd-card": 18.8, "two hours, simulated": 1559 };

/** The estimates in all prints that are done and were seen to the end. */
function estimatesOf(inputs: readonly Input[]): readonly Estimate[] {
  const model = new PrinterModel(printerDefaults);
  const estimates: Estimate[] = [];
  let heard: { readonly percent: number; readonly said: number | null; readonly at: number }[] = [];
  for (const input of inputs) {
    model.take(input);
    if ("connection" in input) continue;
    const { name } = input.channel;
    const { job } = model.snapshot("", input.arrived);
    if (name === "PrintStarted") heard = [];
    if (name === "printing" && job?.progress != null)
      heard.push({ percent: job.progress, said: job.timeLeft, at: input.arrived });
    if (name !== "PrintDone" || (heard.at(-1)?.percent ?? 0) < 90) continue;
    for (const percent of points) {
      const point = heard.find((one) => one.percent >= percent);
      if (point) estimates.push([percent, point.said, (input.arrived - point.at) / 1000]);
    }
  }
  return estimates;
}

function errorOf(estimates: readonly Estimate[]): number {
  return estimates.reduce((sum, [, said, really]) => sum + Math.abs((said ?? 0) - really), 0) / estimates.length;
}

const prints: { readonly [name in keyof typeof before]: () => Observation[] } = {
  "first-print": () => recordedInputs("first-print").get("") ?? [],
  "octoprint-2": () => recordedInputs("octoprint-2").get("") ?? [],
  "sd-card": () => recordedInputs("sd-card").get("") ?? [],
  "two hours, simulated": simulatedPrint,
};

describe("the time left where OctoPrint does not say: at most half of the error of before", () => {
  for (const name of ["first-print", "octoprint-2", "sd-card", "two hours, simulated"] as const) {
    it(name, (t) => {
      const estimates = estimatesOf(prints[name]());
      assert.ok(estimates.length >= points.length);
      for (const [percent, said, really] of estimates)
        t.diagnostic(`${name}: at ${percent} % ${said ?? "nothing"} s, really ${really.toFixed(1)} s`);
      const error = errorOf(estimates);
      t.diagnostic(`${name}: mean absolute error ${error.toFixed(2)} s, before ${before[name]} s`);
      assert.ok(error <= before[name] / 2);
    });
  }
});

describe("what the time left follows from", () => {
  const analysed = (seconds: number, height?: number): Line => [
    -10,
    "event/MetadataAnalysisFinished",
    { ...file, result: { estimatedPrintTime: seconds, printingArea: { maxZ: height ?? null } } },
  ];
  const started: Line = [0, "event/PrintStarted", file];
  const moved = (at: number, percent: number): Line => [at, "progress/printing", progress(percent)];
  const done = (at: number): Line => [at, "event/PrintDone", { ...file, time: at }];
  const leftAt = (at: number, ...lines: readonly Line[]) => {
    const model = new PrinterModel(printerDefaults);
    for (const input of inputsOf([on, ...lines])) model.take(input);
    return model.snapshot("", begin + at * 1000).job?.timeLeft;
  };
  /** A print of 1000 s whose percentage moves every 10 s, `from` s after the story began, up to a percentage. */
  const steady = (from: number, to: number): readonly Line[] => [
    [from, "event/PrintStarted", file],
    ...Array.from({ length: to }, (_, n): Line => moved(from + (n + 1) * 10, n + 1)),
  ];

  it("the last print of the same file, from the beginning", () => {
    const first = [...steady(0, 99), done(1000)];
    assert.equal(leftAt(1105, ...first, [1100, "event/PrintStarted", file]), 995);
    const other = { ...file, path: "other.gcode", name: "other.gcode" };
    assert.equal(leftAt(1105, ...first, [1100, "event/PrintStarted", other]), null);
  });

  it("not one that was not seen to the end, nor one that was cancelled", () => {
    assert.equal(leftAt(1105, ...steady(0, 89), done(1000), [1100, "event/PrintStarted", file]), null);
    const cancelled: Line = [1000, "event/PrintCancelled", { ...file, time: 1000 }];
    assert.equal(leftAt(1105, ...steady(0, 99), cancelled, [1100, "event/PrintStarted", file]), null);
  });

  it("and when that one was where this one is: its first layers were slow, too", () => {
    const slow = (from: number): readonly Line[] => [
      [from, "event/PrintStarted", file],
      ...[5, 10, 15, 20, 25].map((percent): Line => moved(from + percent * 20, percent)),
    ];
    const rest = Array.from({ length: 14 }, (_, n): Line => moved(500 + (n + 1) * 20, 30 + n * 5));
    const again = [...slow(0), ...rest, done(800), ...slow(1000)];
    assert.equal(leftAt(1500, ...again), 300);
    assert.equal(leftAt(1510, ...again), 290);
  });

  it("OctoPrint's analysis, once the pace says the same", () => {
    assert.equal(leftAt(50, analysed(1000), ...steady(0, 5)), null);
    assert.equal(leftAt(100, analysed(1000), ...steady(0, 10)), 900);
    assert.equal(leftAt(100, analysed(1100), ...steady(0, 10)), 985, "0.85 · 1000 + 0.15 · 900");
    assert.equal(leftAt(100, analysed(5000), ...steady(0, 10)), 900, "it is wrong by a factor");
    assert.equal(leftAt(100, analysed(90), ...steady(0, 10)), 900, "it should be over");
    assert.equal(leftAt(100, analysed(0), ...steady(0, 10)), 900, "no analysis");
  });

  it("and how far it was off for the last print", () => {
    const second = { ...file, path: "second.gcode", name: "second.gcode" };
    const analysis: Line = [1100, "event/MetadataAnalysisFinished", { ...second, result: { estimatedPrintTime: 300 } }];
    const first = [analysed(500), ...steady(0, 99), done(1000), analysis];
    assert.equal(leftAt(1205, ...first, [1200, "event/PrintStarted", second]), 595);
  });

  it("the height of the layers beside the progress, but not a hop of the nozzle", () => {
    const layer = (at: number, z: number): Line => [at, "event/ZChange", { new: z, old: null }];
    // 20 layers of 0.5 mm in 2000 s, as the height tells; 1000 s, as the bytes tell.
    const layers = Array.from({ length: 5 }, (_, n): Line => layer(n * 100, (n + 1) / 2));
    const lines = [...steady(0, 40).filter(([at]) => at <= 400), ...layers].sort(([one], [two]) => one - two);
    const found = leftAt(400, analysed(100_000, 10), ...lines);
    assert.equal(found, 1050, "between 600 and 1500");
    assert.equal(leftAt(400, analysed(100_000, 10), ...lines, layer(400, 9.5)), found);
  });

  it("a percentage that goes back now and then, by PrintTimeGenius", () => {
    const back: Line = moved(301, 27);
    assert.equal(leftAt(310, ...steady(0, 30), back, moved(310, 31)), 690);
    const anew: Line = moved(301, 20);
    assert.equal(leftAt(310, ...steady(0, 30), anew, moved(310, 21)), null);
  });

  it("the pace of lately, not of the slow beginning", () => {
    const slow = Array.from({ length: 10 }, (_, n): Line => moved((n + 1) * 100, n + 1));
    const fast = Array.from({ length: 20 }, (_, n): Line => moved(1000 + (n + 1) * 10, n + 11));
    assert.equal(leftAt(1200, started, ...slow, ...fast), 700);
  });

  it("one look of the plugin, from 10 % on", () => {
    assert.equal(leftAt(10, started, moved(5, 6), moved(10, 11)), 89);
    assert.equal(leftAt(10, started, moved(5, 4), moved(10, 9)), null);
    assert.equal(leftAt(10, started, moved(5, 9), moved(10, 11)), null);
    assert.equal(leftAt(8, started, moved(5, 6), moved(8, 11)), null, "an old plugin says each percent");
  });
});
