import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { at, off, on, printing, stored } from "./printer-story.ts";
import { begin, file, type Line, progress, recordedInputs, state } from "./story.ts";

const known = { name: "cube.gcode", path: "parts/cube.gcode", location: "local" };

describe("the job", () => {
  it("is there from its start to its end", () => {
    assert.deepEqual(at(11, printing).job, {
      ...known,
      progress: 0,
      elapsed: 1,
      timeLeft: null,
      finishesAt: null,
      timeLeftFrom: null,
    });
    for (const over of ["PrintDone", "PrintFailed", "PrintCancelled"]) {
      assert.equal(
        at(40, [
          ...printing,
          [30, `event/${over}`, file],
          [35, "progress/printing", progress(100)],
          [36, "event/PrinterStateChanged", state("OPERATIONAL", "Operational")],
        ]).job,
        null,
      );
    }
    assert.equal(
      at(40, [...printing, [30, "event/PrinterStateChanged", state("OPERATIONAL", "Operational")]]).job,
      null,
    );
  });

  it("an empty path with progress 0 is no job", () => {
    assert.equal(at(2, [on, [1, "progress/printing", progress(0, "")]]).job, null);
    const restarted = at(32, [
      ...printing,
      [30, "progress/printing", progress(20)],
      [31, "progress/printing", progress(0, "")],
    ]);
    assert.deepEqual([restarted.job, restarted.state.id], [null, null]);
  });

  it("an empty path with a real progress is a job of unknown file, or the one we know", () => {
    const unknown = at(2, [on, [1, "progress/printing", progress(42, "")]]).job;
    assert.deepEqual([unknown?.path, unknown?.name, unknown?.progress], ["", "", 42]);
    const { job } = at(32, [...printing, [30, "progress/printing", progress(42, "")]]);
    assert.deepEqual([job?.path, job?.progress], [file.path, 42]);
  });

  it("a selected file is no job (0.8.0 to 0.8.13 say 0 % of it), nor is what stays stored after one", () => {
    const idle = printing.slice(0, 2);
    assert.equal(at(8, [...idle, [6, "event/FileSelected", file], [6, "progress/printing", progress(0)]]).job, null);
    for (const percent of [0, 100])
      assert.equal(at(2, [on, stored(1, "progress/printing", progress(percent), 0)]).job, null);
    assert.equal(at(9, [...idle, stored(8, "progress/printing", progress(42), 0)]).job, null);
  });

  it("a progress of unknown size (-100) is null", () => {
    assert.equal(at(31, [...printing, [30, "progress/printing", progress(-100)]]).job?.progress, null);
  });

  it("after our own reconnect stored progress shows that it goes on, or is over", () => {
    const lost: readonly Line[] = [
      ...printing,
      [30, "progress/printing", progress(20)],
      [50, "link", "disconnected"],
      [60, "link", "connected"],
    ];
    const goesOn = at(62, [...lost, stored(61, "progress/printing", progress(25), 55)]);
    assert.deepEqual([goesOn.job?.progress, goesOn.state.id], [25, "PRINTING"]);
    for (const line of [progress(0), progress(12, "ring.gcode"), progress(0, "")]) {
      const over = at(62, [...lost, stored(61, "progress/printing", line, 55)]);
      assert.deepEqual([over.job, over.state.id], [null, null]);
    }
  });

  it("goes on after a time without network, where OctoPrint was not started again", () => {
    const gone: readonly Line[] = [
      ...printing,
      [30, "progress/printing", progress(20)],
      off(40),
      [90, "mqtt", "connected"],
    ];
    const { job } = at(100, [...gone, [95, "progress/printing", progress(30)]]);
    assert.deepEqual([job?.path, job?.progress, job?.elapsed], [file.path, 30, 90]);
    const again = at(100, [
      ...gone,
      [90, "progress/printing", progress(0, "")],
      [95, "progress/printing", progress(30)],
    ]);
    assert.deepEqual([again.job?.progress, again.job?.elapsed], [30, null]);
  });
});

