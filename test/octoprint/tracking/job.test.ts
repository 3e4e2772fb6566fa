import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { patience } from "../../../nodes/octoprint/tracking/job-book.ts";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import {
  begin,
  ends,
  file,
  inputsOf,
  jobAfter,
  type Line,
  other,
  outcomes,
  progress,
  reports,
  start,
  state,
} from "./story.ts";

const cancelled = { ...file, time: 41.5, progress: 22, fileposition: 2410 };

describe("the end of a job", () => {
  it("is one message with all that is known", () => {
    assert.deepEqual(ends([...start, [5220, "event/PrintDone", { ...file, time: 5200.5 }]]), [
      {
        outcome: "done",
        path: "parts/cube.gcode",
        name: "cube.gcode",
        location: "local",
        duration: 5220,
        printTime: 5200.5,
        startedAt: begin,
        finishedAt: begin + 5_220_000,
        progress: 100,
      },
    ]);
  });

  const cancel: readonly Line[] = [
    [42, "event/PrintCancelling", file],
    [42.01, "event/PrinterStateChanged", state("CANCELLING")],
    [42.02, "event/PrintCancelled", cancelled],
    [42.03, "event/PrintFailed", { ...cancelled, reason: "cancelled" }],
    [43, "event/PrinterStateChanged", state("OPERATIONAL")],
    [45, "progress/printing", progress(0)],
  ];
  const without = (name: string) => cancel.filter(([, topic]) => topic !== `event/${name}`);
  for (const [what, lines] of [
    ["PrintCancelled, then PrintFailed", cancel],
    ["PrintCancelled is lost", without("PrintCancelled")],
    ["PrintFailed is lost", without("PrintFailed")],
  ] as const) {
    it(`cancelled is one message: ${what}`, () => {
      const [end, ...more] = ends([...start, ...lines]);
      assert.deepEqual(more, []);
      const { outcome, duration, printTime, progress: percent, reason } = end ?? {};
      assert.deepEqual([outcome, duration, printTime, percent, reason], ["cancelled", 42, 41.5, 22, undefined]);
    });
  }

  it("cancelled is told by the states where both events are lost", () => {
    const lines = without("PrintCancelled").filter(([, topic]) => topic !== "event/PrintFailed");
    const [end] = ends([...start, ...lines]);
    assert.deepEqual([end?.outcome, end?.duration], ["cancelled", 43]);
  });

  it("cancelled before OctoPrint 1.3.10, whose PrintFailed has no reason", () => {
    const old: readonly Line[] = [[42.03, "event/PrintFailed", file]];
    assert.deepEqual(outcomes([...start, ...without("PrintFailed"), ...old]).slice(1), ["cancelled parts/cube.gcode"]);
    const lost = without("PrintFailed").filter(([, topic]) => topic === "event/PrintCancelling");
    assert.deepEqual(outcomes([...start, ...lost, ...old]).slice(1), ["cancelled parts/cube.gcode"]);
  });

  it("cancelled by OctoPrint for an error of the firmware carries its words", () => {
    const firmwareError = "Probing failed";
    const lines: readonly Line[] = [
      [42, "event/Error", { error: firmwareError, reason: "firmware", consequence: "cancel" }],
      [42.1, "event/PrintCancelling", { ...file, firmwareError }],
      [42.2, "event/PrintCancelled", cancelled],
    ];
    const [end] = ends([...start, ...lines]);
    assert.deepEqual([end?.outcome, end?.error], ["cancelled", firmwareError]);
  });

  it("PrintFailed.progress is a fraction when the reason is error, a percentage otherwise", () => {
    const error = { ...file, reason: "error", error: "Thermal Runaway", progress: 0.0776, time: 16.7 };
    const [failed] = ends([...start, [17, "event/PrintFailed", error]]);
    assert.deepEqual(
      [failed?.outcome, failed?.reason, failed?.error, failed?.progress],
      ["failed", "error", "Thermal Runaway", 7.8],
    );
    const [gone] = ends([...start, [17, "event/PrintFailed", { ...file, reason: "cancelled", progress: 1 }]]);
    assert.deepEqual([gone?.outcome, gone?.progress], ["cancelled", 1]);
  });

  const paused: readonly Line[] = [
    ...start,
    [5, "progress/printing", progress(5)],
    [10, "event/PrintPaused", { ...file, progress: 5 }],
    [10.1, "event/PrinterStateChanged", state("PAUSED")],
    [20, "event/PrinterStateChanged", state("ERROR")],
    [20, "event/Error", { error: "Heater failed", reason: "firmware", consequence: "emergency" }],
  ];
  const closed: Line = [20.1, "event/PrinterStateChanged", state("OFFLINE")];
  for (const [version, lines] of [
    ["1.11, without PrintFailed", [closed, [22.5, "progress/printing", progress(0)]]],
    ["1.11, without PrintFailed, and then silence", [closed]],
    [
      "2.0, with PrintFailed",
      [[20.1, "event/PrintFailed", { ...file, reason: "error", error: "unknown", progress: 0.05 }]],
    ],
  ] as const satisfies readonly (readonly [string, readonly Line[]])[]) {
    it(`a fatal error during a pause is one message: OctoPrint ${version}`, () => {
      const [end, ...more] = ends([...paused, ...lines]);
      assert.deepEqual(more, []);
      assert.deepEqual(
        [end?.outcome, end?.reason, end?.error, end?.duration, end?.progress],
        ["failed", "error", "Heater failed", 20, 5],
      );
    });
  }

  it("a fatal error waits for a PrintFailed, and no longer", () => {
    const { model } = jobAfter(inputsOf(paused));
    assert.equal(model.wakeAt, begin + 20_000 + patience);
    assert.deepEqual(model.tick(begin + 20_000 + patience - 1).reports, []);
    const waited = model.tick(begin + 20_000 + patience);
    assert.deepEqual(
      waited.reports.map(({ outcome }) => outcome),
      ["failed"],
    );
    assert.equal(model.wakeAt, undefined);
  });

  it("a disconnect by the user while printing has no words of OctoPrint, so it has a reason", () => {
    const lines: readonly Line[] = [
      ...start,
      [15, "event/Disconnecting", {}],
      [15, "event/FileDeselected", {}],
      [15, "event/Disconnected", {}],
      [15, "event/PrinterStateChanged", state("OFFLINE")],
      [15.1, "event/PrintFailed", { ...file, reason: "error", error: "", progress: 0.076, time: 14.9 }],
    ];
    const [end, ...more] = ends(lines);
    assert.deepEqual(more, []);
    assert.deepEqual([end?.outcome, end?.reason, "error" in (end ?? {})], ["failed", "disconnected", false]);
    const wordless: Line = [14.9, "event/PrinterStateChanged", state("ERROR")];
    assert.equal(ends([...start, wordless, ...lines.slice(-1)])[0]?.reason, "error");
    const [inPause] = ends([...paused.slice(0, -2), ...lines.slice(3, -1)]);
    assert.deepEqual([inPause?.outcome, inPause?.reason], ["failed", "disconnected"]);
  });

  it("FileDeselected of plugin 0.8.0 to 0.8.13 sends the reset too, which hides no error", () => {
    const reset: Line = [15.01, "progress/printing", progress(0, "")];
    const error = { ...file, reason: "error", error: "Thermal Runaway", progress: 0.076 };
    const [end, ...more] = ends([...start, reset, [15.1, "event/PrintFailed", error]]);
    assert.deepEqual(more, []);
    assert.deepEqual([end?.outcome, end?.reason, end?.error], ["failed", "error", "Thermal Runaway"]);
    const [gone] = ends([...start, reset, [15.1, "event/Disconnected", {}]]);
    assert.equal(gone?.reason, "disconnected");
  });
});

