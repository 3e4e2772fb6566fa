import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import {
  begin,
  ends,
  file,
  inputsOf,
  type Line,
  other,
  outcomes,
  progress,
  reports,
  reportsOf,
  start,
  state,
} from "./story.ts";

describe("started, paused, resumed", () => {
  it("each once, with the time and the progress", () => {
    const found = reports([
      ...start,
      [10, "progress/printing", progress(16)],
      [12, "event/PrinterStateChanged", state("PAUSING")],
      [13, "event/PrintPaused", { ...file, progress: 16 }],
      [13, "event/PrinterStateChanged", state("PAUSED")],
      [40, "event/PrinterStateChanged", state("RESUMING")],
      [40, "event/PrintResumed", file],
      [40, "event/PrinterStateChanged", state("PRINTING")],
      [60, "event/PrintDone", file],
    ]);
    assert.deepEqual(
      found.map(({ outcome }) => outcome),
      ["started", "paused", "resumed", "done"],
    );
    const { path, name, location } = { path: file.path, name: file.name, location: "local" };
    assert.deepEqual(found[1], {
      outcome: "paused",
      path,
      name,
      location,
      startedAt: begin,
      at: begin + 13_000,
      progress: 16,
    });
  });

  it("a print from the SD card whose PrintStarted is lost (0.8.16 with metadata)", () => {
    const card = { name: "CARD.GCO", path: "CARD.GCO", origin: "sdcard" };
    const found = reports([
      [-5, "event/FileSelected", card],
      [0, "event/PrinterStateChanged", state("STARTING")],
      [1, "event/PrinterStateChanged", state("PRINTING")],
      [60, "event/PrintDone", card],
    ]);
    assert.deepEqual(
      found.map(({ outcome, path, location }) => [outcome, path, location]),
      [
        ["started", "CARD.GCO", "sdcard"],
        ["done", "CARD.GCO", "sdcard"],
      ],
    );
    assert.deepEqual(
      found.filter(isEnd).map(({ duration }) => duration),
      [60],
    );
  });

  it("before OctoPrint 1.3.10 PRINTING came before PrintStarted", () => {
    assert.deepEqual(
      outcomes([
        [0, "event/PrinterStateChanged", state("PRINTING")],
        [0.1, "event/PrintStarted", file],
        [60, "event/PrintDone", file],
      ]),
      ["started parts/cube.gcode", "done parts/cube.gcode"],
    );
  });

  it("PausedForUser, which Marlin repeats, is no pause of OctoPrint", () => {
    const waits = [10, 12, 14].map((at): Line => [at, "event/PausedForUser", {}]);
    assert.deepEqual(outcomes([...start, ...waits]), ["started parts/cube.gcode"]);
  });

  it("OctoPrint 1.2 named only the file", () => {
    const [step] = reports([
      [0, "event/PrintStarted", { origin: "local", file: "/home/pi/.octoprint/uploads/a.gco", filename: "a.gco" }],
    ]);
    assert.deepEqual([step?.path, step?.name, step?.location], ["a.gco", "a.gco", "local"]);
  });
});

describe("times", () => {
  it("a timestamp field named time overwrites the payload's own: no printTime, the duration from the timestamps", () => {
    const [end] = ends([...start, [60, "event/PrintDone", { ...file, time: 55.5 }]], { timestampField: "time" });
    assert.deepEqual([end?.duration, end?.printTime], [60, undefined]);
  });

  it("without timestamps the time of arrival counts", () => {
    const [end] = ends([...start, [60.5, "event/PrintDone", { ...file, time: 55.5 }]], { timestampField: "" });
    assert.deepEqual([end?.duration, end?.printTime, end?.finishedAt], [60.49, 55.5, begin + 60_500]);
  });

  it("a printer's clock that is wrong, but runs, gives the right duration", () => {
    const wrong = inputsOf([...start, [60, "event/PrintDone", file]]).map((input) =>
      "timestamp" in input ? { ...input, arrived: input.arrived + 7_200_000 } : input,
    );
    assert.deepEqual(
      reportsOf(wrong)
        .filter(isEnd)
        .map(({ duration }) => duration),
      [60],
    );
  });

  it("a printer's clock that was set back gives way to ours", () => {
    const [began, done] = inputsOf([
      [0, "event/PrintStarted", file],
      [60, "event/PrintDone", file],
    ]);
    assert.ok(began && done && "timestamp" in done);
    const [, end] = reportsOf([began, { ...done, timestamp: begin - 3_600_000 }]);
    assert.equal(end && isEnd(end) && end.duration, 60);
  });

  it("OctoPrint 2.0 may say 0 s, which is no time", () => {
    const [end] = ends([...start, [60, "event/PrintDone", { ...file, time: 0 }]]);
    assert.equal(end?.printTime, undefined);
  });
});

