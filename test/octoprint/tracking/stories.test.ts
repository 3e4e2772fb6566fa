import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import { PrinterModel, printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { on, stored } from "./printer-story.ts";
import { begin, file, inputsOf, type Line, other, progress, start, state } from "./story.ts";
import { a, b, done, idle, is, moved, Story, started } from "./told-story.ts";

// What a printer said, and what has to be said of it. Most are told by users' reports of bugs.

describe("an upload to the printer's SD card is no job", () => {
  const states: readonly (readonly [id: string, text: string])[] = [
    ["TRANSFERING_FILE", "Transferring file to SD"],
    ["TRANSFERRING_FILE", "Transferring file to SD"],
    ["PRINTING", "Sending file to SD"],
  ];
  for (const [id, text] of states) {
    it(`${id}, "${text}"`, () => {
      const story = new Story(...idle, moved(1, 0, a.path));
      story.hear([10, "event/TransferStarted", { local: "big.gcode", remote: "BIG.GCO" }], is(10, id, text));
      story.hear(moved(15, 20, a.path));
      assert.deepEqual(story.shown(16), [undefined, undefined, text]);
      story.hear(moved(40, 99, a.path), is(42, "OPERATIONAL", "Operational"));
      story.hear(
        [42, "event/TransferDone", { local: "big.gcode", remote: "BIG.GCO", time: 32 }],
        moved(45, 99, a.path),
      );
      assert.deepEqual(story.shown(60), [undefined, undefined, "Operational"]);
      assert.deepEqual(story.told(900), []);
    });
  }

  it("where only the events of files come, no states", () => {
    const story = new Story(on, [10, "event/TransferStarted", { local: "big.gcode", remote: "BIG.GCO" }]);
    story.hear(moved(15, 20, a.path), moved(40, 99, a.path));
    story.hear([42, "event/TransferDone", { local: "big.gcode", remote: "BIG.GCO" }], moved(45, 98, a.path));
    assert.deepEqual(story.told(60), []);
    assert.equal(story.at(60).job, null);
    assert.equal(story.hear(moved(53, 5, a.path)).at(54).job?.path, a.path, "what comes later is a print");
  });

  it("where only the states come, and one that fails", () => {
    const story = new Story(...idle, is(10, "TRANSFERRING_FILE"), moved(15, 20, a.path), is(20, "OPERATIONAL"));
    story.hear(moved(25, 50, a.path));
    assert.deepEqual(story.told(60), []);
    const failed = new Story(
      on,
      [1, "event/TransferStarted", {}],
      [9, "event/TransferFailed", {}],
      moved(12, 50, a.path),
    );
    assert.equal(failed.at(13).job, null);
  });
});

describe("the printer's clock is wrong", () => {
  const days = 3 * 86_400;
  const durationOf = (clockAtStart: number, clockAtEnd: number, time?: number) => {
    const [first, last] = inputsOf([started(0, a), done(3600, a, time)]);
    assert.ok(first && last && "timestamp" in first && "timestamp" in last);
    const model = new PrinterModel(printerDefaults);
    model.take({ ...first, timestamp: begin + clockAtStart * 1000 });
    const [end] = model.take({ ...last, timestamp: begin + clockAtEnd * 1000 }).reports;
    assert.ok(end && isEnd(end));
    return [end.duration, ((end.startedAt ?? 0) - begin) / 1000, (end.finishedAt - begin) / 1000];
  };
  const table: readonly [
    what: string,
    start: number,
    end: number,
    time: number | undefined,
    told: readonly number[],
  ][] = [
    ["days behind at the start, right at the end", -days, 3600, 3590, [3600, 0, 3600]],
    ["the same without OctoPrint's own time", -days, 3600, undefined, [3600, 0, 3600]],
    ["two hours behind at the start, right at the end", -7200, 3600, 3590, [3600, 0, 3600]],
    ["two hours behind all the time", -7200, -3600, 3590, [3600, -7200, -3600]],
    ["set back in between", 0, -1000, 3590, [3600, -4600, -1000]],
    ["set back in between, without OctoPrint's own time", 0, -1000, undefined, [3600, -4600, -1000]],
    ["right, while our own network was slow", 0, 3500, 3495, [3500, 0, 3500]],
    ["a little wrong without OctoPrint's own time: it is believed", 0, 4000, undefined, [4000, 0, 4000]],
    ["right, and OctoPrint's own time has no pause of the user in it", 0, 3600, 600, [3600, 0, 3600]],
  ];
  for (const [what, from, to, time, told] of table) it(what, () => assert.deepEqual(durationOf(from, to, time), told));

  it("and `time` leaves out the pauses", () => {
    const story = new Story(started(0, a), [100, "event/PrintPaused", a], [1100, "event/PrintResumed", a]);
    story.hear(done(2000, a, 1000));
    const [end] = story.reports.filter(isEnd);
    assert.equal(end?.duration, 2000);
  });

  it("three hours behind while printer_data is stored: skew is never age", () => {
    const skew = -10_800;
    const printer_data = { progress: { printTime: 1000, printTimeLeft: 600 } };
    const line = stored(100, "progress/printing", { ...progress(40), printer_data }, 100 + skew - 30);
    const story = new Story(on, stored(99, "temperature/tool0", { actual: 210, target: 210 }, 100 + skew), line);
    const { job } = story.at(100);
    assert.deepEqual([job?.elapsed, job?.timeLeft], [1030, 570]);
  });

  it("and the first live message corrects what was guessed", () => {
    const printer_data = { progress: { printTime: 1000, printTimeLeft: 600 } };
    const alone = stored(100, "progress/printing", { ...progress(40), printer_data }, -500);
    const story = new Story(on, alone);
    assert.equal(story.at(100).job?.timeLeft, 0, "600 s ago, as far as our clock tells");
    const [live] = inputsOf([[110, "temperature/tool0", { actual: 210, target: 210 }]]);
    assert.ok(live && "timestamp" in live);
    const model = new PrinterModel(printerDefaults);
    const another = stored(101, "temperature/bed", { actual: 60, target: 60 }, -490);
    for (const input of inputsOf([on, alone, another])) model.take(input);
    model.take({ ...live, timestamp: begin - 480_000 });
    const { job } = model.snapshot("", begin + 110_000);
    assert.deepEqual([job?.elapsed, job?.timeLeft], [1020, 580]);
  });
});

describe("the plugin does not send all", () => {
  it("class comm is off: the state follows from what else comes", () => {
    const story = new Story(on, started(0, a), moved(5, 10, a.path));
    assert.deepEqual(story.shown(6), [a.path, 10, "Printing"]);
    story.hear([20, "event/PrintPaused", a], moved(21, 11, a.path));
    assert.deepEqual(story.shown(22), [a.path, 11, "Paused"]);
    story.hear([40, "event/PrintResumed", a]);
    assert.deepEqual(story.shown(41), [a.path, 11, "Printing"]);
    story.hear(done(60, a, 40), moved(62, 100, a.path));
    assert.deepEqual(story.shown(63), [undefined, undefined, "Operational"]);
    assert.deepEqual(story.told(900), ["started a.gcode", "paused a.gcode", "resumed a.gcode", "done a.gcode"]);
  });

  const flags = (flag: string, text: string, completion = 42) => ({
    state: { text, flags: { [flag]: true, operational: true } },
    job: { file: a },
    progress: { completion, printTime: 100, printTimeLeft: 100 },
  });

  it("events are off, and only printer_data tells", () => {
    const data = (at: number, percent: number, flag: string, text: string): Line => [
      at,
      "progress/printing",
      { ...progress(percent, a.path), printer_data: flags(flag, text, percent) },
    ];
    const story = new Story(on, data(0, 5, "printing", "Printing"), data(10, 6, "paused", "Paused"));
    assert.deepEqual(story.shown(11), [a.path, 6, "Paused"]);
    story.hear(data(20, 7, "printing", "Printing"));
    assert.deepEqual(story.shown(21), [a.path, 7, "Printing"]);
    story.hear(data(30, 0, "operational", "Operational"));
    assert.deepEqual(story.shown(31), [undefined, undefined, "Operational"]);
    assert.deepEqual(story.ends(60), ["unknown a.gcode"]);
  });

  it("only hass/printing tells", () => {
    const story = new Story(on, [0, "hass/printing", flags("printing", "Printing")]);
    assert.deepEqual(story.shown(1), [a.path, null, "Printing"]);
    story.hear(
      [60, "hass/printing", flags("printing", "Printing", 100)],
      [62, "hass/printing", flags("operational", "Operational", 100)],
    );
    assert.deepEqual(story.shown(63), [undefined, undefined, "Operational"]);
    assert.deepEqual(story.ends(90), ["unknown a.gcode"]);
    story.hear([100, "hass/printing", flags("printing", "Printing", 100)]);
    assert.deepEqual(story.shown(101), [undefined, undefined, "Operational"], "at 100 % it lags behind (#107)");
  });

  it("an announced state does not yield to what lags behind", () => {
    const story = new Story(...idle, [5, "hass/printing", flags("printing", "Printing")], moved(6, 42, a.path));
    assert.deepEqual(story.shown(7), [undefined, undefined, "Operational"]);
  });

  it("only the progress comes: cancelled, it falls to 0", () => {
    const story = new Story(on, moved(0, 5, a.path), moved(5, 9, a.path), moved(10, 0, a.path));
    assert.deepEqual(story.ends(21), []);
    assert.deepEqual(story.ends(23), ["unknown a.gcode"]);
    assert.equal(story.reports.filter(isEnd)[0]?.progress, 9);
    const goesOn = new Story(on, moved(0, 5, a.path), moved(5, 0, a.path), moved(10, 6, a.path));
    assert.deepEqual(goesOn.ends(60), []);
    assert.deepEqual(goesOn.shown(61), [a.path, 6, "Printing"]);
  });
});

describe("which file it is", () => {
  it("another one, without an event that says so", () => {
    const story = new Story(on, moved(0, 5, "a"), moved(60, 100, "a"), moved(90, 0, "b"), moved(120, 30, "b"));
    assert.deepEqual(story.shown(121), ["b", 30, "Printing"]);
    story.hear(done(200, { ...b, path: "b" }, 100));
    assert.deepEqual(story.ends(400), ["unknown a", "done b"]);
  });

  it("one that was started at the printer's panel after another job", () => {
    const story = new Story(
      ...idle,
      started(1, a),
      is(1, "PRINTING", "Printing"),
      done(60, a, 58),
      is(61, "OPERATIONAL"),
    );
    story.hear(is(100, "STARTING"), is(101, "PRINTING", "Printing from SD"), moved(106, 4, "panel.gco"));
    assert.deepEqual(story.shown(107), ["panel.gco", 4, "Printing from SD"]);
    story.hear(is(160, "FINISHING"), is(161, "OPERATIONAL"));
    assert.deepEqual(story.ends(200), ["done a.gcode", "done panel.gco"]);
  });

  it("the plugin freezes the path of the job before, and our link is cut", () => {
    const story = new Story(...idle, started(0, a), moved(50, 99, a.path), done(55, a, 54), started(58, b));
    story.hear([59, "link", "disconnected"], [63, "link", "connected"], stored(63, "mqtt", "connected", 0));
    story.hear(stored(63, "progress/printing", progress(0, a.path), 60), moved(66, 3, a.path));
    assert.deepEqual(story.shown(67), [b.path, 3, "Printing"]);
    story.hear(moved(90, 40, a.path));
    assert.deepEqual(story.shown(91), [b.path, 40, "Printing"]);
    story.hear(done(160, b, 100));
    assert.deepEqual(story.ends(400), ["done a.gcode", "done b.gcode"]);
  });

  it("two jobs within 2 s: the whole second one comes under the first one's path", () => {
    const story = new Story(started(0, a), moved(5, 50, a.path), done(9, a, 9), started(11, b), moved(12, 0, a.path));
    story.hear(moved(17, 20, a.path), moved(60, 80, a.path), done(70, b, 59));
    assert.deepEqual(story.told(400), ["started a.gcode", "done a.gcode", "started b.gcode", "done b.gcode"]);
  });

  it("10 s after PrintStarted the newest message wins", () => {
    const story = new Story(moved(-60, 100, a.path), started(0, b), moved(10.5, 30, a.path));
    assert.equal(story.at(11).job?.path, a.path);
  });
});

describe("what plugin 0.8.4 to 0.8.13 left with the broker", () => {
  const days = -172_800;
  const left: readonly Line[] = [
    stored(1, "progress/printing", progress(42, a.path), days),
    stored(1, "event/PrintStarted", a, days - 100),
    stored(1, "event/PrintCancelled", a, days + 50),
    stored(1, "event/PrinterStateChanged", state("OPERATIONAL"), days + 51),
  ];
  for (const [order, lines] of [
    ["progress first", left],
    ["progress last", [...left].reverse()],
  ] as const) {
    it(`no job, no state, no report: ${order}`, () => {
      const story = new Story(on, ...lines);
      assert.deepEqual(story.shown(2), [undefined, undefined, null]);
      assert.deepEqual(story.told(100_000), []);
    });
  }

  it("where nothing newer says otherwise, a stored progress is a job", () => {
    const story = new Story(on, ...left.slice(1), stored(1, "progress/printing", progress(42, a.path), -20));
    assert.equal(story.at(2).job?.progress, 42);
    for (const name of ["PrintDone", "PrintFailed", "PrintCancelled", "Disconnected"]) {
      story.hear(stored(3, `event/${name}`, a, -21));
      assert.equal(story.at(3).job?.progress, 42, name);
    }
    story.hear(stored(3, "event/PrinterStateChanged", state("PRINTING"), -10));
    assert.equal(story.at(3).job?.progress, 42);
    assert.equal(story.hear(stored(3, "event/PrinterStateChanged", state("CLOSED"), -20)).at(3).job, null);
  });
});

describe("the job ends unheard", () => {
  const printing: readonly Line[] = [...idle, ...start, moved(40, 57, file.path)];

  it("our link is cut, and the stored progress comes again", () => {
    const story = new Story(...printing, [50, "link", "disconnected"], [100, "link", "connected"]);
    story.hear(stored(100, "mqtt", "connected", 0), stored(100, "progress/printing", progress(57), 40));
    assert.deepEqual(story.shown(219), [file.path, 57, "Printing"]);
    assert.deepEqual(story.shown(220), [undefined, undefined, null]);
    const [end] = story.reports.filter(isEnd);
    assert.deepEqual([end?.outcome, end?.progress, end?.duration], ["unknown", 57, undefined]);
  });

  it("the heaters are off", () => {
    const hot: Line = [41, "temperature/tool0", { actual: 210, target: 210 }];
    const story = new Story(...printing, hot, [50, "link", "disconnected"], [100, "link", "connected"]);
    story.hear(stored(100, "mqtt", "connected", 0), [105, "temperature/tool0", { actual: 150, target: 0 }]);
    assert.deepEqual(story.shown(106), [undefined, undefined, null]);
    assert.deepEqual(story.ends(117), [`unknown ${file.path}`]);
  });

  it("its own G-code switches the heaters off before PrintDone", () => {
    const hot: Line = [41, "temperature/tool0", { actual: 210, target: 210 }];
    const story = new Story(...printing, hot, [50, "link", "disconnected"], [53, "link", "connected"]);
    story.hear(stored(53, "mqtt", "connected", 0), [55, "temperature/tool0", { actual: 150, target: 0 }]);
    assert.deepEqual(story.hear([60, "event/PrintDone", { ...file, time: 50 }]).ends(999), [`done ${file.path}`]);
  });

  it("a slow print, whose heater has a target, may be silent for longer", () => {
    const hot = (at: number): Line => [at, "temperature/tool0", { actual: 210, target: 210 }];
    const story = new Story(...printing, hot(41), [50, "link", "disconnected"], [100, "link", "connected"]);
    for (let at = 110; at <= 690; at += 60) story.hear(hot(at));
    assert.deepEqual(story.ends(699), []);
    assert.deepEqual(story.ends(700), [`unknown ${file.path}`]);
  });

  const words: readonly [what: string, line: Line][] = [
    ["a progress", moved(130, 58, file.path)],
    ["a layer", [130, "event/ZChange", { old: 1, new: 1.2 }]],
    ["PrintPaused", [130, "event/PrintPaused", file]],
    ["a state", is(130, "PRINTING", "Printing")],
  ];
  for (const [what, line] of words) {
    it(`a word of the job within 2 min, and it goes on: ${what}`, () => {
      const story = new Story(...printing, [50, "link", "disconnected"], [100, "link", "connected"], line);
      assert.deepEqual(story.ends(900), []);
    });
  }

  it("a paused job is silent for any time", () => {
    const story = new Story(...printing, is(45, "PAUSED"), [50, "link", "disconnected"], [100, "link", "connected"]);
    assert.deepEqual(story.ends(9_000), []);
  });

  it("OctoPrint loses the broker, and the next thing heard is PrintStarted of another", () => {
    const story = new Story(...printing, [50, "mqtt", "disconnected"], [100, "mqtt", "connected"], started(130, other));
    assert.deepEqual(story.told(131), [`started ${file.path}`, `unknown ${file.path}`, `started ${other.path}`]);
    assert.equal(story.reports.filter(isEnd)[0]?.progress, 57);
    assert.equal(story.at(131).job?.path, other.path);
  });

  it("OctoPrint was away, and not a word of the job follows", () => {
    const story = new Story(...printing, [50, "mqtt", "disconnected"], [100, "mqtt", "connected"]);
    assert.deepEqual(story.ends(219), []);
    assert.deepEqual(story.ends(220), [`unknown ${file.path}`]);
  });

  it("the reset of an OctoPrint that was started again means interrupted", () => {
    const story = new Story(...printing, [50, "mqtt", "disconnected"], [100, "mqtt", "connected"], moved(100, 0, ""));
    assert.deepEqual(story.ends(103), [`failed ${file.path}`]);
  });

  it("PrintStarted of another while all was heard: perhaps it is told later how the first one ended", () => {
    const story = new Story(...printing, started(60, other));
    assert.deepEqual(story.told(179), [`started ${file.path}`]);
    assert.deepEqual(story.told(180), [`started ${file.path}`, `unknown ${file.path}`, `started ${other.path}`]);
    const late = new Story(...printing, started(60, other));
    late.hear([60.5, "event/PrintFailed", { ...file, reason: "cancelled", time: 58, progress: 60 }]);
    assert.deepEqual(late.told(61), [`started ${file.path}`, `cancelled ${file.path}`, `started ${other.path}`]);
  });
});

describe("Node-RED starts in the middle of a print", () => {
  it("the state is known from the first live progress", () => {
    const story = new Story(stored(0, "mqtt", "connected", 0), stored(0, "progress/printing", progress(21), -4));
    assert.deepEqual(story.shown(0), [file.path, 21, null]);
    story.hear(moved(3, 32, file.path));
    assert.deepEqual(story.at(3).state, { id: "PRINTING", text: "Printing" });
    story.hear(moved(60, 43, file.path), done(90, file, 400));
    assert.deepEqual(story.told(100), [`done ${file.path}`]);
  });

  it("so it is where OctoPrint was away from the broker for some seconds", () => {
    const story = new Story(...idle, ...start, moved(20, 21, file.path), [25, "mqtt", "disconnected"]);
    story.hear([30, "mqtt", "connected"]);
    assert.deepEqual(story.shown(31), [undefined, undefined, null]);
    story.hear(moved(35, 32, file.path));
    assert.deepEqual(story.shown(36), [file.path, 32, "Printing"]);
    assert.equal(story.at(36).job?.elapsed, 36);
  });

  it("0 and 100 say nothing, nor what an event has ended", () => {
    for (const percent of [0, 100]) assert.equal(new Story(on, moved(1, percent, a.path)).at(2).state.id, null);
    const story = new Story(on, started(0, a), done(50, a, 50), moved(51, 99, a.path));
    assert.deepEqual(story.shown(52), [undefined, undefined, "Operational"]);
  });
});

describe("what says more, wins", () => {
  const words = "Serial connection lost";
  it("OctoPrint 2.0: Disconnected, CLOSED_WITH_ERROR, PrintFailed with words", () => {
    const story = new Story(...start, [10, "event/Disconnected", { connector: "serial" }]);
    story.hear(is(10, "CLOSED_WITH_ERROR", "Offline after error"));
    story.hear([10.5, "event/PrintFailed", { ...file, reason: "error", error: words, progress: 0.1 }]);
    const [end] = story.reports.filter(isEnd);
    assert.deepEqual([end?.outcome, end?.reason, end?.error], ["failed", "error", words]);
  });

  it("the same without PrintFailed, and with one that has no words", () => {
    for (const error of [undefined, "", "unknown"]) {
      const story = new Story(...start, [10, "event/Disconnected", {}], is(10, "CLOSED_WITH_ERROR"));
      if (error !== undefined) story.hear([10.5, "event/PrintFailed", { ...file, reason: "error", error }]);
      story.at(13);
      const [end] = story.reports.filter(isEnd);
      assert.deepEqual([end?.outcome, end?.reason], ["failed", "error"]);
    }
  });

  it("words that come after PrintFailed", () => {
    const story = new Story(...start, [
      10,
      "event/PrintFailed",
      { ...file, time: 9.5, progress: 0.3, reason: "error" },
    ]);
    story.hear([11, "event/Error", { error: words, consequence: "disconnect" }]);
    story.at(13);
    const [end, ...more] = story.reports.filter(isEnd);
    assert.deepEqual([end?.reason, end?.error, end?.printTime, end?.progress, more], ["error", words, 9.5, 30, []]);
  });

  it("the percentage is that of the error, not the 0 after it", () => {
    const story = new Story(...start, moved(30, 42, file.path), is(31, "ERROR", "Error"), moved(31.5, 0, file.path));
    story.at(34);
    assert.equal(story.reports.filter(isEnd)[0]?.progress, 42);
    const early = new Story(...start, moved(30, 42, file.path), [31, "event/Error", { error: words }]);
    early.hear(moved(31.5, 0, file.path), is(32, "OFFLINE"));
    early.at(35);
    assert.equal(early.reports.filter(isEnd)[0]?.progress, 42);
  });

  it("the percentage of PrintPaused is newer than that of the last look", () => {
    const story = new Story(...start, moved(30, 19, file.path), [34, "event/PrintPaused", { ...file, progress: 28 }]);
    assert.equal(story.at(35).job?.progress, 28);
    const step = story.reports.find(({ outcome }) => outcome === "paused");
    assert.equal(step?.progress, 28);
  });
});

describe("PrintFailed without a reason, and late", () => {
  it("OctoPrint 1.3: 0.5 s before PrintCancelled", () => {
    const story = new Story(
      ...start,
      [40, "event/PrintFailed", file],
      [40.5, "event/PrintCancelled", { ...file, time: 40 }],
    );
    assert.deepEqual(story.ends(60), [`cancelled ${file.path}`]);
  });

  it("alone it is a disconnect, once nothing says more", () => {
    const story = new Story(...start, [40, "event/PrintFailed", file]);
    assert.deepEqual(story.ends(41.9), []);
    assert.deepEqual(story.ends(42), [`failed ${file.path}`]);
    assert.equal(story.reports.filter(isEnd)[0]?.reason, "disconnected");
  });

  it("of the job before, the same file's: its time tells", () => {
    const cancelled = { ...file, time: 41.5, progress: 22 };
    const story = new Story(...start, [42, "event/PrintCancelling", file], [42.1, "event/PrintCancelled", cancelled]);
    story.hear(started(42.5, file), [43, "event/PrintFailed", { ...cancelled, reason: "cancelled" }]);
    assert.deepEqual(story.ends(60), [`cancelled ${file.path}`]);
    assert.equal(story.at(60).job?.path, file.path);
    story.hear([90, "event/PrintFailed", { ...file, time: 47, reason: "cancelled" }]);
    assert.deepEqual(story.ends(91), [`cancelled ${file.path}`, `cancelled ${file.path}`]);
  });

  it("of the job before, where STARTING announced the next one", () => {
    const cancelled = { ...a, time: 39 };
    const story = new Story(...idle, is(1, "STARTING"), started(1, a), [40, "event/PrintCancelled", cancelled]);
    story.hear(is(41, "STARTING"), started(41, a), is(41, "PRINTING"));
    story.hear([41.4, "event/PrintFailed", { ...cancelled, reason: "cancelled" }]);
    assert.deepEqual(story.told(60), ["started a.gcode", "cancelled a.gcode", "started a.gcode"]);
    assert.equal(story.at(60).job?.path, a.path);
  });

  it("of the job before, another file's", () => {
    const story = new Story(...start, [42, "event/PrintCancelled", { ...file, time: 41 }], started(43, other));
    story.hear([44, "event/PrintFailed", { ...file, time: 41, reason: "cancelled" }]);
    assert.deepEqual(story.ends(60), [`cancelled ${file.path}`]);
    assert.equal(story.at(60).job?.path, other.path);
  });
});

describe("two OctoPrints below one base topic", () => {
  it("make no false report, and are noticed", () => {
    const story = new Story(on, started(0, a), moved(5, 1, a.path), started(7, b), moved(10, 2, a.path));
    assert.ok(story.isClash);
    story.hear(moved(12, 1, b.path), [13, "mqtt", "disconnected"], [13.5, "mqtt", "connected"], moved(13.6, 0, ""));
    story.hear(moved(15, 3, a.path), is(16, "OPERATIONAL"), moved(17, 2, b.path), moved(20, 4, a.path));
    story.hear(done(100, b, 93), moved(105, 50, a.path), done(200, a, 200));
    assert.deepEqual(story.told(500), ["started a.gcode", "started b.gcode", "done b.gcode", "done a.gcode"]);
    assert.deepEqual(
      story.reports.filter(isEnd).map(({ duration }) => duration),
      [93, 200],
    );
  });

  it("are noticed by their progress alone, and forgotten when there is one again", () => {
    const story = new Story(on, moved(0, 10, a.path), moved(2, 30, b.path), moved(5, 11, a.path));
    assert.ok(story.isClash);
    assert.equal(story.at(6).job?.path, a.path);
    story.hear(moved(7, 31, b.path));
    assert.equal(story.at(8).job?.path, b.path);
    assert.deepEqual(story.told(9), []);
    story.hear([2000, "event/Home", {}]);
    assert.equal(story.isClash, false);
  });

  it("are not where one job follows the other", () => {
    const story = new Story(on, started(0, a), done(50, a, 50), started(51, b), moved(56, 5, b.path), done(90, b, 39));
    story.hear(started(91, a), moved(96, 5, a.path));
    assert.equal(story.isClash, false);
  });
});

describe("each job is told once", () => {
  const off = { state: { text: "Offline", flags: { closedOrError: true } } };

  it("a last look of what Disconnected has ended, where no states come", () => {
    const story = new Story(on, started(0, a), moved(5, 10, a.path), [8, "event/Disconnected", {}]);
    story.hear(moved(11, 10, a.path), moved(15, 10, a.path));
    assert.deepEqual(story.shown(16), [undefined, undefined, "Offline"]);
    assert.deepEqual(story.ends(500), ["failed a.gcode"]);
  });

  it("a progress whose own data has no job", () => {
    const story = new Story(on, done(0, a), [400, "progress/printing", { ...progress(98), printer_data: off }]);
    assert.deepEqual(story.shown(401), [undefined, undefined, "Offline"]);
    assert.deepEqual(story.ends(500), ["done a.gcode"]);
  });

  it("so it is after a time in which we did not hear: nobody knows how it ended", () => {
    const story = new Story(on, started(0, a), moved(5, 42, a.path), [9, "link", "disconnected"]);
    story.hear([60, "link", "connected"], on, [
      65,
      "progress/printing",
      { ...progress(42, a.path), printer_data: off },
    ]);
    assert.deepEqual(story.ends(70), ["unknown a.gcode"]);
  });

  it("PrintCancelled long after another file took its place", () => {
    const story = new Story(on, moved(0, 99, a.path), moved(5, 0, b.path), [400, "event/PrintCancelled", a]);
    assert.deepEqual(story.ends(500), ["unknown a.gcode"]);
    const other = new Story(on, moved(0, 99, a.path), moved(5, 0, b.path), done(400, a, 390));
    assert.deepEqual(other.ends(500), ["unknown a.gcode", "done a.gcode"], "its time is that of another print");
  });

  it("the same after an end of the other file", () => {
    const story = new Story(on, started(0, a), [1, "event/PrintCancelled", b], moved(12, 0, b.path));
    story.at(140);
    assert.deepEqual(story.hear([140, "event/PrintCancelled", a]).ends(500), ["cancelled b.gcode", "unknown a.gcode"]);
  });

  it("PrintFailed twice, of a file that is not the open job's", () => {
    const failed = { ...a, reason: "cancelled" };
    const story = new Story(on, started(0, b), [5, "event/PrintFailed", failed], [5.1, "event/PrintFailed", failed]);
    assert.deepEqual(story.ends(60), ["cancelled a.gcode"]);
  });

  it("PrintFailed twice, of a file that was started again unheard", () => {
    const failed = { ...a, reason: "cancelled" };
    const story = new Story(on, moved(0, 30, a.path), started(5, a), [20, "event/PrintFailed", failed]);
    story.hear([20.1, "event/PrintFailed", failed]);
    assert.equal(story.isClash, false);
    assert.deepEqual(story.told(500), ["unknown a.gcode", "started a.gcode", "cancelled a.gcode"]);
  });

  it("PrintFailed of a file whose place was taken by one that is over already", () => {
    const story = new Story(on, moved(0, 30, b.path), moved(5, 0, a.path), [6, "event/PrintCancelled", a]);
    story.hear([7, "event/PrintFailed", { ...b, reason: "cancelled" }], [8, "event/PrintCancelled", a]);
    assert.equal(story.isClash, false);
    assert.deepEqual(story.told(500), ["cancelled b.gcode", "cancelled a.gcode"]);
  });

  it("PrintFailed twice, of a file whose place was taken by one that nobody announced", () => {
    const failed = { ...a, reason: "cancelled" };
    const story = new Story(on, moved(0, 30, a.path), moved(5, 1, b.path), [6, "event/PrintFailed", failed]);
    story.hear([6.1, "event/PrintFailed", failed]);
    assert.equal(story.at(7).job?.path, b.path);
    assert.deepEqual(story.ends(500), ["cancelled a.gcode"]);
  });

  it("nothing of what was only stored, though OctoPrint was away for a moment", () => {
    const left = [stored(0, "progress/printing", progress(42), -20), stored(1, "mqtt", "disconnected", 0)];
    const story = new Story(on, ...left, stored(2, "mqtt", "connected", 0));
    assert.deepEqual(story.hear([3, "link", "disconnected"], [4, "link", "connected"]).told(999), []);
  });

  it("PRINTING before PrintStarted", () => {
    const story = new Story(...idle, is(1, "STARTING"), is(1, "PRINTING"), [1, "event/PrintStarted", a]);
    assert.equal(story.at(2).job?.path, a.path);
    story.hear(done(60, a, 59));
    assert.deepEqual(
      story.reports.map(({ outcome }) => outcome),
      ["started", "done"],
    );
  });

  it("PrintStarted without a path: whatever names a file names it", () => {
    const story = new Story(on, started(0, {}), moved(5, 1, a.path));
    assert.equal(story.at(6).job?.path, a.path);
    assert.deepEqual(story.hear([60, "event/PrintCancelled", a]).told(99), ["started ", "cancelled a.gcode"]);
    const other = new Story(on, started(0, {}), [60, "event/PrintCancelled", a]);
    assert.deepEqual(other.told(99), ["started ", "cancelled a.gcode"]);
  });
});

describe("what an old or an absent printer says", () => {
  it("OctoPrint 1.2: Disconnected, without PrinterStateChanged", () => {
    const story = new Story(
      on,
      [1, "event/Connected", { port: "/dev/ttyUSB0" }],
      [2, "temperature/tool0", { actual: 20, target: 0 }],
    );
    assert.deepEqual([story.at(3).availability, story.at(3).state.text], ["online", "Operational"]);
    story.hear([5, "event/Disconnected", {}]);
    const { availability, temperatures, state: shown } = story.at(6);
    assert.deepEqual([availability, temperatures, shown.id], ["printer-offline", {}, "OFFLINE"]);
    story.hear([9, "event/Connected", { port: "/dev/ttyUSB0" }]);
    assert.equal(story.at(10).availability, "online");
  });

  it("a stored 205 °C of yesterday, while the printer is off", () => {
    const yesterday = stored(1, "temperature/tool0", { actual: 205, target: 205 }, -86_400);
    assert.deepEqual(new Story(on, yesterday).at(2).temperatures, {});
    const recent = stored(1, "temperature/tool0", { actual: 205, target: 205 }, -500);
    assert.equal(new Story(on, recent).at(2).temperatures.tool0?.actual, 205);
  });

  it("stored hass/printing with yesterday's error", () => {
    const data = { state: { text: "Offline", error: "Too hot", flags: { closedOrError: true } }, currentZ: 4 };
    const { error, z } = new Story(on, stored(1, "hass/printing", data, -86_400)).at(2);
    assert.deepEqual([error, z], [undefined, null]);
    assert.equal(new Story(on, stored(1, "hass/printing", data, -60)).at(2).error, "Too hot");
  });

  it("several PrintDone without PrintStarted: each that took its time is a print", () => {
    const story = new Story(
      on,
      done(0, a, 300),
      done(0.2, a, 300),
      done(310, a, 301),
      done(620, a, 299),
      done(630, a, 299),
    );
    assert.deepEqual(story.ends(900), ["done a.gcode", "done a.gcode", "done a.gcode"]);
  });

  it("the broker is down: nothing that only time would have moved", () => {
    const printer_data = { progress: { printTime: 100, printTimeLeft: 500 } };
    const story = new Story(...idle, ...start, [40, "progress/printing", { ...progress(57), printer_data }]);
    assert.equal(story.at(41).job?.timeLeft, 499);
    story.hear([50, "link", "disconnected"]);
    const { availability, state: shown, job } = story.at(500);
    assert.deepEqual([availability, shown, job?.progress], ["broker-offline", { id: null, text: null }, 57]);
    assert.deepEqual([job?.elapsed, job?.timeLeft, job?.finishesAt, job?.timeLeftFrom], [null, null, null, null]);
  });
});

describe("right as it was", () => {
  const cancelling: readonly Line[] = [[40, "event/PrintCancelling", file], is(40, "CANCELLING")];
  const failed = (at: number, more: object = {}): Line => [at, "event/PrintFailed", { ...file, ...more }];
  const table: readonly [what: string, lines: readonly Line[], ends: readonly string[]][] = [
    [
      "PrintFailed again and again while cancelling",
      [...start, ...cancelling, failed(41), failed(42), failed(60)],
      ["cancelled"],
    ],
    [
      "PrintDone, then PrintFailed of the script after it",
      [...start, done(40, file, 40), failed(41, { reason: "error", error: "x" })],
      ["done"],
    ],
    [
      "PrintFailed twice, first empty",
      [...start, failed(40), failed(40.2, { reason: "error", error: "x" })],
      ["failed"],
    ],
    ["M112 in a pause", [...start, is(10, "PAUSED"), is(20, "OFFLINE"), [20, "event/EStop", {}]], ["failed"]],
    [
      "finishing that takes five minutes",
      [...start, is(40, "FINISHING"), done(340, file, 340), is(341, "OPERATIONAL")],
      ["done"],
    ],
    ["a job of 4 s", [...start, done(4, file, 4)], ["done"]],
    [
      "cancel and the same file at once",
      [
        ...start,
        ...cancelling,
        [41, "event/PrintCancelled", file],
        is(41, "OPERATIONAL"),
        ...start.map(([, topic, payload]): Line => [42, topic, payload]),
        done(90, file, 48),
      ],
      ["cancelled", "done"],
    ],
    [
      "power cut, and the reset at the next start",
      [...start, [30, "mqtt", "disconnected"], [90, "mqtt", "connected"], moved(90, 0, "")],
      ["failed"],
    ],
  ];
  for (const [what, lines, ends] of table) {
    it(what, () => {
      const found = new Story(...lines).ends(1_000);
      assert.deepEqual(
        found,
        ends.map((outcome) => `${outcome} ${file.path}`),
      );
    });
  }

  it("Octolapse pauses at each layer", () => {
    const layers = [10, 20, 30].flatMap((at): Line[] => [
      is(at, "PAUSING"),
      [at, "event/PrintPaused", file],
      is(at, "PAUSED"),
      is(at + 1, "RESUMING"),
      [at + 1, "event/PrintResumed", file],
      is(at + 1, "PRINTING"),
    ]);
    const told = new Story(...start, ...layers, done(60, file, 57)).told(99).map((report) => report.split(" ")[0]);
    assert.deepEqual(told, ["started", ...Array(3).fill(["paused", "resumed"]).flat(), "done"]);
  });

  it("an SD print that starts again by itself is another job", () => {
    const story = new Story(...start, is(50, "FINISHING"), done(50, file, 50), is(51, "OPERATIONAL"));
    story.hear(is(52, "STARTING"), started(52, file), is(52, "PRINTING"), done(100, file, 48));
    assert.deepEqual(
      story.told(200),
      ["started", "done", "started", "done"].map((outcome) => `${outcome} ${file.path}`),
    );
  });

  it("five tools, odd names", () => {
    const tools = [0, 1, 2, 3, 4].map((tool): Line => [tool, `temperature/tool${tool}`, { actual: tool, target: 0 }]);
    assert.equal(Object.keys(new Story(on, ...tools).at(9).temperatures).length, 5);
    for (const name of ["__proto__", "ä b (1).gcode", "ordner/ü.gcode", "100%", "."]) {
      const odd = { name, path: name, origin: "local" };
      assert.deepEqual(new Story(started(0, odd), done(9, odd, 9)).told(60), [`started ${name}`, `done ${name}`]);
    }
  });
});
