import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isEnd } from "../../../nodes/octoprint/tracking/job-report.ts";
import { off, on, stored } from "./printer-story.ts";
import { type Line, progress } from "./story.ts";
import { a, done, idle, is, moved, Story, started } from "./told-story.ts";

// What happens to everybody now and then, and has to stay right, whichever of its messages come.

const outcomes = (story: Story, later: number) => story.told(later).map((report) => report.split(" ")[0]);
const paused = (at: number): Line => [at, "event/PrintPaused", { ...a, progress: 20 }];
const resumed = (at: number): Line => [at, "event/PrintResumed", a];

describe("Octolapse pauses at each layer for a moment", () => {
  const layers = [10, 20, 30, 40];
  const pairs = layers.flatMap(() => ["paused", "resumed"]);
  const begun: readonly Line[] = [...idle, is(0, "STARTING"), started(0, a), is(0, "PRINTING", "Printing")];
  const table: readonly [what: string, layer: (at: number) => readonly Line[]][] = [
    [
      "states and events",
      (at) => [
        is(at, "PAUSING"),
        paused(at),
        is(at, "PAUSED"),
        is(at + 2, "RESUMING"),
        resumed(at + 2),
        is(at + 2, "PRINTING", "Printing"),
      ],
    ],
    [
      "states alone",
      (at) => [is(at, "PAUSING"), is(at, "PAUSED"), is(at + 2, "RESUMING"), is(at + 2, "PRINTING", "Printing")],
    ],
    ["events alone", (at) => [paused(at), resumed(at + 2)]],
    [
      "the event after the state",
      (at) => [is(at, "PAUSED"), paused(at + 0.1), is(at + 2, "PRINTING", "Printing"), resumed(at + 2.1)],
    ],
    [
      "a look of the plugin in the pause",
      (at) => [is(at, "PAUSED"), paused(at), moved(at + 1, at, a.path), is(at + 2, "PRINTING", "Printing")],
    ],
  ];
  for (const [what, layer] of table) {
    it(what, () => {
      const story = new Story(...begun, ...layers.flatMap(layer), done(60, a, 52));
      assert.deepEqual(outcomes(story, 99), ["started", ...pairs, "done"]);
      const [end] = story.reports.filter(isEnd);
      assert.deepEqual([end?.duration, end?.printTime], [60, 52]);
    });
  }

  it("its time is that of printing", () => {
    const layer = (at: number): readonly Line[] => [is(at, "PAUSED"), is(at + 2, "PRINTING", "Printing")];
    assert.equal(new Story(...begun, ...layers.flatMap(layer)).at(50).job?.elapsed, 42);
    const events = (at: number): readonly Line[] => [paused(at), resumed(at + 2)];
    assert.equal(new Story(on, started(0, a), ...layers.flatMap(events)).at(50).job?.elapsed, 42);
  });
});

describe("a print from the SD card that begins again by itself", () => {
  it("without a word: it is the same job, from the beginning", () => {
    const story = new Story(...idle, started(0, a), is(0, "PRINTING"), moved(50, 98, a.path), moved(55, 1, a.path));
    assert.deepEqual(story.shown(56), [a.path, 1, "PRINTING"]);
    assert.deepEqual(story.hear(done(200, a, 199)).told(300), ["started a.gcode", "done a.gcode"]);
  });

  it("with PrintStarted alone: what became of the first nobody says", () => {
    const story = new Story(on, started(0, a), moved(50, 98, a.path), started(60, a), moved(65, 1, a.path));
    story.hear(done(200, a, 140));
    assert.deepEqual(story.told(300), ["started a.gcode", "unknown a.gcode", "started a.gcode", "done a.gcode"]);
    assert.equal(story.isClash, false);
  });
});

describe("cancelled, and the same file started at once", () => {
  const cancelled = (at: number): Line => [at, "event/PrintCancelled", { ...a, time: 40 }];
  const failed = (at: number): Line => [at, "event/PrintFailed", { ...a, time: 40, reason: "cancelled" }];
  const table: readonly [what: string, lines: readonly Line[]][] = [
    [
      "all that OctoPrint says",
      [
        is(40, "CANCELLING"),
        [40, "event/PrintCancelling", a],
        failed(40.2),
        cancelled(40.3),
        is(40.4, "OPERATIONAL"),
        is(40.5, "STARTING"),
        started(40.5, a),
        is(40.5, "PRINTING"),
      ],
    ],
    ["events alone", [cancelled(40), started(40, a)]],
    ["PrintFailed late", [cancelled(40), started(40, a), failed(41)]],
    [
      "states alone",
      [is(40, "CANCELLING"), is(41, "OPERATIONAL"), is(41.5, "STARTING"), is(41.6, "PRINTING"), moved(43, 1, a.path)],
    ],
  ];
  for (const [what, lines] of table) {
    it(what, () => {
      const story = new Story(...idle, started(0, a), is(0, "PRINTING"), moved(30, 42, a.path), ...lines);
      assert.deepEqual(outcomes(story, 60), ["started", "cancelled", "started"]);
      assert.equal(story.at(60).job?.path, a.path);
      assert.deepEqual(outcomes(story.hear(done(140, a, 99)), 300), ["started", "cancelled", "started", "done"]);
    });
  }
});

