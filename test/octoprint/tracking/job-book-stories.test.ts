import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import { on, stored } from "./printer-story.ts";
import { begin, inputsOf, type Line, progress, reportsOf } from "./story.ts";
import { a, b, done, idle, is, moved, Story, started } from "./told-story.ts";

// Which job is over, how, and when it is told.

const c = { name: "c.gcode", path: "c.gcode", origin: "local" };
const ended = (at: number, event: string, of: object, more: object = {}): Line => [
  at,
  `event/${event}`,
  { ...of, ...more },
];
const endsOf = (story: Story, later: number) => {
  story.at(later);
  return story.reports.filter(isEnd);
};

describe("when a job is told to have started", () => {
  it("at once where PrintStarted says so", () => {
    assert.deepEqual(new Story(...idle, is(1, "STARTING"), started(1, a)).told(1), ["started a.gcode"]);
  });

  it("by its states alone: once a message names its file, for the selected one may be that of the job before", () => {
    const before = [...idle, started(0, a), is(0, "PRINTING"), done(50, a, 50), is(51, "OPERATIONAL")];
    const panel = new Story(...before, is(100, "STARTING"), is(101, "PRINTING"));
    assert.deepEqual(panel.told(106).slice(2), []);
    panel.hear(moved(106, 4, "panel.gco"));
    assert.deepEqual(panel.told(106).slice(2), ["started panel.gco"]);
    const step = panel.reports.at(-1);
    assert.equal(step && "at" in step && step.at, begin + 101_000);
    const soonOver = new Story(...before, is(100, "STARTING"), is(101, "PRINTING"), done(105, b, 4));
    assert.deepEqual(soonOver.told(200).slice(2), ["started b.gcode", "done b.gcode"]);
    const announced = new Story(...before, is(100, "STARTING"), is(101, "PRINTING"), started(101.1, b));
    assert.deepEqual(announced.told(102).slice(2), ["started b.gcode"]);
    const paused = new Story(...before, is(100, "STARTING"), is(101, "PRINTING"), is(103, "PAUSED"));
    assert.deepEqual(paused.told(104).slice(2), ["started a.gcode", "paused a.gcode"]);
    const overtaken = new Story(...before, is(100, "STARTING"), is(101, "PRINTING"), started(112, b));
    assert.deepEqual(overtaken.told(500).slice(2), ["started a.gcode", "unknown a.gcode", "started b.gcode"]);
  });

  it("after two looks of the plugin with the file that was selected last, if nobody names one", () => {
    const story = new Story(...idle, [0, "event/FileSelected", a], is(100, "STARTING"), is(101, "PRINTING"));
    assert.deepEqual([story.told(112.9), story.told(113)], [[], ["started a.gcode"]]);
  });
});

describe("a job whose place another one takes", () => {
  it("ends as its last state says", () => {
    for (const [state, outcome] of [
      ["FINISHING", "done"],
      ["CANCELLING", "cancelled"],
      ["PAUSED", "unknown"],
      ["PRINTING", "unknown"],
    ] as const) {
      const story = new Story(...idle, started(0, a), is(50, state), started(60, b));
      assert.deepEqual(story.ends(179), [], state);
      assert.deepEqual(story.ends(180), [`${outcome} a.gcode`], state);
      const [end] = endsOf(story, 180);
      assert.deepEqual([end?.duration, end?.startedAt], [undefined, begin], "nobody knows for how long it was on");
    }
  });

  it("waits to be told, whatever else comes to its end meanwhile", () => {
    const story = new Story(...idle, started(0, a), started(60, b), is(70, "OFFLINE"));
    assert.deepEqual(story.told(100), ["started a.gcode"]);
    assert.deepEqual(story.told(180), ["started a.gcode", "unknown a.gcode", "started b.gcode", "failed b.gcode"]);
  });

  it("waits no longer than until twenty reports wait behind it", () => {
    const pauses = (count: number) =>
      Array.from({ length: count }, (_, n): Line => [61 + n, `event/Print${n % 2 ? "Resumed" : "Paused"}`, b]);
    assert.equal(new Story(on, started(0, a), started(60, b), ...pauses(18)).told(90).length, 1);
    assert.equal(new Story(on, started(0, a), started(60, b), ...pauses(19)).told(90).length, 22);
  });

  it("is none where only the broker's store knew it", () => {
    const left = stored(0, "progress/printing", progress(42, a.path), -5);
    assert.deepEqual(new Story(on, left, started(10, b)).told(500), ["started b.gcode"]);
    assert.deepEqual(new Story(on, left, moved(10, 5, b.path)).told(500), []);
  });

  it("is none where STARTING was all that was said of it", () => {
    const story = new Story(...idle, is(1, "STARTING"), moved(2, 0, a.path), moved(7, 0, b.path));
    assert.deepEqual(story.told(500), []);
  });
});

