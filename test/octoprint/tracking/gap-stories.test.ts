import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import { off, on, stored } from "./printer-story.ts";
import { begin, type Line, progress } from "./story.ts";
import { a, b, done, idle, is, moved, Story, started } from "./told-story.ts";

// What is concluded where some words were missed: a class of events that is off, a link that was cut, a restart.

const paused = (at: number, of: object, more: object = {}): Line => [at, "event/PrintPaused", { ...of, ...more }];
const resumed = (at: number, of: object): Line => [at, "event/PrintResumed", of];

describe("PrintStarted was missed", () => {
  const begun = [...idle, is(2, "STARTING"), is(2.1, "PRINTING")];

  it("a pause names the file, for the start too, which had come no further", () => {
    const story = new Story(...begun, is(8, "PAUSING"), paused(8.1, a, { progress: 3 }), is(8.2, "PAUSED"));
    assert.deepEqual(story.told(9), ["started a.gcode", "paused a.gcode"]);
    assert.deepEqual(
      story.reports.map(({ progress }) => progress),
      [undefined, 3],
    );
    assert.equal(story.at(9).job?.path, a.path);
  });

  it("it goes on after RESUMING, and PrintResumed names the file", () => {
    const story = new Story(on, is(1, "RESUMING"), resumed(1.1, a), is(1.2, "PRINTING"));
    assert.equal(story.at(2).job?.path, a.path);
  });

  it("a pause of another file: the open job is over, nobody knows how", () => {
    const story = new Story(...idle, started(2, a), is(2, "PRINTING"), moved(7, 40, a.path), paused(300, b));
    assert.deepEqual(story.shown(301), [b.path, null, "PRINTING"]);
    assert.deepEqual(story.told(500), ["started a.gcode", "unknown a.gcode", "paused b.gcode"]);
  });

  it("a pause of another file than the plugin says: it keeps the path of what was printed or selected before", () => {
    const keeps = (percent: number, ...found: readonly Line[]) => {
      const story = new Story(...found, paused(20, a), moved(21, percent, b.path));
      assert.deepEqual(story.shown(22), [a.path, percent, "Paused"]);
      story.hear(resumed(40, a), moved(60, percent, b.path), done(90, a, 100));
      assert.deepEqual(story.told(999), ["paused a.gcode", "resumed a.gcode", "done a.gcode"]);
      assert.equal(story.isClash, false);
    };
    keeps(31, on, moved(5, 30, b.path));
    keeps(31, on, stored(0, "progress/printing", progress(30, b.path), -50));
    keeps(100, on, moved(5, 30, b.path), moved(10, 100, b.path));
  });

  it("where an end was said before, such a pause is of the next job", () => {
    const story = new Story(on, moved(5, 30, b.path), [20, "event/PrintFailed", b], paused(20.5, a));
    assert.deepEqual(story.told(99), ["failed b.gcode", "paused a.gcode"]);
  });

  it("after a gap such a pause is of another job", () => {
    const story = new Story(on, moved(5, 30, b.path), [6, "link", "disconnected"], [9, "link", "connected"]);
    assert.deepEqual(story.hear(paused(20, a)).told(500), ["unknown b.gcode", "paused a.gcode"]);
  });

  it("and OctoPrint has gone: a start without a name is told when it is back, or with the end", () => {
    const gone = [...begun, off(5)];
    assert.deepEqual(new Story(...gone).told(60), []);
    assert.deepEqual(new Story(...gone, [60, "mqtt", "connected"], moved(60, 0, "")).told(70), ["started ", "failed "]);
    assert.deepEqual(new Story(...gone, [60, "mqtt", "connected"], moved(65, 8, a.path)).told(70), ["started a.gcode"]);
  });
});

