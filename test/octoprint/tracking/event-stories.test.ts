import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import { on, stored } from "./printer-story.ts";
import { file, inputsOf, type Line, progress, reportsOf, start } from "./story.ts";
import { a, b, done, idle, is, moved, Story, started } from "./told-story.ts";

// What each event says of the job and the printer, beside what the reports of bugs tell.

const ended = (at: number, event: string, more: object = {}, of: object = a): Line => [
  at,
  `event/${event}`,
  { ...of, ...more },
];
const error = (at: number, words: string, more: object = {}): Line => [at, "event/Error", { error: words, ...more }];
const words = (story: Story, later: number) => {
  story.at(later);
  return story.reports.filter(isEnd).map(({ outcome, reason, error: said }) => [outcome, reason, said]);
};

describe("the words for what went wrong", () => {
  it("a firmware that has stopped the print says why: the cancellation tells it", () => {
    const story = new Story(on, started(0, a), ended(9, "PrintCancelling", { firmwareError: "MINTEMP" }));
    assert.deepEqual(words(story.hear(ended(10, "PrintCancelled")), 20), [["cancelled", undefined, "MINTEMP"]]);
    const user = new Story(on, started(0, a), error(8, "Too hot"), ended(9, "PrintCancelling"));
    assert.deepEqual(words(user.hear(ended(10, "PrintCancelled")), 20), [["cancelled", undefined, "Too hot"]]);
  });

  it("an error without words does not hide the one that has some", () => {
    for (const nothing of ["", "unknown", "  "]) {
      const story = new Story(on, started(0, a), error(8, "Too hot"), error(9, nothing));
      assert.equal(story.at(9).error, "Too hot");
      assert.deepEqual(words(story.hear(ended(10, "PrintFailed")), 20), [["failed", "error", "Too hot"]]);
    }
  });

  it("an error of a printer that prints nothing", () => {
    assert.equal(new Story(...idle, error(1, "Too hot")).at(2).error, "Too hot");
    assert.equal(new Story(...idle, error(1, "Too hot"), is(3, "OPERATIONAL")).at(4).error, undefined);
  });

  it("what OctoPrint does about an error tells whether the print is over", () => {
    const table: readonly [consequence: string | undefined, ends: readonly string[]][] = [
      ["emergency", ["failed a.gcode"]],
      ["disconnect", ["failed a.gcode"]],
      ["cancel", []],
      ["pause", []],
      [undefined, []],
    ];
    for (const [consequence, ends] of table) {
      assert.deepEqual(new Story(on, started(0, a), error(8, "Too hot", { consequence })).ends(20), ends, consequence);
    }
  });

  it("a PrintFailed without words, after an error without words that closed the connection", () => {
    const story = new Story(on, started(0, a), error(8, "", { consequence: "disconnect" }), ended(8.1, "PrintFailed"));
    assert.deepEqual(words(story, 20), [["failed", "error", undefined]]);
  });

  it("Disconnected after the state that says why leaves it", () => {
    const story = new Story(...idle, is(5, "ERROR", "Error: Too hot"), [5.1, "event/Disconnected", {}]);
    assert.equal(story.at(6).state.text, "Error: Too hot");
  });

  it("the words of the job before are not those of the one that prints now", () => {
    const story = new Story(on, started(0, a), started(60, b), ended(61, "PrintFailed", { error: "Too hot" }));
    assert.equal(story.at(62).error, undefined);
    assert.deepEqual(words(story, 62), [["failed", "error", "Too hot"]]);
  });
});

