import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isEnd, type JobEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import { recordingNames } from "../../support/recordings.ts";
import { anyInputs } from "../messages/noise.ts";
import { begin, file, inputsOf, recordedInputs, reportsOf } from "./story.ts";

describe("the recordings", () => {
  type Expected = readonly (readonly [outcome: string, path: string, duration: number, why?: string])[];
  const benchy = "benchy v2 (final).gcode";
  const part = "part.gcode";
  const table: { readonly [recording: string]: { readonly [printer: string]: Expected } } = {
    failures: {
      "": [
        ["failed", part, 17, "error: Thermal Runaway, system stopped! Heater_ID: bed - Printer halted. kill() called!"],
        [
          "failed",
          part,
          15,
          "error: fatal: Heater/sensor error - Printer stopped and heaters disabled due to this error. Fix error and restart with M999.",
        ],
        ["failed", part, 15, "disconnected"],
        ["failed", part, 15, "error: SerialTimeoutException:"],
        ["failed", part, 15, "error: Closing serial port due to emergency stop M112."],
      ],
    },
    "first-print": { "": [["done", "Vasen/Blüte größer.gcode", 57]] },
    "octoprint-2": {
      "": [
        ["done", "ring.gcode", 56],
        ["cancelled", "ring.gcode", 11],
      ],
    },
    "pause-cancel-printer-data": {
      "": [
        ["cancelled", benchy, 74],
        ["done", benchy, 74],
      ],
    },
    "plugin-0.5": { "": [["done", "old.gcode", 17]] },
    "plugin-0.8.13": {
      "": [
        ["done", "old.gcode", 26],
        ["cancelled", "old.gcode", 7],
      ],
    },
    "plugin-0.8.3": { "": [["done", "old.gcode", 26]] },
    "sd-card": {
      "": [
        ["done", "calibr~1.gco", 91],
        ["done", "second~1.gco", 22],
        ["done", "second~1.gco", 59],
      ],
    },
    "slicing-plugins-restart": { "": [] },
    "templates-metadata": { "": [["done", "meta.gcode", 22]] },
    timelapse: { "": [["done", "lapse.gcode", 17]] },
    // The left one is killed in the middle of its print and not started again: nobody knows.
    "two-printers": { left: [], right: [["done", "right.gcode", 42]] },
  };

  it("are all in the table", () => assert.deepEqual(Object.keys(table).sort(), recordingNames()));

  for (const [recording, printers] of Object.entries(table)) {
    it(`${recording}: outcomes, paths, durations`, () => {
      const heard = recordedInputs(recording);
      const found = [...heard].map(([printer, inputs]): [string, Expected] => [
        printer,
        reportsOf(inputs).filter(isEnd).map(inShort),
      ]);
      assert.deepEqual(Object.fromEntries(found), printers);
    });

    it(`${recording}: as many starts as OctoPrint says`, () => {
      for (const inputs of recordedInputs(recording).values()) {
        const said = inputs.filter(({ channel }) => channel.name === "PrintStarted").length;
        assert.equal(reportsOf(inputs).filter(({ outcome }) => outcome === "started").length, said);
      }
    });
  }

  function inShort({ outcome, path, duration, reason, error }: JobEnd): Expected[number] {
    const why = reason && (error ? `${reason}: ${error}` : reason);
    const short = [outcome, path, Math.round(duration ?? Number.NaN)] as const;
    return why === undefined ? short : [...short, why];
  }

  it("two-printers: the left one, back after its end, was interrupted", () => {
    const inputs = recordedInputs("two-printers").get("left") ?? [];
    const reset = inputs.find(({ channel }) => channel.kind === "progress" && channel.name === "printing");
    assert.ok(reset);
    const back = { ...reset, arrived: begin + 90_000, timestamp: undefined };
    const found = reportsOf([...inputs, back]).filter(isEnd);
    assert.deepEqual(
      found.map(({ outcome, path, reason, duration }) => [outcome, path, reason, duration]),
      [["failed", "left.gcode", "interrupted", 17]],
    );
  });
});

describe("whatever comes, in whatever order", () => {
  it("never throws, and the same says the same", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        assert.deepEqual(reportsOf(inputs), reportsOf(inputs));
      }),
    );
  });

  it("has at most one end for each PrintStarted, where nothing tells of another print", () => {
    const names = ["PrintStarted", "PrintDone", "PrintFailed", "PrintCancelled", "Error", "Disconnected", "Shutdown"];
    const first = inputsOf([[-100, "event/PrintDone", file]]);
    fc.assert(
      fc.property(anyInputs, (noise) => {
        const events = noise.flatMap((input) => {
          if ("connection" in input || input.channel.kind !== "event" || !names.includes(input.channel.name)) return [];
          // OctoPrint's own time would tell that another print was in between.
          return [{ ...input, message: { ...Object(input.message), path: file.path, time: undefined } }];
        });
        const found = reportsOf([...first, ...events]);
        const starts = found.filter(({ outcome }) => outcome === "started").length;
        assert.ok(found.filter(isEnd).length <= 1 + starts);
      }),
    );
  });
});