describe("two OctoPrints below one base topic", () => {
  const clash: readonly Line[] = [on, started(0, a), moved(5, 1, a.path), started(7, b), moved(10, 2, a.path)];

  it("the next job of the one does not end that of the other", () => {
    const story = new Story(...clash, done(20, b, 13), started(30, c));
    assert.deepEqual(story.told(400), ["started a.gcode", "started b.gcode", "done b.gcode", "started c.gcode"]);
    story.hear(done(401, a, 400), done(402, c, 371));
    assert.deepEqual(story.ends(500), ["done b.gcode", "done a.gcode", "done c.gcode"]);
  });

  it("a message without a file is of the one that was heard last, as is one of a file that both print", () => {
    const story = new Story(...clash, [11, "event/PrintPaused", {}]);
    assert.equal(story.at(12).job?.path, a.path);
    assert.equal(story.reports.at(-1)?.path, a.path);
    assert.deepEqual(new Story(...clash, [11, "event/PrintCancelled", {}]).ends(12), ["cancelled a.gcode"]);
  });

  it("are not, where a job without a name follows one whose end was not told", () => {
    const story = new Story(on, started(0, a), started(60, b), done(70, b, 9), started(80, {}));
    assert.equal(story.isClash, false);
  });

  it("a state is nobody's", () => {
    assert.deepEqual(new Story(...clash, is(12, "OFFLINE"), moved(13, 3, a.path)).ends(60), []);
  });

  it("are two for half an hour after both were heard", () => {
    const story = new Story(...clash);
    story.at(1_809);
    assert.equal(story.isClash, true);
    story.at(1_810);
    assert.equal(story.isClash, false);
    const again = new Story(...clash, moved(100, 5, b.path));
    again.at(1_899);
    assert.equal(again.isClash, true);
  });
});

describe("the same end again", () => {
  it("only PrintDone is another print where its time fits in between", () => {
    const twice = (event: string) =>
      new Story(on, ended(0, event, a, { time: 300 }), ended(310, event, a, { time: 301 })).ends(900).length;
    assert.equal(twice("PrintDone"), 2);
    assert.equal(twice("PrintCancelled"), 1);
  });

  it("PrintDone of less than 2 s is always the same", () => {
    const twice = (time: number) => new Story(on, done(0, a, time), done(60, a, time)).ends(900).length;
    assert.deepEqual([twice(1.9), twice(2)], [1, 2]);
  });

  it("another file is another job", () => {
    assert.deepEqual(new Story(on, ended(0, "PrintCancelled", a), ended(1, "PrintCancelled", b)).ends(9), [
      "cancelled a.gcode",
      "cancelled b.gcode",
    ]);
  });
});