describe("PrintPaused and PrintResumed of a job that nobody has announced", () => {
  it("the file that they name, else the one that was selected", () => {
    const paused = (at: number, of: object): Line => [at, "event/PrintPaused", of];
    const selected: Line = [1, "event/FileSelected", a];
    assert.deepEqual(new Story(on, selected, paused(2, {})).told(9), ["paused a.gcode"]);
    assert.deepEqual(new Story(on, selected, paused(2, b)).told(9), ["paused b.gcode"]);
    assert.deepEqual(new Story(on, selected, [2, "event/PrintResumed", {}]).told(9), ["resumed a.gcode"]);
    const again = new Story(on, selected, paused(2, b), ended(9, "PrintCancelled", {}, b));
    again.hear([20, "event/PrintPaused", {}]);
    assert.deepEqual(again.told(30), ["paused b.gcode", "cancelled b.gcode", "paused b.gcode"]);
    again.hear([31, "event/PrintResumed", {}]);
    assert.equal(again.at(32).job?.path, b.path, "what names no file leaves the selection");
  });

  it("a progress under another path is another job where they name a file, else the job's name", () => {
    const named = new Story(on, [2, "event/PrintPaused", a], moved(20, 5, b.path));
    assert.deepEqual(named.told(500), ["paused a.gcode", "unknown a.gcode"]);
    const nameless = new Story(on, [1, "event/FileSelected", a], [2, "event/PrintPaused", {}], moved(20, 5, b.path));
    assert.deepEqual(nameless.told(500), ["paused a.gcode"]);
    assert.equal(nameless.at(500).job?.path, b.path);
  });
});

describe("is it the end of the open job, or of the same file's print before", () => {
  const twice = (...rest: Line[]): Story =>
    new Story(on, started(0, a), ended(100, "PrintCancelled", { time: 99 }), started(110, a), ...rest);

  it("the time of the event tells", () => {
    const table: readonly [what: string, last: Line, ends: number][] = [
      ["late: it took longer than the new one is on", ended(120, "PrintFailed", { time: 99, reason: "cancelled" }), 1],
      ["the new one's: as long as it is on", ended(120, "PrintFailed", { time: 9, reason: "cancelled" }), 2],
      ["within the slack of two clocks", ended(120, "PrintCancelled", { time: 14.9 }), 2],
      ["without a time it is the new one's", ended(120, "PrintCancelled"), 2],
      ["PrintDone comes once, it is never late", ended(120, "PrintDone", { time: 99 }), 2],
    ];
    for (const [what, last, ends] of table) assert.equal(twice(last).ends(500).length, ends, what);
  });

  it("where a message has no time of its own, that of the arrival tells", () => {
    const lines = [started(0, a), ended(100, "PrintCancelled", { time: 99 }), started(110, a)];
    const late = ended(120, "PrintFailed", { time: 99, reason: "cancelled" });
    const undated = inputsOf([...lines, late], { timestampField: "" });
    const dated = inputsOf([...lines, late]);
    for (const inputs of [
      undated,
      [...dated.slice(0, 3), ...undated.slice(3)],
      [...undated.slice(0, 3), ...dated.slice(3)],
    ]) {
      assert.deepEqual(
        reportsOf(inputs, 500).map(({ outcome }) => outcome),
        ["started", "cancelled", "started"],
      );
    }
  });

  it("where PrintStarted came late on its way, the printer's own clock tells", () => {
    const lines = [on, started(0, a), ended(100, "PrintCancelled", { time: 99 }), started(400, a)];
    const inputs = inputsOf([...lines, ended(410, "PrintCancelled", { time: 295 })]);
    const delayed = inputs.map((input) =>
      "channel" in input && input.arrived === inputs[3]?.arrived
        ? { ...input, timestamp: (input.timestamp ?? 0) - 290_000 }
        : input,
    );
    assert.equal(reportsOf(delayed, 500).filter(isEnd).length, 2);
  });

  it("without an earlier print of the file it is the open job's, whatever its time", () => {
    const story = new Story(on, started(0, b), done(50, b, 49), started(60, a));
    assert.deepEqual(story.hear(ended(70, "PrintCancelled", { time: 999 })).ends(99), [
      "done b.gcode",
      "cancelled a.gcode",
    ]);
  });

  it("one that was found in the middle has no start to measure by", () => {
    const story = new Story(on, started(0, a), done(50, a, 49), moved(100, 40, a.path));
    assert.deepEqual(story.hear(ended(110, "PrintCancelled", { time: 999 })).ends(200), [
      "done a.gcode",
      "cancelled a.gcode",
    ]);
  });

  it("of the same file's print whose place the new one took", () => {
    const story = new Story(on, started(0, a), started(60, a));
    story.hear(ended(61, "PrintFailed", { time: 58, reason: "cancelled" }));
    assert.deepEqual(story.told(62), ["started a.gcode", "cancelled a.gcode", "started a.gcode"]);
    assert.equal(story.at(62).job?.path, a.path);
  });
});