describe("odd names", () => {
  for (const name of [
    "__proto__",
    "constructor",
    "toString",
    "a/b/c d (1) [x].gcode",
    "100 %.gcode",
    "日本.gcode",
    "-",
    ".",
  ]) {
    it(`${name}: from its start to its end, by its progress, and what is known of its last print`, () => {
      const odd = { name, path: name, origin: "local" };
      const print = (at: number): readonly Line[] => [
        started(at, odd),
        ...[10, 50, 95].map((percent): Line => moved(at + percent, percent, name)),
        done(at + 100, odd, 100),
      ];
      const story = new Story(on, ...print(0), started(200, odd));
      assert.deepEqual(story.told(201), [`started ${name}`, `done ${name}`, `started ${name}`]);
      assert.deepEqual([story.at(205).job?.path, story.at(205).job?.timeLeft], [name, 95]);
    });
  }

  it("sensors of any name, and five tools", () => {
    const names = ["tool0", "tool1", "tool2", "tool3", "tool4", "__proto__", "constructor"];
    const story = new Story(
      on,
      ...names.map((name, n): Line => [1, `temperature/${name}`, { actual: n, target: 200 + n }]),
    );
    const { temperatures } = story.at(2);
    assert.deepEqual(
      Object.entries(temperatures).map(([name, { actual, target }]) => [name, actual, target]),
      names.map((name, n) => [name, n, 200 + n]),
    );
    story.hear([3, "temperature/tool4", { actual: 9, target: 0 }]);
    assert.deepEqual(story.at(4).temperatures.tool4, { actual: 9, target: 0 });
  });
});

describe("an SD print from the printer's panel", () => {
  const panel = "PANEL~1.GCO";

  it("OctoPrint says PRINTING, and the progress its name", () => {
    const story = new Story(...idle, is(10, "PRINTING", "Printing from SD"), moved(15, 3, panel), moved(60, 99, panel));
    assert.deepEqual(story.shown(61), [panel, 99, "Printing from SD"]);
    story.hear(is(62, "FINISHING"), is(63, "OPERATIONAL", "Operational"), moved(66, 100, panel));
    assert.deepEqual([story.told(99), story.at(99).job], [[`done ${panel}`], null]);
  });

  it("of a size that is not known", () => {
    const story = new Story(...idle, is(10, "PRINTING", "Printing from SD"), moved(15, -100, panel));
    assert.deepEqual(story.shown(16), [panel, null, "Printing from SD"]);
  });

  it("cancelled at the panel: the printer is ready again without a word", () => {
    const story = new Story(
      ...idle,
      is(10, "PRINTING", "Printing from SD"),
      moved(15, 3, panel),
      is(30, "OPERATIONAL"),
    );
    assert.deepEqual(story.told(99), [`unknown ${panel}`]);
  });

  it("Node-RED is started in it", () => {
    const left = stored(0, "progress/printing", progress(42, panel), -4);
    const story = new Story(on, left, moved(5, 43, panel), is(60, "FINISHING"), is(61, "OPERATIONAL"));
    assert.deepEqual(story.told(99), [`done ${panel}`]);
  });
});

describe("what is chosen where nobody can know", () => {
  it("PrintTimeGenius lets the percentage go back now and then: there is an estimate all the time", () => {
    const percents = Array.from({ length: 60 }, (_, n) => (n % 7 === 6 ? n - 3 : n + 1));
    const story = new Story(on, started(0, a));
    for (const [n, percent] of percents.entries()) {
      story.hear(moved((n + 1) * 10, percent, a.path));
      const { timeLeft = null } = story.at((n + 1) * 10).job ?? {};
      if (n >= 10)
        assert.ok(timeLeft !== null && Math.abs(timeLeft - (990 - n * 10)) < 60, `${percent} %: ${timeLeft}`);
    }
    assert.deepEqual(story.told(601), ["started a.gcode"]);
  });

  it("205 °C of yesterday, whatever else is stored, while the printer is off", () => {
    const old = (topic: string, payload: object) => stored(1, topic, payload, -86_400);
    const said = [
      old("temperature/tool0", { actual: 205, target: 205 }),
      old("temperature/bed", { actual: 60, target: 60 }),
      old("hass/printing", { state: { text: "Printing", error: "Too hot", flags: { printing: true } }, currentZ: 3 }),
      old("progress/printing", progress(100, a.path)),
    ];
    for (const lines of [said, [...said].reverse()]) {
      const shown = new Story(stored(0, "mqtt", "connected", 0), ...lines).at(2);
      assert.deepEqual(
        [shown.availability, shown.state.id, shown.job, shown.temperatures, shown.error, shown.z],
        ["online", null, null, {}, undefined, null],
      );
    }
  });

  it("several PrintDone without PrintStarted: one report for each print", () => {
    const again = [0, 400, 800].flatMap((at) => [done(at, a, 390), done(at + 0.3, a, 390)]);
    assert.equal(new Story(on, ...again).ends(900).length, 3);
    const progressed = [0, 400].flatMap((at) => [
      moved(at + 5, 3, a.path),
      moved(at + 390, 99, a.path),
      done(at + 395, a, 390),
    ]);
    assert.equal(new Story(on, ...progressed).ends(900).length, 2);
  });
});

describe("the power is cut in a print", () => {
  const begun: readonly Line[] = [...idle, started(0, a), is(0, "PRINTING"), moved(30, 42, a.path), off(60)];

  it("and OctoPrint comes back: it was interrupted, and ended when it was last heard", () => {
    const story = new Story(...begun, [300, "mqtt", "connected"], moved(300, 0, ""), is(301, "OPERATIONAL"));
    story.at(400);
    const [end, ...more] = story.reports.filter(isEnd);
    assert.deepEqual(
      [end?.outcome, end?.reason, end?.progress, end?.duration, more],
      ["failed", "interrupted", 42, 30, []],
    );
  });

  it("and OctoPrint does not come back: nobody knows", () => {
    assert.deepEqual(new Story(...begun).ends(100_000), []);
  });
});
