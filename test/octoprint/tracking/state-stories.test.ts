import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { phaseOf } from "../../../nodes/octoprint/tracking/observation.ts";
import { isOctoPrintMessage } from "../../../nodes/octoprint/tracking/octoprint-message.ts";
import { on, stored, tool0 } from "./printer-story.ts";
import { inputsOf, type Line, progress } from "./story.ts";
import { a, done, idle, is, moved, Story, started } from "./told-story.ts";

// What OctoPrint's states say of the job and the printer, beside what the reports of bugs tell.

describe("a state that nobody knows", () => {
  it("is shown in its own words, and says nothing of the job", () => {
    for (const id of ["BURNING", "toString", ""]) {
      const story = new Story(...idle, started(0, a), is(0, "PRINTING"), moved(9, 5, a.path), is(10, id, "On fire"));
      assert.deepEqual(story.shown(20), [a.path, 5, "On fire"]);
      assert.deepEqual(story.ends(99), []);
      assert.equal(phaseOf(id), undefined);
    }
  });
});

describe("a state at the end of a job that was not heard of", () => {
  it("opens none", () => {
    for (const id of ["FINISHING", "CANCELLING"]) {
      const story = new Story(...idle, is(5, id), tool0(6));
      assert.deepEqual(story.shown(7), [undefined, undefined, id]);
      assert.deepEqual(story.hear(is(8, "OPERATIONAL")).told(99), []);
    }
  });

  it("any other state of a job does", () => {
    for (const id of ["STARTING", "PRINTING", "PAUSING", "PAUSED", "RESUMING"])
      assert.notEqual(new Story(...idle, is(5, id)).at(6).job, null, id);
  });
});

describe("STARTING", () => {
  const begun: readonly Line[] = [on, started(0, a), moved(40, 57, a.path)];

  it("is of the next job where the one before is over, or may be", () => {
    assert.deepEqual(new Story(...begun, moved(41, 0, ""), is(42, "STARTING")).ends(42), ["failed a.gcode"]);
    assert.deepEqual(
      new Story(...begun, [50, "link", "disconnected"], [60, "link", "connected"], is(61, "STARTING")).ends(61),
      ["unknown a.gcode"],
    );
    const left = stored(0, "progress/printing", progress(42, a.path), -5);
    const story = new Story(on, left, is(5, "STARTING"), is(6, "PRINTING"));
    assert.deepEqual(story.shown(7), [a.path, 0, "PRINTING"]);
    assert.deepEqual(story.ends(500), []);
  });

  it("is of the one that is on, else", () => {
    const story = new Story(...begun, is(42, "STARTING"));
    assert.deepEqual([story.ends(500), story.at(500).job?.progress], [[], 57]);
  });
});

describe("a state of a job that seems to be over", () => {
  it("PRINTING is the next one's after an event, and the same one's after a guess", () => {
    const begun: readonly Line[] = [...idle, started(0, a), is(0, "PRINTING"), moved(40, 57, a.path)];
    const failed: Line = [41, "event/PrintFailed", a];
    assert.deepEqual(new Story(...begun, failed, is(42, "PRINTING")).ends(42), ["failed a.gcode"]);
    assert.deepEqual(new Story(...begun, moved(41, 0, ""), is(42, "PRINTING")).ends(99), []);
    assert.deepEqual(new Story(...begun, moved(41, 0, ""), is(42, "PAUSED")).ends(99), ["failed a.gcode"]);
  });
});

describe("an upload to the SD card that only states tell", () => {
  const cut = (at: number): readonly Line[] => [
    [at, "link", "disconnected"],
    [at + 1, "link", "connected"],
  ];

  it("is one also after we were away in it, until the printer is ready, and 10 s longer", () => {
    const upload = [...idle, is(10, "TRANSFERRING_FILE"), ...cut(20)];
    assert.equal(new Story(...upload, moved(25, 60, a.path)).at(26).job, null);
    const over = [...upload, is(30, "OPERATIONAL"), ...cut(31)];
    assert.equal(new Story(...over, moved(39.9, 98, a.path)).at(40).job, null);
    assert.equal(new Story(...over, moved(40, 5, a.path)).at(40).job?.path, a.path);
  });

  it("a printer that gets ready has none behind it", () => {
    assert.equal(new Story(...idle, ...cut(1), moved(5, 5, a.path)).at(6).job?.path, a.path);
  });
});

