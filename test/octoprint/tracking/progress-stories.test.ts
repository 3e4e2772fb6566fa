import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { on, stored } from "./printer-story.ts";
import { type Line, progress } from "./story.ts";
import { a, b, done, idle, is, moved, Story, started } from "./told-story.ts";

// What a progress says of the job, live or stored, beside what the reports of bugs tell.

const reset = (at: number): Line => moved(at, 0, "");
const cut: readonly Line[] = [
  [50, "link", "disconnected"],
  [100, "link", "connected"],
];
const flags = (flag: string, text: string) => ({ state: { text, flags: { [flag]: true } } });
const sayWith = (at: number, percent: number, data: object): Line => [
  at,
  "progress/printing",
  { ...progress(percent, a.path), printer_data: data },
];

describe("a live progress", () => {
  it("without a file leaves the selection", () => {
    const story = new Story(on, [1, "event/FileSelected", a], moved(5, 50, ""), [9, "event/PrintCancelled", {}]);
    assert.deepEqual(story.hear([30, "event/PrintPaused", {}]).told(40), ["cancelled ", "paused a.gcode"]);
  });

  it("of 0 without a file: OctoPrint was started again, or has let go of it", () => {
    const story = new Story(on, [1, "event/FileSelected", a], reset(2), [30, "event/PrintPaused", {}]);
    assert.deepEqual(story.told(40), ["paused "]);
  });

  it("right after an end is the last look, if it names that file or none", () => {
    const after = (line: Line) => new Story(on, started(0, a), done(50, a, 50), line).at(line[0]).job?.path;
    assert.equal(after(moved(59.9, 98, a.path)), undefined);
    assert.equal(after(moved(59.9, 98, "")), undefined);
    assert.equal(after(moved(59.9, 5, b.path)), b.path);
    assert.equal(after(moved(60, 98, a.path)), a.path);
  });

  it("10 s after a transfer is a print's", () => {
    const after = (at: number) => new Story(on, [42, "event/TransferDone", {}], moved(at, 5, a.path)).at(at).job?.path;
    assert.deepEqual([after(51.9), after(52)], [undefined, a.path]);
  });

  it("under the path that the plugin keeps of a short print, whose own progress was never heard", () => {
    const story = new Story(...idle, started(0, a), done(4, a, 4), started(4.5, b), moved(5, 1, a.path));
    assert.deepEqual(story.hear(moved(60, 40, a.path)).shown(61), [b.path, 40, "Printing"]);
    assert.deepEqual(story.hear(done(200, b, 195)).told(400), [
      "started a.gcode",
      "done a.gcode",
      "started b.gcode",
      "done b.gcode",
    ]);
  });

  it("under the path of a file that was selected, and another one printed before the plugin looked", () => {
    const selected = (at: number, of: object): Line => [at, "event/FileSelected", of];
    const story = new Story(...idle, selected(1, a), selected(4, b), started(4.5, b), moved(6, 1, a.path));
    assert.deepEqual(story.hear(moved(60, 40, a.path)).shown(61), [b.path, 40, "Printing"]);
    assert.deepEqual(story.hear(done(200, b, 195)).told(400), ["started b.gcode", "done b.gcode"]);
  });

  it("under a path that nobody has said before: it was selected, where that event is off", () => {
    const story = new Story(...idle, started(4.5, b), moved(6, 1, a.path), moved(60, 40, a.path));
    assert.deepEqual(story.shown(61), [b.path, 40, "Printing"]);
    story.hear([70, "event/PrintPaused", b], [80, "event/PrintResumed", b], moved(90, 50, a.path));
    assert.deepEqual(story.shown(91), [b.path, 50, "Printing"]);
    assert.equal(story.isClash, false);
  });

  it("under another path, after one under the job's own: that is another job, however soon", () => {
    const story = new Story(...idle, started(4, b), moved(6, 1, b.path), moved(9, 30, a.path));
    assert.deepEqual(story.shown(9), [a.path, 30, "Printing"]);
    const kept = new Story(...idle, started(4, b), moved(6, 0, b.path), moved(9, 1, a.path));
    assert.deepEqual(kept.shown(9), [b.path, 1, "Printing"]);
  });

  it("under the path of the last progress, 10 s later: the plugin does not say the same twice", () => {
    const story = new Story(...idle, moved(1, 0, a.path), started(4, b), moved(15, 1, a.path), moved(60, 40, a.path));
    assert.deepEqual(story.shown(61), [b.path, 40, "Printing"]);
    assert.deepEqual(story.hear(done(90, b, 85)).told(500), ["started b.gcode", "done b.gcode"]);
  });

  it("with data: that names the file, and one that is only selected is no other job", () => {
    const says = (at: number, percent: number, flag: string, of: { path: string }): Line => [
      at,
      "progress/printing",
      { ...progress(percent, a.path), printer_data: { ...flags(flag, flag), job: { file: of } } },
    ];
    const story = new Story(on, says(5, 0, "printing", b), says(10, 1, "printing", b), says(60, 40, "printing", b));
    assert.deepEqual(story.shown(61), [b.path, 40, "printing"]);
    assert.deepEqual(story.hear(says(80, 0, "operational", a)).told(500), ["unknown b.gcode"]);
    assert.equal(story.isClash, false);
  });

  it("under that path and its own in turn: two OctoPrints print", () => {
    const turns = [moved(6, 1, a.path), moved(8, 30, b.path), moved(16, 2, a.path), moved(18, 31, b.path)];
    const story = new Story(on, started(4.5, b), ...turns);
    assert.equal(story.isClash, true);
    assert.deepEqual(story.hear(done(90, b, 85), moved(95, 9, a.path)).told(200), ["started b.gcode", "done b.gcode"]);
  });

  it("of 0 again and again: a print that heats for long", () => {
    const zeros = [5, 10, 15, 60, 120].map((at) => moved(at, 0, a.path));
    assert.deepEqual(new Story(on, started(0, a), ...zeros).told(500), ["started a.gcode"]);
  });

  it("of 0 after we were away: it is over, at once", () => {
    const story = new Story(on, started(0, a), moved(40, 57, a.path), ...cut, moved(101, 0, a.path));
    assert.deepEqual(story.ends(101), ["unknown a.gcode"]);
  });

  it("does not undo what a state has ended, nor does one whose own data has no job", () => {
    const begun = [...idle, started(0, a), is(0, "PRINTING"), moved(40, 57, a.path)];
    assert.deepEqual(new Story(...begun, is(41, "OFFLINE"), moved(42, 58, a.path)).ends(99), ["failed a.gcode"]);
    const offline = sayWith(42, 58, flags("closedOrError", "Offline"));
    assert.deepEqual(new Story(on, started(0, a), moved(40, 57, a.path), reset(41), offline).ends(99), [
      "failed a.gcode",
    ]);
  });

  it("of more than 0 undoes what only seemed interrupted", () => {
    const begun = [on, started(0, a), moved(40, 57, a.path), reset(41)];
    assert.deepEqual(new Story(...begun, moved(42, 58, a.path)).ends(99), []);
    assert.deepEqual(new Story(...begun, moved(42, 0, a.path)).ends(99), ["failed a.gcode"]);
  });

  it("the first one begins the pace; a stored one does not", () => {
    const left = (first: Line) => new Story(on, first, moved(5, 52, a.path)).at(5).job?.timeLeft;
    assert.equal(left(moved(0, 42, a.path)), 24);
    assert.equal(left(stored(0, "progress/printing", progress(42, a.path), -20)), null);
    const cutOff = new Story(on, started(0, a), moved(20, 30, a.path), ...cut);
    cutOff.hear(stored(100, "progress/printing", progress(42, a.path), 95), moved(105, 52, a.path));
    const heard = new Story(on, started(0, a), moved(20, 30, a.path), ...cut, moved(105, 52, a.path));
    assert.equal(cutOff.at(105).job?.timeLeft, heard.at(105).job?.timeLeft);
  });

  it("two OctoPrints on one base topic: the reset of the one says nothing of the other's state", () => {
    const story = new Story(on, started(0, a), moved(5, 1, a.path), started(7, b), moved(10, 2, a.path), reset(11));
    assert.deepEqual(story.shown(12), [a.path, 2, "Printing"]);
  });
});