describe("an event tells the end also of a job that only the broker's store knew", () => {
  const left = stored(0, "progress/printing", progress(42, a.path), -5);
  const table: readonly [line: Line, ends: readonly string[]][] = [
    [ended(9, "PrintDone", a), ["done a.gcode"]],
    [ended(9, "PrintCancelled", a), ["cancelled a.gcode"]],
    [ended(9, "PrintFailed", a, { reason: "cancelled" }), ["cancelled a.gcode"]],
    [ended(9, "PrintFailed", a, { reason: "error", error: "Too hot" }), ["failed a.gcode"]],
    [ended(9, "PrintFailed", a), ["failed a.gcode"]],
    [is(9, "OFFLINE"), []],
    [moved(9, 0, ""), []],
  ];
  for (const [line, ends] of table) {
    it(`${line[1]} ${JSON.stringify(line[2])}`, () => assert.deepEqual(new Story(on, left, line).ends(99), ends));
  }

  it("once it is heard to go on, a state tells it, too", () => {
    assert.deepEqual(new Story(on, left, moved(3, 43, a.path), is(9, "OFFLINE")).ends(99), ["failed a.gcode"]);
  });
});

describe("of two words on how it ended, within 2 s", () => {
  const begun: readonly Line[] = [...idle, started(0, a), is(0, "PRINTING"), moved(30, 42, a.path)];
  const error = (at: number): Line => [at, "event/Error", { error: "", consequence: "disconnect" }];
  const how = (...lines: readonly Line[]) => {
    const [end, ...more] = endsOf(new Story(...begun, ...lines), 99);
    assert.deepEqual(more, []);
    return [end?.outcome, end?.reason, end && (end.finishedAt - begin) / 1000];
  };
  const table: readonly [what: string, lines: readonly Line[], told: readonly unknown[]][] = [
    ["an error, again", [is(40, "ERROR"), error(41)], ["failed", "error", 40]],
    ["a reset, then no job any more", [moved(40, 0, ""), is(41, "OPERATIONAL")], ["failed", "interrupted", 30]],
    ["no job any more, then a reset", [is(40, "OPERATIONAL"), moved(41, 0, "")], ["failed", "interrupted", 30]],
    ["a disconnect after a reset", [moved(40, 0, ""), is(41, "OFFLINE")], ["failed", "disconnected", 41]],
    ["an error after a disconnect", [is(40, "OFFLINE"), error(41)], ["failed", "error", 41]],
    ["a disconnect after an error", [error(40), is(41, "OFFLINE")], ["failed", "error", 40]],
    [
      "done, and no word but a PrintFailed without words",
      [is(40, "FINISHING"), is(41, "OPERATIONAL"), ended(41.5, "PrintFailed", a)],
      ["failed", "disconnected", 41.5],
    ],
    [
      "PrintFailed without words, twice",
      [ended(40, "PrintFailed", a), ended(41, "PrintFailed", a)],
      ["failed", "disconnected", 40],
    ],
    ["done, by its states", [is(40, "FINISHING"), is(41, "OPERATIONAL"), is(42, "OFFLINE")], ["done", undefined, 41]],
    [
      "cancelled, by its states",
      [is(40, "CANCELLING"), is(41, "OPERATIONAL"), is(42, "ERROR")],
      ["cancelled", undefined, 41],
    ],
    [
      "done, by its states, and an error of what comes after it",
      [is(40, "FINISHING"), is(41, "OPERATIONAL"), error(42)],
      ["done", undefined, 41],
    ],
    ["PRINTING, then OPERATIONAL", [is(41, "OPERATIONAL")], ["unknown", undefined, 41]],
    ["connecting without a disconnect: it was started again", [is(41, "CONNECTING")], ["failed", "interrupted", 41]],
    ["a transfer", [is(41, "TRANSFERRING_FILE")], ["unknown", undefined, 41]],
  ];
  for (const [what, lines, told] of table) {
    it(what, () => {
      const seconds = Math.floor(Number(told[2]));
      assert.deepEqual(how(...lines), [told[0], told[1], seconds]);
    });
  }

  it("the time and the percentage of the one, the reason of the other", () => {
    const failed = ended(40, "PrintFailed", a, { time: 39, progress: 0.4, reason: "error" });
    const [end] = endsOf(new Story(...begun, failed, is(41, "ERROR")), 99);
    assert.deepEqual([end?.printTime, end?.progress, end?.reason], [39, 40, "error"]);
  });
});

