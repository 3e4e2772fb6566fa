import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { farmSnapshot } from "../../../nodes/octoprint/tracking/farm.ts";
import { anyInputs } from "../messages/noise.ts";
import { after, at, off, printing, stored, tool0 } from "./printer-story.ts";
import { begin, inputsOf, type Line, progress, recordedInputs, state } from "./story.ts";

describe("temperatures", () => {
  it("of all sensors, with null where nobody says: chamber, soc", () => {
    const { temperatures } = at(9, [
      [1, "temperature/tool0", { actual: 210.1, target: 210 }],
      [2, "temperature/chamber", { actual: null, target: null }],
      [3, "temperature/soc", { temperature: 48.3 }],
      stored(4, "temperature/bed", { actual: 60, target: 60 }, 3),
    ]);
    assert.deepEqual(temperatures, {
      tool0: { actual: 210.1, target: 210 },
      chamber: { actual: null, target: null },
      soc: { actual: 48.3, target: null },
      bed: { actual: 60, target: 60 },
    });
  });

  it("are gone with the printer, and when the topic is cleared", () => {
    const offline: Line = [5, "event/PrinterStateChanged", state("OFFLINE", "Offline")];
    assert.deepEqual(at(9, [tool0(1), offline, stored(6, "temperature/tool0", { actual: 200 }, 0)]).temperatures, {});
    assert.deepEqual(at(9, [tool0(1), [2, "temperature/tool0", ""]]).temperatures, {});
  });

  it("of any number of sensors are not remembered", () => {
    const many = Array.from({ length: 1000 }, (_, n): Line => [1, `temperature/t${n}`, { actual: 1, target: null }]);
    const { temperatures } = at(2, [...many, [1, "temperature/t0", { actual: 2, target: null }]]);
    assert.equal(Object.keys(temperatures).length, 64);
    assert.equal(temperatures.t0?.actual, 2);
  });
});

describe("a farm", () => {
  it("is a table with one row a printer, by name", () => {
    const print = at(60, [...printing, tool0(20, 210), [50, "progress/printing", progress(42)]]);
    const rows = farmSnapshot([
      { ...print, printer: "mk10" },
      { ...at(0, []), printer: "mk2" },
    ]);
    assert.deepEqual(
      rows.map(
        ({ printer, availability: is, state: text, stateId, file: name, progress: percent, tool0: degrees, bed }) => [
          printer,
          is,
          text,
          stateId,
          name,
          percent,
          degrees,
          bed,
        ],
      ),
      [
        ["mk2", "unknown", null, null, null, null, null, null],
        ["mk10", "online", "Printing", "PRINTING", "cube.gcode", 42, 210, null],
      ],
    );
    for (const value of rows.flatMap((row) => Object.values(row)))
      assert.ok(value === null || typeof value !== "object");
  });

  it("two-printers, a recording: one prints on while the other is killed", () => {
    const rows = [...recordedInputs("two-printers")].map(([printer, inputs]) => {
      const heard = inputs.filter(({ arrived }) => arrived < begin + 40_000);
      return after(heard).model.snapshot(printer, begin + 40_000);
    });
    assert.deepEqual(
      farmSnapshot(rows).map(({ printer, availability: is, file: name, timeLeftFrom }) => [
        printer,
        is,
        name,
        timeLeftFrom,
      ]),
      [
        ["left", "octoprint-offline", null, null],
        ["right", "online", "right.gcode", "octoprint"],
      ],
    );
  });
});

describe("whatever comes, in whatever order", () => {
  it("never throws, the same says the same, and no number is out of its range", () => {
    fc.assert(
      fc.property(anyInputs, fc.nat({ max: 1_000_000 }), (inputs, later) => {
        const now = (inputs.at(-1)?.arrived ?? begin) + later;
        const { model, wakeAt } = after(inputs);
        const one = model.snapshot("a", now);
        assert.deepEqual(one, after(inputs).model.snapshot("a", now));
        for (const number of [one.job?.timeLeft, one.job?.elapsed])
          assert.ok(typeof number !== "number" || number >= 0);
        assert.ok(wakeAt === undefined || Number.isFinite(wakeAt));
        assert.equal(farmSnapshot([one]).length, 1);
      }),
    );
  });

  it("of two OctoPrints whose jobs are both over, both are told at once", () => {
    const { model, wakeAt = 0 } = after(
      inputsOf([
        [0, "progress/printing", progress(1, "a.gcode")],
        [0, "progress/printing", progress(42, "b.gcode")],
        off(0),
        [2.001, "temperature/tool0", { actual: null, target: null }],
        [2.001, "progress/printing", progress(0, "a.gcode")],
        off(2.001),
        [4, "event/PrintStarted", {}],
        [4.1, "event/Home", {}],
      ]),
    );
    const told = model.tick(wakeAt).reports.map(({ outcome, path }) => `${outcome} ${path}`);
    assert.deepEqual(told, ["unknown a.gcode", "unknown b.gcode"]);
  });

  it("once it was woken it does not want to be woken for the same again", () => {
    fc.assert(
      fc.property(anyInputs, (inputs) => {
        const { model, wakeAt } = after(inputs);
        if (wakeAt === undefined) return;
        model.tick(wakeAt);
        assert.ok(model.wakeAt === undefined || model.wakeAt > wakeAt);
      }),
    );
  });
});
