import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { isEnd, type JobEnd, type JobReport } from "../../../nodes/octoprint/tracking/job-report.ts";
import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { anyInputs } from "../messages/noise.ts";
import { takeNamed } from "./named.ts";
import { begin, inputsOf, type Line, progress, state } from "./story.ts";

/** Lets a model hear all, with a call each time it wants to be woken in between. */
function play(
  inputs: readonly Input[],
  look: (model: PrinterModel, reports: readonly JobReport[], now: number) => void,
) {
  const model = new PrinterModel(printerDefaults);
  for (const input of inputs) {
    for (let due = model.wakeAt; due !== undefined && due <= input.arrived; due = model.wakeAt)
      look(model, model.tick(due).reports, due);
    look(model, model.take(input).reports, input.arrived);
  }
  return model;
}

/** A print as OctoPrint tells it, some messages lost, with what else may happen in between. */
const path = fc.constantFrom("a.gcode", "b.gcode");
const percent = fc.integer({ min: 0, max: 100 });
const anyPrint: fc.Arbitrary<Input[]> = fc
  .array(
    fc.tuple(
      fc.oneof(
        fc
          .tuple(fc.constantFrom("PrintStarted", "PrintDone", "PrintCancelled", "PrintPaused", "PrintResumed"), path)
          .map(([name, of]): [string, unknown] => [`event/${name}`, { path: of, name: of, origin: "local", time: 20 }]),
        fc
          .tuple(path, fc.constantFrom("cancelled", "error", undefined))
          .map(([of, reason]): [string, unknown] => [
            "event/PrintFailed",
            { path: of, name: of, origin: "local", reason },
          ]),
        fc
          .constantFrom("STARTING", "PRINTING", "PAUSED", "FINISHING", "CANCELLING", "OPERATIONAL", "OFFLINE", "ERROR")
          .map((id): [string, unknown] => ["event/PrinterStateChanged", state(id)]),
        fc.tuple(path, percent).map(([of, value]): [string, unknown] => ["progress/printing", progress(value, of)]),
        fc.constantFrom<[string, unknown]>(
          ["progress/printing", progress(0, "")],
          ["temperature/tool0", { actual: 200, target: 200 }],
          ["temperature/tool0", { actual: 100, target: 0 }],
          ["mqtt", "connected"],
          ["mqtt", "disconnected"],
          ["link", "disconnected"],
          ["link", "connected"],
        ),
      ),
      fc.constantFrom(0, 0.5, 3, 11, 130),
    ),
    { maxLength: 40 },
  )
  .map((steps) => {
    let at = 0;
    return inputsOf(
      steps.map(([[topic, payload], pause]): Line => {
        at += pause;
        return [at, topic, payload];
      }),
    );
  });

const anything = fc.oneof(anyPrint, anyInputs);

