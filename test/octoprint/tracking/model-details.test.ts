import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { farmSnapshot } from "../../../nodes/octoprint/tracking/farm.ts";
import { at, on, printing, stored, tool0 } from "./printer-story.ts";
import { begin, ends, file, type Line, other, outcomes, progress, start, state } from "./story.ts";

const is = (seconds: number, id: string): Line => [seconds, "event/PrinterStateChanged", state(id)];

describe("details of jobs", () => {
  it("PrintDone without a path is the open job's", () => {
    assert.deepEqual(
      ends([...start, [60, "event/PrintDone", { time: 58 }]]).map(({ path }) => path),
      [file.path],
    );
  });

  it("one that is over ends before the next one begins, as was said of it", () => {
    assert.deepEqual(outcomes([...start, is(10, "OFFLINE"), [11, "event/PrintStarted", other]]), [
      `started ${file.path}`,
      `failed ${file.path}`,
      `started ${other.path}`,
    ]);
  });

  it("PAUSING after PAUSED is no second pause", () => {
    const lines = [...start, is(10, "PAUSED"), is(11, "PAUSING"), is(12, "PAUSED")];
    assert.deepEqual(outcomes(lines), [`started ${file.path}`, `paused ${file.path}`]);
  });

  it("what a state tells after we were away is unknown", () => {
    const lines: Line[] = [...start, [20, "link", "disconnected"], [30, "link", "connected"], is(31, "OFFLINE")];
    assert.deepEqual(
      ends(lines).map(({ outcome }) => outcome),
      ["unknown"],
    );
  });

  it("what was stored before it began says nothing, though its progress was heard", () => {
    const lost: Line[] = [...start, [40, "progress/printing", progress(33)], [50, "link", "disconnected"]];
    const old = stored(100, "progress/printing", progress(12, other.path), -50);
    assert.deepEqual(ends([...lost, [100, "link", "connected"], old]), []);
  });

  it("what is said of a job that was never open is late, too", () => {
    const late: Line = [3, "progress/printing", progress(50)];
    assert.equal(at(4, [on, [1, "event/PrintDone", file], late]).job, null);
  });

  it("reports that wait for an end that is not told do not pile up", () => {
    const many = Array.from({ length: 25 }, (_, n): Line => [61 + n, "event/PrintPaused", { ...other, progress: n }]);
    const goes = many.flatMap((line): Line[] => [line, [line[0] + 0.5, "event/PrintResumed", other]]);
    const told = outcomes([...start, [60, "event/PrintStarted", other], ...goes]);
    assert.deepEqual(told.slice(0, 3), [`started ${file.path}`, `unknown ${file.path}`, `started ${other.path}`]);
    assert.equal(told.length, 53);
  });
});

describe("details of what goes on", () => {
  it("a job that seems interrupted, and whose state is Printing again", () => {
    const reset: Line = [50, "progress/printing", progress(0, "")];
    const lines: Line[] = [...start, [40, "progress/printing", progress(42)], reset, is(51, "PRINTING")];
    assert.deepEqual(ends(lines), []);
  });

  it("PrintDone half a second before its own time is over, counted from the last one", () => {
    const done = (seconds: number): Line => [seconds, "event/PrintDone", { ...file, time: 300 }];
    assert.equal(ends([done(0), done(299.5)]).length, 2);
    assert.equal(ends([done(0), done(298)]).length, 1);
  });
});

describe("details of states", () => {
  it("a state of a printer that is there leaves the temperatures as they are", () => {
    const bed: Line = [2, "temperature/bed", { actual: 59.8, target: 60 }];
    const shown = at(4, [on, tool0(1), bed, is(3, "PRINTING")]);
    assert.deepEqual(Object.keys(shown.temperatures), ["tool0", "bed"]);
    const [row] = farmSnapshot([shown]);
    assert.deepEqual([row?.tool0, row?.tool0Target, row?.bed, row?.bedTarget], [20, 0, 59.8, 60]);
  });

  it("the words of a PrintFailed are shown, nobody else's", () => {
    const failed: Line = [20, "event/PrintFailed", { ...file, reason: "error", error: "Too hot" }];
    assert.equal(at(21, [...printing, failed]).error, "Too hot");
    const cancelled: Line = [20, "event/PrintCancelled", { ...file, error: "Too hot" }];
    assert.equal(at(21, [...printing, cancelled]).error, undefined);
  });

  it("after a failure only a state tells what became of the printer", () => {
    const failed: Line = [20, "event/PrintFailed", { ...file, reason: "error", error: "Too hot" }];
    assert.equal(at(21, [...printing, failed]).state.id, "PRINTING");
    assert.equal(at(21, [on, [10, "event/PrintStarted", file], failed]).state.id, null);
  });

  it("it was seen when a live message came, by our clock", () => {
    assert.equal(at(50, [on, tool0(40.5)]).lastSeen, begin + 40_500);
  });
});