describe("an end of a job that nobody has seen", () => {
  it("says that the printer is ready, unless another one prints", () => {
    assert.equal(new Story(on, done(5, a)).at(6).state.text, "Operational");
    const story = new Story(on, started(0, b), ended(5, "PrintCancelled"));
    assert.deepEqual(story.shown(6), [b.path, 0, "Printing"]);
  });

  it("is told where another job was on in between", () => {
    const story = new Story(on, moved(0, 30, a.path), moved(5, 1, b.path), done(300, b, 290), started(310, a));
    story.hear(done(400, a, 89), started(410, file), done(500, file, 89), ended(600, "PrintCancelled"));
    assert.deepEqual(story.ends(900), [
      "unknown a.gcode",
      "done b.gcode",
      "done a.gcode",
      `done ${file.path}`,
      "cancelled a.gcode",
    ]);
  });

  it("is not where it was told as unknown, though others were on since", () => {
    const story = new Story(on, moved(0, 30, a.path), moved(5, 1, b.path), done(300, b, 290), started(310, file));
    story.hear(done(500, file, 89), ended(600, "PrintCancelled"));
    assert.deepEqual(story.ends(900), ["unknown a.gcode", "done b.gcode", `done ${file.path}`]);
  });
});

describe("which stored events are newer than a stored progress, and say that no job is on", () => {
  const left = (at: number, said: number): Line => stored(at, "progress/printing", progress(42, a.path), said);
  const table: readonly [event: string, payload: object, over: boolean][] = [
    ["PrintDone", a, true],
    ["PrintFailed", a, true],
    ["PrintCancelled", a, true],
    ["Disconnected", {}, true],
    ["PrinterStateChanged", { state_id: "OPERATIONAL" }, true],
    ["PrinterStateChanged", { state_id: "OPEN_SERIAL" }, true],
    ["PrinterStateChanged", { state_id: "OFFLINE" }, true],
    ["PrinterStateChanged", { state_id: "ERROR" }, true],
    ["PrinterStateChanged", { state_id: "PAUSED" }, false],
    ["PrinterStateChanged", { state_id: "BURNING" }, false],
    ["PrintStarted", a, false],
    ["ZChange", { new: 1 }, false],
  ];
  for (const [event, payload, over] of table) {
    it(`${event} ${Object.values(payload)[0] ?? ""}: ${over ? "no job" : "a job"}`, () => {
      const said = stored(1, `event/${event}`, payload, -10);
      for (const lines of [
        [left(0, -20), said],
        [said, left(2, -20)],
      ]) {
        assert.equal(new Story(on, ...lines).at(3).job === null, over);
      }
      assert.equal(new Story(on, said, left(2, -5)).at(3).job?.progress, 42, "an older one says nothing");
    });
  }

  it("the newest of them counts, in whatever order they come", () => {
    const [newer, older] = [stored(1, "event/PrintDone", a, -10), stored(1, "event/PrintFailed", a, -900)];
    for (const both of [
      [newer, older],
      [older, newer],
    ]) {
      assert.equal(new Story(on, ...both, left(2, -400)).at(3).job, null);
    }
  });

  it("one that does not say when says nothing", () => {
    const undated: Line = [1, "event/PrintDone", { ...a, _timestamp: undefined }, "retained"];
    assert.equal(new Story(on, undated, left(2, -400)).at(3).job?.progress, 42);
    assert.equal(new Story(on, left(0, -400), undated).at(3).job?.progress, 42);
  });
});

describe("PRINTING before PrintStarted, as up to OctoPrint 1.3.9", () => {
  it("is the same job within 10 s, else another one", () => {
    assert.deepEqual(new Story(on, is(0, "PRINTING"), started(9.9, a)).told(500), ["started a.gcode"]);
    assert.deepEqual(new Story(on, is(0, "PRINTING"), started(10, a)).told(500), ["unknown ", "started a.gcode"]);
  });
});

it("a layer says that a job goes on", () => {
  const story = new Story(...idle, ...start, [50, "link", "disconnected"], [100, "link", "connected"]);
  story.hear([130, "event/ZChange", { old: 1, new: 1.2 }]);
  assert.deepEqual([story.ends(900), story.at(900).z], [[], 1.2]);
  assert.equal(story.hear([901, "event/ZChange", { old: 1.2, new: null }]).at(902).z, null);
});