describe("a stored progress, where no job is known", () => {
  const left = (said: number, percent = 42): Line => stored(9, "progress/printing", progress(percent, a.path), said);
  const jobAfter = (...lines: Line[]) => new Story(on, ...lines).at(9).job?.progress;

  it("is a job, unless a state without one is newer, or was announced", () => {
    const connected: Line = [5, "event/Connected", {}];
    assert.equal(jobAfter(connected, left(4)), undefined);
    assert.equal(jobAfter(connected, left(5)), undefined);
    assert.equal(jobAfter(connected, left(6)), 42);
    assert.equal(jobAfter(is(5, "OPERATIONAL"), left(6)), undefined);
    const undated = new Story(on, connected).hearUndated(left(0)).at(9).job;
    assert.equal(undated, null, "one that does not say when is not newer");
    const stateUndated = new Story(on).hearUndated(connected).hear(left(6)).at(9).job;
    assert.equal(stateUndated, null, "nor is it newer than what does not say when");
  });

  it("is none where something stored of the same second says that it is over", () => {
    const cancelled = stored(8, "event/PrintCancelled", a, -20);
    assert.equal(jobAfter(cancelled, left(-20)), undefined);
    assert.equal(jobAfter(cancelled, left(-19)), 42);
  });

  it("has OctoPrint's state with it", () => {
    const data = { ...progress(42, a.path), printer_data: flags("paused", "Paused") };
    assert.deepEqual(new Story(on, stored(9, "progress/printing", data, 5)).shown(9), [a.path, 42, "Paused"]);
  });
});