describe("PRINTING was missed as well", () => {
  const cut: readonly Line[] = [
    [3, "link", "disconnected"],
    [6, "link", "connected"],
  ];
  const coming = [...idle, is(2, "STARTING"), ...cut];

  it("the start is told before the pause", () => {
    const story = new Story(...coming, is(9, "PAUSING"), paused(9, a), is(9, "PAUSED"));
    story.hear(is(30, "RESUMING"), resumed(30, a), is(30, "PRINTING"), done(60, a, 37));
    assert.deepEqual(story.told(99), ["started a.gcode", "paused a.gcode", "resumed a.gcode", "done a.gcode"]);
  });

  it("a progress that has overtaken PrintStarted is of the same job", () => {
    const story = new Story(...idle, is(2, "STARTING"), moved(2.1, 1, a.path), started(2.2, a), is(2.3, "PRINTING"));
    assert.deepEqual(story.hear(done(9, a, 7)).told(99), ["started a.gcode", "done a.gcode"]);
  });

  it("a progress shows that it is on, and so does its end", () => {
    const story = new Story(...coming, moved(9, 8, a.path), is(60, "OPERATIONAL"));
    assert.deepEqual(story.told(99), ["started a.gcode", "unknown a.gcode"]);
    assert.deepEqual(new Story(...coming, is(60, "FINISHING"), is(60, "OPERATIONAL")).told(99), ["started ", "done "]);
  });

  it("a pause that comes after the end tells neither start nor pause of what is over", () => {
    const story = new Story(...idle, is(2, "STARTING"), is(3, "PRINTING"), is(4, "ERROR"), paused(4.1, a));
    assert.deepEqual(story.told(4.1), []);
    assert.deepEqual(story.told(99), ["started a.gcode", "failed a.gcode"]);
  });

  it("a PrintStarted after the end is of the next job", () => {
    const story = new Story(...idle, is(2, "STARTING"), is(2.1, "PRINTING"), is(4, "OPERATIONAL"), started(5, a));
    assert.deepEqual(story.shown(5), [a.path, 0, "Printing"]);
    assert.deepEqual(story.told(5), ["started ", "unknown ", "started a.gcode"]);
  });

  it("what was cancelled before it began is told to nobody", () => {
    assert.deepEqual(new Story(...idle, is(2, "STARTING"), is(3, "CANCELLING"), is(4, "OPERATIONAL")).told(99), []);
  });
});

describe("the state is the next that is heard after a gap", () => {
  const gap: readonly Line[] = [
    ...[...idle, started(2, a), is(2, "PRINTING"), moved(20, 58, a.path)],
    [24, "link", "disconnected"],
    [44, "link", "connected"],
  ];
  const endAfter = (...lines: readonly Line[]) => {
    const story = new Story(...gap, ...lines);
    story.at(99);
    return story.reports.filter(isEnd).map((end) => [end.outcome, end.duration, (end.finishedAt - begin) / 1000]);
  };

  it("OPERATIONAL ends it then; one that comes later in a printer's life tells that it was over before", () => {
    assert.deepEqual(endAfter(is(50, "OPERATIONAL")), [["unknown", 48, 50]]);
    for (const id of ["OFFLINE", "ERROR", "CONNECTING"]) {
      assert.deepEqual(endAfter(is(50, id), is(51, "OPERATIONAL")), [["unknown", undefined, 20]], id);
    }
  });
});

describe("what is stored is older than the end", () => {
  const again = (at: number): readonly Line[] => [
    [at, "link", "disconnected"],
    [at + 3, "link", "connected"],
    stored(at + 3, "mqtt", "connected", 0),
  ];
  const storedAt = (at: number, percent: number, said: number, more: object = {}): Line =>
    stored(at, "progress/printing", { ...progress(percent, a.path), ...more }, said);

  it("the job does not come back, after whichever end", () => {
    const begun = [on, started(2, a), moved(50, 98, a.path)];
    for (const end of [
      [is(52, "FINISHING"), done(52, a, 50)],
      [[52, "event/PrintFailed", { ...a, reason: "error", error: "MINTEMP" }]] as const,
    ]) {
      const story = new Story(...begun, ...end, ...again(55), storedAt(58, 98, 50));
      assert.equal(story.at(59).job, null);
      assert.equal(story.hear(moved(60, 100, a.path)).ends(999).length, 1);
    }
    const silent = new Story(...begun, ...again(60), storedAt(63, 98, 50));
    assert.deepEqual(silent.ends(200), ["unknown a.gcode"]);
    assert.equal(silent.hear(...again(300), storedAt(303, 98, 50)).at(304).job, null);
  });

  it("a newer one shows the next job", () => {
    const story = new Story(on, started(2, a), done(52, a, 50), ...again(90), storedAt(93, 4, 91));
    assert.equal(story.at(94).job?.progress, 4);
  });

  it("its own data tells that no job is on, at any percentage", () => {
    const data = { printer_data: { state: { text: "Operational", flags: { operational: true } } } };
    const story = new Story(...idle, started(2, a), is(2, "PRINTING"), ...again(20), storedAt(23, 0, 22, data));
    assert.deepEqual(story.ends(24), ["unknown a.gcode"]);
  });

  it("it names the file of a job that nobody has named", () => {
    const story = new Story(...idle, is(2, "STARTING"), is(2.1, "PRINTING"), ...again(20), storedAt(23, 9, 22));
    assert.equal(story.at(24).job?.path, a.path);
  });
});