describe("the fields of a report", () => {
  it("a fraction is a percentage only beside a reason", () => {
    const progressOf = (more: object) =>
      endsOf(new Story(on, started(0, a), moved(5, 7, a.path), ended(9, "PrintFailed", a, more)), 99)[0]?.progress;
    assert.equal(progressOf({ progress: 0.3, reason: "error", error: "x" }), 30);
    assert.equal(progressOf({ progress: 0.3 }), 7);
    assert.equal(progressOf({ reason: "error", error: "x" }), 7);
  });

  it("no percentage where the size of the file was never known", () => {
    const [end] = endsOf(new Story(on, started(0, a), moved(5, -100, a.path), ended(9, "PrintCancelled", a)), 99);
    assert.equal(end && "progress" in end, false);
  });

  it("the length with pauses, where the printer's clock was set in between", () => {
    const lines: Line[] = [started(0, a), [100, "event/PrintPaused", a], [1100, "event/PrintResumed", a]];
    const inputs = inputsOf([...lines, done(2000, a, 1000)]);
    const set = inputs.map((input) =>
      "channel" in input && input.channel.name === "PrintDone" ? { ...input, timestamp: begin + 500_000 } : input,
    );
    const end = reportsOf(set).find(isEnd);
    assert.deepEqual([end?.duration, end?.printTime], [2000, 1000]);
  });

  it("the name that PrintStarted gives, which need not be the last level of the path", () => {
    const cube = { name: "A cube", path: "x/cube.gcode", origin: "sdcard" };
    const { job } = new Story(on, started(0, cube), moved(5, 1, cube.path)).at(6);
    assert.deepEqual([job?.name, job?.path, job?.location], ["A cube", "x/cube.gcode", "sdcard"]);
  });
});

describe("which job a progress is of", () => {
  it("once one was named, another path is another job", () => {
    const named = (...lines: Line[]) => new Story(...idle, ...lines, moved(20, 1, a.path), moved(40, 2, b.path));
    assert.deepEqual(named(is(1, "PRINTING")).ends(500), ["unknown a.gcode"]);
    assert.deepEqual(named([0, "event/FileSelected", a], is(1, "PRINTING")).ends(500), ["unknown a.gcode"]);
  });

  it("the path of the job before is that of a job that was announced less than 10 s ago, of no other", () => {
    const last = moved(-60, 100, a.path);
    const path = (...lines: Line[]) => new Story(on, last, ...lines).at(99).job?.path;
    assert.equal(path(started(0, b), moved(10, 30, a.path)), b.path);
    assert.equal(path(started(0, b), moved(10.1, 30, a.path)), a.path);
    assert.equal(path([0, "event/PrintPaused", b], moved(5, 30, a.path)), a.path);
  });

  it("so it is with a stored one: the time at which it was said counts", () => {
    const story = (said: number) =>
      new Story(
        on,
        moved(-60, 100, a.path),
        started(0, b),
        [2, "link", "disconnected"],
        [60, "link", "connected"],
      ).hear(stored(60, "progress/printing", progress(3, a.path), said));
    assert.deepEqual(story(10).ends(61), []);
    assert.equal(story(10).at(61).job?.progress, 3);
    assert.deepEqual(story(11).ends(61), ["unknown b.gcode"]);
  });

  it("what names the file of a job says its storage and its name, too", () => {
    const selected: Line = [0, "event/FileSelected", { ...a, name: "A cube" }];
    const card: Line = [5, "progress/printing", { ...progress(1, a.path), location: "sdcard" }];
    const { job } = new Story(...idle, selected, is(1, "PRINTING"), card).at(6);
    assert.deepEqual([job?.location, job?.name], ["sdcard", "a.gcode"]);
    const sameStorage = new Story(...idle, selected, is(1, "PRINTING"), moved(5, 1, a.path)).at(6);
    assert.equal(sameStorage.job?.name, "a.gcode");
  });

  it("PrintPaused without a percentage leaves that of the progress", () => {
    const story = new Story(on, started(0, a), moved(5, 19, a.path), [9, "event/PrintPaused", a]);
    assert.equal(story.at(10).job?.progress, 19);
  });
});