describe("a stored progress after we were away", () => {
  const begun: readonly Line[] = [on, started(0, a), moved(40, 57, a.path), ...cut];
  const said = (percent: number, path: string, at: number) =>
    stored(101, "progress/printing", progress(percent, path), at);
  const table: readonly [what: string, line: Line, ends: readonly string[], percent: number | undefined][] = [
    ["newer, and further", said(60, a.path, 45), [], 60],
    ["the one that was heard", said(57, a.path, 40), [], 57],
    ["of the same second: it is not news", said(0, a.path, 40), [], 57],
    ["newer: at 0 again", said(0, a.path, 41), ["unknown a.gcode"], undefined],
    ["older: of before the start", said(0, a.path, -5), [], 57],
    ["newer: of another file", said(3, b.path, 90), ["unknown a.gcode"], undefined],
    ["newer: no file any more", said(0, "", 90), ["unknown a.gcode"], undefined],
    ["newer: without a file, but it goes on", said(61, "", 90), [], 61],
  ];
  for (const [what, line, ends, percent] of table) {
    it(what, () => {
      const story = new Story(...begun, line);
      assert.deepEqual([story.ends(102), story.at(102).job?.progress], [ends, percent]);
    });
  }

  it("one that had not moved: at 0 it may go on, without a file it is over", () => {
    const still = [on, started(0, a), moved(40, 0, a.path), ...cut];
    assert.deepEqual(new Story(...still, said(0, a.path, 45)).ends(102), []);
    assert.deepEqual(new Story(...still, said(0, "", 45)).ends(102), ["unknown a.gcode"]);
  });

  it("where nothing has a time, a change from what was heard tells", () => {
    const heard = (...lines: readonly Line[]) =>
      new Story().hearUndated(...lines, ...cut, [101, "progress/printing", progress(0, a.path), "retained"]).ends(102);
    assert.deepEqual(heard(on, started(0, a), moved(40, 57, a.path)), ["unknown a.gcode"]);
    assert.deepEqual(heard(on, started(0, a), moved(40, 0, a.path)), []);
    assert.deepEqual(heard(on, started(0, a)), []);
    const another: Line = [101, "progress/printing", progress(5, b.path), "retained"];
    const ends = (...lines: readonly Line[]) => new Story().hearUndated(...lines, ...cut, another).ends(102);
    assert.deepEqual(ends(on, started(0, a), moved(40, 57, a.path)), ["unknown a.gcode"]);
    assert.deepEqual(ends(on, started(0, a)), [], "it may be that of the job before");
    assert.deepEqual(ends(on, moved(-9, 100, a.path), started(0, a)), ["unknown a.gcode"], "its path was heard");
    assert.deepEqual(ends(on, moved(-9, 100, b.path), started(0, a)), [], "it is that of the job before");
  });

  it("a job that was found by other words: the same", () => {
    const found: Line = [0, "event/PrintPaused", a];
    assert.deepEqual(new Story(on, found, ...cut, said(5, b.path, 90)).ends(102), []);
    assert.deepEqual(new Story(on, found, moved(1, 5, a.path), ...cut, said(5, b.path, 90)).ends(102), [
      "unknown a.gcode",
    ]);
  });
});