describe("whatever comes, in whatever order, jobs and states agree", () => {
  it("a job ends at most once, and before the next one begins", () => {
    fc.assert(
      fc.property(anyPrint, (inputs) => {
        let open: string | undefined;
        play(inputs, (model, reports) => {
          for (const report of reports) {
            if (report.outcome === "started") {
              // Two OctoPrints print two jobs at once.
              if (!model.isClash) assert.equal(open, undefined);
              open = report.path;
            } else if (isEnd(report)) open = undefined;
          }
        });
      }),
      { numRuns: 500 },
    );
  });

  it("two ends of one file have a job between them, the time of another print, or a time when we did not hear", () => {
    fc.assert(
      fc.property(anything, (inputs) => {
        let ended: JobEnd | undefined;
        let waited = false;
        let shownAt = Number.NEGATIVE_INFINITY;
        const lookAt = (model: PrinterModel, reports: readonly JobReport[], now: number) => {
          for (const [index, report] of reports.entries()) {
            // Reports that had to wait come together: a job after one of them was shown while that one waited.
            const hadAnother = (index > 0 || waited) && ended !== undefined && shownAt >= ended.finishedAt;
            if (isEnd(report) && report.path === ended?.path && !hadAnother) {
              // Where PrintStarted does not come, only OctoPrint's own time of PrintDone tells of another print.
              assert.equal(report.outcome, "done");
              assert.ok((report.printTime ?? 0) >= 2);
            }
            ended = isEnd(report) ? report : undefined;
          }
          if (reports.length > 0) waited = reports.length > 1;
          const { job, availability } = model.snapshot("", now);
          if (job !== null) shownAt = now;
          if (job !== null || availability === "broker-offline") ended = undefined;
        };
        play(inputs, lookAt);
      }),
      { numRuns: 500 },
    );
  });

  it("what has just been told to be started, paused or resumed is shown as a job", () => {
    fc.assert(
      fc.property(anyPrint, (inputs) => {
        play(inputs, (model, reports, now) => {
          const [step, ...more] = reports;
          // Reports that had to wait come together.
          if (step === undefined || more.length > 0 || model.isClash || isEnd(step)) return;
          assert.notEqual(model.snapshot("", now).job, null, step.outcome);
        });
      }),
      { numRuns: 500 },
    );
  });

  it("no job is shown beside an announced state that has none", () => {
    fc.assert(
      fc.property(anyPrint, (inputs) => {
        play(inputs, (model, _, now) => {
          const { state: shown, job } = model.snapshot("", now);
          const hasNone = ["OPERATIONAL", "OFFLINE", "ERROR"].includes(shown.id ?? "");
          if (hasNone && !model.isClash) assert.equal(job, null, String(shown.id));
        });
      }),
      { numRuns: 500 },
    );
  });

  it("nothing is reported from what was stored", () => {
    fc.assert(
      fc.property(anything, (inputs) => {
        const stored = inputs.map((input) => ("retain" in input ? { ...input, retain: true } : input));
        const model = play(stored, (_, reports) => assert.deepEqual(reports, []));
        assert.deepEqual(model.tick(Number.MAX_SAFE_INTEGER).reports, []);
      }),
    );
  });

  it("an announced state holds until another one, or an event of a job, says otherwise", () => {
    const lagging = new Set(["progress", "temperature"]);
    fc.assert(
      fc.property(anyPrint, (inputs) => {
        const model = new PrinterModel(printerDefaults);
        let announced: string | undefined;
        for (const input of inputs) {
          model.take(input);
          const { state: shown, availability } = model.snapshot("", input.arrived);
          if ("connection" in input || !["online", "printer-offline"].includes(availability)) announced = undefined;
          else if (input.channel.name === "PrinterStateChanged") announced = String(Object(input.message).state_id);
          else if (!lagging.has(input.channel.kind) || Object(input.message).path === "") announced = undefined;
          if (announced !== undefined && shown.id !== null) assert.equal(shown.id, announced);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("what changed is named, and nothing else", () => {
    fc.assert(
      fc.property(anything, (inputs) => {
        const model = new PrinterModel(printerDefaults);
        for (const input of inputs) takeNamed(model, input);
      }),
    );
  });

  it("what is remembered does not grow", () => {
    setFlagsFromString("--expose-gc");
    const collect: unknown = runInNewContext("gc");
    assert.ok(typeof collect === "function");
    const model = new PrinterModel(printerDefaults);
    const flood = (from: number) => {
      for (let n = from; n < from + 3_000; n++) {
        const odd = { path: `${n}.gcode`, name: `${n}`, origin: "local", time: 1 };
        const lines: Line[] = [
          [
            n,
            "event/MetadataAnalysisFinished",
            { ...odd, result: { estimatedPrintTime: n, printingArea: { maxZ: 9 } } },
          ],
          [n, "event/PrintStarted", odd],
          [n, "progress/printing", progress((n * 7) % 101, odd.path)],
          [n, `temperature/${n}`, { actual: n, target: 0 }],
          [n, n % 3 === 0 ? "event/PrintDone" : "event/ZChange", { ...odd, new: n / 10, old: 0 }],
        ];
        for (const input of inputsOf(lines)) model.take(input);
      }
      collect();
      return process.memoryUsage().heapUsed;
    };
    const before = flood(0);
    assert.ok(flood(3_000) - before < 500_000);
    assert.equal(model.snapshot("", begin).printer, "");
  });
});
