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

describe("the estimates, as they are: percent, and the seconds that are left", () => {
  type Said = readonly (readonly [percent: number, left: number | null])[];
  const table: { readonly [name in keyof typeof before]: Said } = {
    // biome-ignore format: a table
    "first-print": [[1, null], [8, null], [22, 28], [36, 23], [50, 18], [64, 13], [77, 9], [90, 4]],
    // biome-ignore format: a table
    "octoprint-2": [[1, null], [15, 30], [29, 25], [43, 20], [57, 15], [71, 10], [85, 5], [100, 0], [8, 52], [22, 44]],
    // biome-ignore format: a table
    "sd-card": [
      [6, null], [11, 89], [17, 69], [22, 71], [28, 64], [33, 61], [39, 55], [44, 51], [50, 45], [55, 41], [60, 38],
      [66, 31], [71, 28], [77, 21], [82, 16], [87, 12], [93, 6], [98, 2], [9, null], [17, 52], [25, null], [10, 45],
      [19, 45], [27, 46], [35, 41], [43, 36], [52, 29], [60, 24], [66, 22], [74, 18], [83, 11], [91, 5],
    ],
    // biome-ignore format: a table
    "two hours, simulated": [
      [0, null], [6, null], [7, 9545], [8, 6290], [10, 5611], [20, 4966], [30, 4327], [40, 3686], [50, 3046],
      [60, 2405], [70, 1762], [80, 1122], [90, 481], [97, 31], [98, 123], [99, 59], [100, 0],
    ],
  };
  for (const name of ["first-print", "octoprint-2", "sd-card", "two hours, simulated"] as const) {
    it(name, () => {
      const model = new PrinterModel(printerDefaults);
      const said = prints[name]().flatMap((input) => {
        model.take(input);
        const { job } = model.snapshot("", input.arrived);
        return input.channel.kind === "progress" && job?.progress != null
          ? [[job.progress, job.timeLeft] as const]
          : [];
      });
      const shown = new Set(table[name].map(([percent]) => percent));
      assert.deepEqual(
        said.filter(([percent]) => shown.has(percent)),
        table[name],
      );
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
    assert.equal(leftAt(10, started, moved(5, 7), moved(10, 10)), 150, "3 points, at 10 %");
    assert.equal(leftAt(9.5, started, moved(5, 6), moved(9.5, 11)), 80, "a look that came a little early");
    assert.equal(leftAt(10, started, moved(10, 10)), 45, "from the start, that was seen");
  });

  it("5 points in 10 s, from the second percentage on where the start was not seen", () => {
    assert.equal(leftAt(20, moved(0, 10), moved(10, 15), moved(20, 20)), 160);
    assert.equal(leftAt(20, moved(0, 10), moved(10, 16), moved(20, 20)), 100, "4 points: one look");
  });

  it("the pace runs down between two percentages, and the same one again changes nothing", () => {
    assert.equal(leftAt(105, ...steady(0, 10)), 895);
    assert.equal(leftAt(105, ...steady(0, 10), moved(104, 10)), 895);
    assert.equal(leftAt(310, ...steady(0, 30), moved(309, 25)), 690, "5 points back are jitter");
  });

  it("the height alone does not say it, nor does one that cannot be", () => {
    const layers = Array.from({ length: 5 }, (_, n): Line => [n * 100, "event/ZChange", { new: n + 1, old: null }]);
    const layered = (analysis: Line, to: number) =>
      [analysis, ...steady(0, to), ...layers].sort(([one], [two]) => one - two);
    assert.equal(leftAt(400, ...layered(analysed(100_000, 20), 40)), 1050, "layers of 1 mm");
    assert.equal(leftAt(400, ...layered(analysed(100_000, 20), 0)), null);
    assert.equal(leftAt(400, ...layered(analysed(100_000, 0), 40)), 600);
    assert.equal(leftAt(400, ...layered(analysed(100_000, -5), 40)), 600);
    assert.equal(leftAt(400, ...layered(analysed(0, 20), 40)), 600);
    const odd = (result: unknown): Line => [-5, "event/MetadataAnalysisFinished", { ...file, result }];
    for (const result of [null, "long", { estimatedPrintTime: "long" }, {}])
      assert.equal(leftAt(100, odd(result), ...steady(0, 10)), 900);
  });

  it("how much an expected length counts beside the pace", () => {
    assert.equal(leftAt(100, analysed(2350), ...steady(0, 10)), 1474, "2.5 times as long: half of 85 %");
    assert.equal(leftAt(900, analysed(1180), ...steady(0, 90)), 253, "the whole print is about as long");
    assert.equal(leftAt(990, analysed(985), ...steady(0, 99)), 10, "it should be over");
  });

  it("a print that was found in the middle, of a file that was printed before", () => {
    const first = [...steady(0, 99), done(1000)];
    assert.equal(leftAt(1100, ...first, moved(1100, 50)), 500);
    assert.equal(leftAt(1110, ...first, moved(1100, 50)), 490);
  });

  it("not when the last print was where this one is, where this one is slower by more than a quarter", () => {
    const slower = steady(1100, 20).map(([at, topic, payload]): Line => [1100 + (at - 1100) * 2, topic, payload]);
    assert.equal(leftAt(1500, ...steady(0, 99), done(1000), ...slower), 1317);
  });

  it("one that takes longer than the last time: nobody knows", () => {
    assert.equal(leftAt(2101, ...steady(0, 99), done(1000), [1100, "event/PrintStarted", file]), null);
  });

  it("OctoPrint's own time of the last print, else ours, if it was seen from the start to 90 %", () => {
    const again: Line = [1100, "event/PrintStarted", file];
    const end = (time?: number): Line => [1000, "event/PrintDone", { ...file, time }];
    assert.equal(leftAt(1105, ...steady(0, 90), end(1000), again), 995);
    assert.equal(leftAt(1105, ...steady(0, 99), end(800), again), 795);
    assert.equal(leftAt(1105, ...steady(0, 99), end(), again), 995);
    const found = steady(0, 99).slice(1);
    assert.equal(leftAt(1105, ...found, end(), again), null);
    assert.equal(leftAt(1105, ...found, end(1000), again), 995);
  });

  it("what is known of a file without a path is of no other", () => {
    const nameless = { ...file, path: "", name: "" };
    const [first, ...rest] = steady(0, 99);
    assert.ok(first);
    const unnamed = rest.map(([at, topic, payload]): Line => [at, topic, { ...Object(payload), path: "" }]);
    const lines: Line[] = [[0, "event/PrintStarted", nameless], ...unnamed, [1000, "event/PrintDone", { time: 1000 }]];
    assert.equal(leftAt(1105, ...lines, [1100, "event/PrintStarted", nameless]), null);
  });

  it("the last 32 files are remembered", () => {
    const others = (count: number) =>
      Array.from({ length: count }, (_, n): Line => {
        const path = `${n}.gcode`;
        return [-9, "event/MetadataAnalysisFinished", { path, result: { estimatedPrintTime: 1 } }];
      });
    assert.equal(leftAt(100, analysed(1100), ...others(31), ...steady(0, 10)), 985);
    assert.equal(leftAt(100, analysed(1100), ...others(32), ...steady(0, 10)), 900);
  });
});