describe("only hass/printing, or printer_data, speaks of the job", () => {
  const prints = (at: number, of: { path: string } = a): Line => [
    at,
    "hass/printing",
    { state: { text: "Printing", flags: { printing: true } }, job: { file: of } },
  ];
  const cut: readonly Line[] = [
    [20, "link", "disconnected"],
    [30, "link", "connected"],
  ];

  it("what it says after a gap shows that the job goes on", () => {
    const story = new Story(on, started(2, a), moved(7, 57, a.path), ...cut, prints(40), prints(300));
    assert.deepEqual(story.told(310), ["started a.gcode"]);
    assert.deepEqual(story.shown(311), [a.path, 57, "Printing"]);
    const away = new Story(on, prints(2), off(20), [30, "mqtt", "connected"], prints(31));
    assert.equal(away.at(32).job?.path, a.path);
    assert.deepEqual(away.told(500), []);
  });

  it("after a gap it prints another file: the job before is over", () => {
    const story = new Story(on, started(2, a), moved(7, 57, a.path), ...cut, prints(40, b));
    assert.deepEqual(story.shown(41), [b.path, null, "Printing"]);
    assert.deepEqual(story.told(500), ["started a.gcode", "unknown a.gcode"]);
  });

  it("it names a job that states have told", () => {
    const begun = [...idle, is(2, "STARTING"), is(2.1, "PRINTING")];
    const again: readonly Line[] = [
      [7, "link", "disconnected"],
      [8, "link", "connected"],
    ];
    assert.deepEqual(new Story(...begun, ...again, prints(9)).told(10), ["started a.gcode"]);
  });
});

describe("all is printed, and nothing says that it is over", () => {
  const hot = (at: number, target: number): Line => [at, "temperature/tool0", { actual: 190, target }];
  const found = [on, hot(1, 200), moved(5, 5, a.path), moved(80, 100, a.path)];

  it("events are off: it is over 10 min later, whatever the heaters do", () => {
    const story = new Story(...found, hot(85, 0));
    assert.deepEqual(story.shown(679), [a.path, 100, "Printing"]);
    assert.deepEqual(story.shown(680), [undefined, undefined, null]);
    assert.deepEqual(
      story.reports.map((report) => [report.outcome, report.progress, isEnd(report) && report.finishedAt - begin]),
      [["unknown", 100, 80_000]],
    );
    assert.deepEqual(new Story(...found, hot(100, 200)).told(680), ["unknown a.gcode"]);
  });

  it("an end that is said is told; another print shows that it is over", () => {
    assert.deepEqual(new Story(...found, hot(85, 0), done(400, a, 395)).told(999), ["done a.gcode"]);
    assert.deepEqual(new Story(...found, moved(90, 0, b.path), moved(95, 4, b.path)).told(95), ["unknown a.gcode"]);
    assert.deepEqual(new Story(...found, [99, "progress/printing", progress(0, "")]).told(102), ["unknown a.gcode"]);
  });

  it("PrintStarted was heard: the plugin rounds to 100 long before PrintDone", () => {
    const story = new Story(on, started(2, a), moved(80, 100, a.path));
    assert.deepEqual(story.told(5000), ["started a.gcode"]);
    assert.deepEqual(story.hear(done(5001, a, 4998)).ends(5001), ["done a.gcode"]);
  });

  it("it stands paused for longer than that", () => {
    const all = moved(80, 100, a.path);
    for (const lines of [
      [paused(78, a), all],
      [all, paused(82, a)],
    ]) {
      const story = new Story(on, moved(5, 5, a.path), ...lines);
      assert.deepEqual(story.shown(1500), [a.path, 100, "Paused"]);
      assert.deepEqual(story.hear(resumed(1580, a), done(1600, a, 1500)).ends(9999), ["done a.gcode"]);
    }
  });

  it("after a gap it does not say that the job goes on", () => {
    const begun = [...idle, started(2, a), is(2, "PRINTING"), moved(20, 58, a.path)];
    const cut: readonly Line[] = [
      [24, "link", "disconnected"],
      [27, "link", "connected"],
    ];
    const story = new Story(...begun, ...cut, moved(29, 100, a.path), [30, "event/MovieDone", {}]);
    assert.deepEqual(story.told(700), ["started a.gcode", "unknown a.gcode"]);
  });

  it("Node-RED was restarted right after the end: that is no news", () => {
    const story = new Story(
      stored(0, "mqtt", "connected", 0),
      stored(0, "progress/printing", progress(98, a.path), -4),
    );
    assert.deepEqual(story.hear(moved(1, 100, a.path)).told(999), []);
    assert.equal(story.at(999).job, null);
  });
});