describe("the error", () => {
  const error: Line = [1, "event/Error", { error: "Too hot" }];
  const shown = (...lines: readonly Line[]) => new Story(...idle, error, ...lines).at(9).error;

  it("that closed the connection is shown until it is opened again", () => {
    assert.equal(shown(is(2, "ERROR"), is(3, "OFFLINE")), "Too hot");
    assert.equal(shown(is(2, "ERROR"), [3, "event/Connected", {}]), "Too hot");
    assert.equal(shown(is(2, "ERROR"), is(3, "OPEN_SERIAL")), undefined);
    assert.equal(shown(is(2, "OPERATIONAL")), undefined);
    assert.equal(new Story(on, error, [3, "event/Connected", {}]).at(9).error, undefined);
  });
});

describe("an announced state", () => {
  it("keeps its words where an event of the same job only infers one", () => {
    const printing = [...idle, started(0, a), is(0, "PRINTING", "Printing from SD")];
    assert.equal(new Story(...printing, [5, "event/PrintPaused", a]).at(6).state.text, "Printing from SD");
  });

  it("without a job yields to the event of one", () => {
    assert.equal(new Story(...idle, started(5, a)).at(6).state.text, "Printing");
    assert.equal(new Story(...idle, [5, "event/PrintPaused", a]).at(6).state.text, "Paused");
    assert.equal(new Story(...idle, [5, "event/PrintResumed", a]).at(6).state.text, "Printing");
  });
});

describe("a print from the printer's panel, an SD print that restarts by itself", () => {
  const card = { name: "CARD~1.GCO", path: "CARD~1.GCO", origin: "sdcard" };

  it("of OctoPrint 1.11: STARTING, PrintStarted, PRINTING, each job with its own end", () => {
    const print = (at: number): readonly Line[] => [
      is(at, "STARTING", "Starting print from SD"),
      started(at, card),
      is(at, "PRINTING", "Printing from SD"),
      moved(at + 5, 9, card.path),
      is(at + 60, "FINISHING"),
      done(at + 60, card, 59.9),
      is(at + 60.5, "OPERATIONAL"),
      moved(at + 61, 100, card.path),
    ];
    const story = new Story(...idle, ...print(10), ...print(72), ...print(200));
    assert.deepEqual(
      story.told(900),
      ["started", "done", "started", "done", "started", "done"].map((outcome) => `${outcome} CARD~1.GCO`),
    );
    assert.equal(story.at(900).job, null);
  });
});

describe("what only an OctoPrint says", () => {
  const table: readonly [topic: string, payload: object | string, is: boolean][] = [
    ["mqtt", "connected", true],
    ["mqtt", "", false],
    ["event/PrintDone", { path: "a.gcode" }, true],
    ["event/Door", { _event: "Door" }, true],
    ["event/Door", { _event: "Window" }, false],
    ["event/Door", { open: true }, false],
    ["event/Door", { state_id: "OPEN" }, true],
    ["event/Printer", { on: true }, false],
    ["progress/printing", progress(5), true],
    ["temperature/tool0", { actual: 20 }, true],
    ["temperature/tool12", { actual: 20 }, true],
    ["temperature/bed", { actual: 20 }, true],
    ["temperature/bed", { target: 20 }, false],
    ["temperature/kitchen", { actual: 20 }, false],
    ["temperature/kitchen", { actual: 20, target: 21 }, false],
    ["temperature/kitchen", "", false],
    ["temperature/kitchen", { target: 21 }, false],
    ["plugin/x", { actual: 20, target: 21 }, false],
  ];
  for (const [topic, payload, is] of table) {
    it(`${topic} ${JSON.stringify(payload)}: ${is}`, () => {
      const [heard] = inputsOf([[0, topic, payload]], { timestampField: "" });
      assert.ok(heard && "channel" in heard);
      assert.equal(isOctoPrintMessage(heard), is);
    });
  }
});