describe("OctoPrint killed while printing", () => {
  const killed: readonly Line[] = [...start, [40, "progress/printing", progress(33)], [45, "mqtt", "disconnected"]];
  const back: readonly Line[] = [[300, "mqtt", "connected"]];

  it("says nothing until it is back", () => assert.deepEqual(ends(killed), []));

  it("the reset that it then sends ends the job: failed, interrupted, when it was last heard", () => {
    const [end, ...more] = ends([...killed, ...back, [300, "progress/printing", progress(0, "")]]);
    assert.deepEqual(more, []);
    assert.deepEqual([end?.outcome, end?.reason, end?.duration, end?.progress], ["failed", "interrupted", 40, 33]);
  });

  it("is told by the printer's states where the progress is switched off", () => {
    const [end] = ends([...killed, ...back, [301, "event/PrinterStateChanged", state("CONNECTING")]]);
    assert.deepEqual([end?.outcome, end?.reason], ["failed", "interrupted"]);
  });

  it("an empty path with a real progress, in the middle of a print, ends nothing", () => {
    assert.deepEqual(outcomes([...start, [9, "progress/printing", progress(42, "")], [60, "event/PrintDone", file]]), [
      "started parts/cube.gcode",
      "done parts/cube.gcode",
    ]);
  });

  it("an empty path below 0.5 % looks like a reset, but the print goes on", () => {
    const lines: readonly Line[] = [
      ...start,
      [9, "progress/printing", progress(0, "")],
      [10, "progress/printing", progress(1)],
    ];
    assert.deepEqual(ends(lines), []);
  });

  it("only the network was gone: the print goes on", () => {
    assert.deepEqual(outcomes([...killed, ...back, [310, "progress/printing", progress(40)]]), [
      "started parts/cube.gcode",
    ]);
  });

  it("PrintStarted over an open job ends that one first", () => {
    const found = reports([...killed, ...back, [400, "event/PrintStarted", other]]);
    assert.deepEqual(
      found.map(({ outcome, path }) => `${outcome} ${path}`),
      ["started parts/cube.gcode", "unknown parts/cube.gcode", "started ring.gcode"],
    );
    assert.deepEqual(
      found.filter(isEnd).map(({ reason, duration, progress: percent }) => [reason, duration, percent]),
      [[undefined, undefined, 33]],
    );
  });

  it("the end of another file's job ends the open one first", () => {
    const found = reports([...killed, ...back, [400, "event/PrintDone", { ...other, time: 50 }]]);
    assert.deepEqual(
      found.filter(isEnd).map(({ outcome, path, duration }) => [outcome, path, duration]),
      [
        ["unknown", "parts/cube.gcode", undefined],
        ["done", "ring.gcode", undefined],
      ],
    );
  });
});