describe("Node-RED starts in the middle of a print", () => {
  it("the start is not known: no duration rather than a wrong one", () => {
    const [end] = ends([
      [0, "progress/printing", progress(40), "retained"],
      [60, "progress/printing", progress(41)],
      [90, "event/PrintDone", { ...file, time: 5000 }],
    ]);
    assert.deepEqual(
      [end?.outcome, end?.printTime, end?.duration, end?.startedAt],
      ["done", 5000, undefined, undefined],
    );
  });

  it("PrintDone may be the first that is heard", () => {
    assert.deepEqual(outcomes([[90, "event/PrintDone", file]]), ["done parts/cube.gcode"]);
  });

  it("an interruption is still told", () => {
    const [end] = ends([
      [60, "progress/printing", progress(41)],
      [90, "mqtt", "disconnected"],
      [120, "mqtt", "connected"],
      [120, "progress/printing", progress(0, "")],
    ]);
    assert.deepEqual(
      [end?.outcome, end?.reason, end?.duration, end?.progress],
      ["failed", "interrupted", undefined, 41],
    );
  });
});

describe("after our own reconnect", () => {
  const lost: readonly Line[] = [
    ...start,
    [40, "progress/printing", progress(33)],
    [50, "link", "disconnected"],
    [100, "link", "connected"],
  ];
  const stored = (percent: number, path: string, at: number): Line => [
    100.1,
    "progress/printing",
    { ...progress(percent, path), _timestamp: begin / 1000 + at },
    "retained",
  ];

  for (const [what, line] of [
    ["0 of the same file", stored(0, file.path, 70)],
    ["another file", stored(12, other.path, 70)],
    ["no file", stored(0, "", 70)],
  ] as const) {
    it(`stored progress that shows the job over ends it, unknown: ${what}`, () => {
      const [end, ...more] = ends([...lost, line]);
      assert.deepEqual(more, []);
      assert.deepEqual([end?.outcome, end?.path, end?.duration], ["unknown", file.path, undefined]);
    });
  }

  it("stored progress of the same file lets the job go on", () => {
    for (const percent of [33, 60, 100]) assert.deepEqual(ends([...lost, stored(percent, file.path, 70)]), []);
  });

  it("what was stored before the job began says nothing of it", () => {
    const early: readonly Line[] = [...start, [2, "link", "disconnected"], [100, "link", "connected"]];
    for (const line of [stored(100, other.path, -50), stored(0, "", -50), stored(0, file.path, 5)]) {
      assert.deepEqual(ends([...early, line]), []);
    }
  });

  it("without timestamps only a progress heard before makes it news", () => {
    const settings = { timestampField: "" };
    const plain = (percent: number, path: string): Line => [
      100.1,
      "progress/printing",
      progress(percent, path),
      "retained",
    ];
    const early: readonly Line[] = [...start, [2, "link", "disconnected"], [100, "link", "connected"]];
    assert.deepEqual(ends([...early, plain(100, other.path)], settings), []);
    assert.deepEqual(
      ends([...lost, plain(12, other.path)], settings).map(({ outcome }) => outcome),
      ["unknown"],
    );
  });

  it("a reset means that it may have ended well, while nobody heard it", () => {
    const [end] = ends([...lost, [110, "progress/printing", progress(0, "")]]);
    assert.deepEqual([end?.outcome, end?.reason, end?.duration], ["unknown", undefined, undefined]);
  });

  it("progress heard again dispels the doubt", () => {
    const again: readonly Line[] = [...lost, [110, "progress/printing", progress(40)]];
    const [end] = ends([...again, [200, "progress/printing", progress(0, "")]]);
    assert.deepEqual([end?.outcome, end?.reason, end?.duration], ["failed", "interrupted", 110]);
  });

  it("live progress of another file ends the job and follows the new one", () => {
    assert.deepEqual(
      outcomes([...lost, [110, "progress/printing", progress(20, other.path)], [150, "event/PrintDone", other]]),
      ["started parts/cube.gcode", "unknown parts/cube.gcode", "done ring.gcode"],
    );
  });

  it("the same file again, its start not heard, is another job", () => {
    const again: readonly Line[] = [
      ...start,
      [30, "event/PrintDone", file],
      [50, "link", "disconnected"],
      [100, "link", "connected"],
      [120, "event/PrintDone", file],
    ];
    assert.deepEqual(
      ends(again).map(({ duration }) => duration),
      [30, undefined],
    );
  });
});