describe("the time left", () => {
  const data = (printTime: number | null, printTimeLeft: number | null) => ({
    progress: { printTime, printTimeLeft },
    currentZ: 4.5,
  });

  it("is OctoPrint's, from printer_data, and runs down in between", () => {
    const lines: readonly Line[] = [
      ...printing,
      [40, "progress/printing", { ...progress(33), printer_data: data(25, 60) }],
    ];
    const { job, z } = at(50, lines);
    assert.deepEqual([job?.elapsed, job?.timeLeft, job?.timeLeftFrom, z], [35, 50, "octoprint", 4.5]);
    assert.equal(job?.finishesAt, begin + 100_000);
    assert.equal(at(500, lines).job?.timeLeft, 0);
  });

  it("is OctoPrint's, from hass/printing", () => {
    const { job } = at(50, [...printing, [40, "hass/printing", data(25, 60)], [45, "progress/printing", progress(50)]]);
    assert.deepEqual([job?.timeLeft, job?.timeLeftFrom, job?.progress], [50, "octoprint", 50]);
    const found = at(50, [
      on,
      [40, "hass/printing", { ...data(25, 60), state: { text: "Printing", flags: { printing: true } }, job: { file } }],
    ]);
    assert.deepEqual([found.job?.path, found.job?.timeLeft, found.state.id], [file.path, 50, "PRINTING"]);
  });

  it("stored is as old as it says", () => {
    const line = stored(100, "progress/printing", { ...progress(33), printer_data: data(25, 600) }, 40);
    const { job } = at(110, [on, line]);
    assert.deepEqual([job?.elapsed, job?.timeLeft], [95, 530]);
  });

  /** 1 % each 10 s from 30 s on; before, the bed is heated. */
  const steady = (until: number): readonly Line[] => [
    ...printing,
    [15, "progress/printing", progress(1)],
    ...Array.from({ length: until }, (_, n): Line => [30 + n * 10, "progress/printing", progress(2 + n)]),
  ];

  it("is estimated from the progress over time where OctoPrint says nothing, and called an estimate", () => {
    const { job } = at(130, [...steady(11)]);
    assert.deepEqual([job?.progress, job?.timeLeft, job?.timeLeftFrom], [12, 880, "estimate"]);
    const nulls = at(130, [
      ...steady(10),
      [130, "progress/printing", { ...progress(12), printer_data: data(null, null) }],
    ]);
    assert.deepEqual([nulls.job?.timeLeft, nulls.job?.timeLeftFrom], [880, "estimate"]);
  });

  it("is not estimated before enough progress", () => {
    assert.equal(at(70, steady(5)).job?.timeLeft, null);
    assert.equal(at(80, steady(6)).job?.timeLeft, 930);
    const burst = [2, 20, 40].map((percent): Line => [30 + percent / 10, "progress/printing", progress(percent)]);
    assert.equal(at(40, [...printing, ...burst]).job?.timeLeft, null);
  });

  it("pauses are excluded", () => {
    const paused: readonly Line[] = [...steady(11), [130, "event/PrinterStateChanged", state("PAUSED", "Paused")]];
    const { job } = at(1130, paused);
    assert.deepEqual([job?.elapsed, job?.timeLeft, job?.finishesAt], [120, 880, begin + 2_010_000]);
    const resumed: readonly Line[] = [
      ...paused,
      [1130, "event/PrinterStateChanged", state("PRINTING", "Printing")],
      [1140, "progress/printing", progress(13)],
    ];
    assert.deepEqual([at(1140, resumed).job?.elapsed, at(1140, resumed).job?.timeLeft], [130, 870]);
  });

  it("begins anew where the progress falls back", () => {
    assert.equal(at(140, [...steady(11), [140, "progress/printing", progress(3)]]).job?.timeLeft, null);
  });

  it("octoprint-2, a recording: each estimate is right within 3 s", () => {
    const inputs = recordedInputs("octoprint-2").get("") ?? [];
    const done = inputs.find(({ channel }) => channel.name === "PrintDone");
    assert.ok(done);
    const model = new PrinterModel(printerDefaults);
    let estimates = 0;
    for (const input of inputs.slice(0, inputs.indexOf(done))) {
      const { changed } = model.take(input);
      const { job } = model.snapshot("", input.arrived);
      if (job?.timeLeftFrom !== "estimate" || !changed.includes("job.progress")) continue;
      estimates++;
      assert.ok(Math.abs((job.finishesAt ?? 0) - done.arrived) < 3_000);
    }
    assert.equal(estimates, 7);
  });
});