describe("what makes no message", () => {
  it("a retained message never does (plugin 0.8.4 to 0.8.13 left all events with the broker)", () => {
    const ghosts: readonly Line[] = [
      [1, "event/PrintStarted", file, "retained"],
      [1, "event/PrintFailed", { ...file, reason: "error", error: "x" }, "retained"],
      [1, "event/PrintDone", file, "retained"],
      [1, "progress/printing", progress(42), "retained"],
      [2, "progress/printing", progress(0, "")],
    ];
    assert.deepEqual(reports(ghosts), []);
  });

  it("progress before and after a print: selected, 100 twice, 0 after a failure", () => {
    const lines: readonly Line[] = [
      [-2, "progress/printing", progress(0)],
      ...start,
      [30, "progress/printing", progress(100)],
      [30, "event/PrintDone", file],
      [30.1, "progress/printing", progress(99)],
      [31, "progress/printing", progress(100)],
      [35, "progress/printing", progress(0, "")],
    ];
    assert.deepEqual(outcomes(lines), ["started parts/cube.gcode", "done parts/cube.gcode"]);
  });

  it("a start that came to nothing", () => {
    assert.deepEqual(
      reports([
        [0, "event/PrinterStateChanged", state("STARTING")],
        [1, "event/PrinterStateChanged", state("OPERATIONAL")],
      ]),
      [],
    );
  });
});
