import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { off, on, printing, stored, tool0 } from "./printer-story.ts";
import { begin, type Line, progress } from "./story.ts";
import { a, done, idle, is, moved, Story, started } from "./told-story.ts";

// Whether OctoPrint is there, what still comes of one that has gone, and what is known of it when it is back.

const availabilityAt = (at: number, ...lines: readonly Line[]) => new Story(...lines).at(at).availability;

describe("OctoPrint comes and goes", () => {
  it("a stored `connected` is not news: a `disconnected` right after it is no late last will", () => {
    assert.equal(availabilityAt(1, stored(0, "mqtt", "connected", 0), off(1)), "octoprint-offline");
    assert.equal(availabilityAt(1, on, off(1)), "online");
    assert.equal(availabilityAt(3, on, off(1)), "octoprint-offline");
  });

  it("one whose last will was late went then: a message 2 s after it proves it alive", () => {
    assert.equal(availabilityAt(3.2, on, off(1), [3.1, "event/Home", {}]), "online");
  });

  it("it is stale 5 min after its last live word, whatever is stored", () => {
    assert.equal(availabilityAt(309, ...printing), "online");
    assert.equal(availabilityAt(310, ...printing), "stale");
    assert.equal(availabilityAt(310, ...printing, stored(200, "mqtt", "connected", 0)), "stale");
    assert.equal(availabilityAt(499, ...printing, [200, "mqtt", "connected"]), "online");
    assert.equal(availabilityAt(500, ...printing, [200, "mqtt", "connected"]), "stale");
  });

  it("it is not stale any more when it is back, whichever way it was away", () => {
    const away = [off(400), [500, "mqtt", "connected"]] as const;
    assert.equal(availabilityAt(501, ...printing, ...away), "online");
    const deaf: readonly Line[] = [
      [400, "link", "disconnected"],
      [500, "link", "connected"],
    ];
    assert.equal(availabilityAt(501, ...printing, ...deaf), "unknown");
    assert.equal(availabilityAt(501, ...printing, ...deaf, stored(500, "mqtt", "connected", 0)), "online");
    assert.equal(
      availabilityAt(501, ...printing, ...deaf, stored(500, "mqtt", "disconnected", 0)),
      "octoprint-offline",
    );
  });

  it("one that we ask ourselves: it cannot be reached, or does not want us", () => {
    assert.equal(availabilityAt(2, ...idle, [1, "link", "unreachable"]), "octoprint-offline");
    assert.equal(availabilityAt(2, ...idle, [1, "link", "refused"]), "unknown");
    assert.equal(availabilityAt(2, ...idle, [1, "link", "disconnected"]), "broker-offline");
  });

  it("when it was seen: by what it says live, by the newest of what is stored", () => {
    const seen = (...lines: readonly Line[]) => {
      const { lastSeen } = new Story(...lines).at(99);
      return lastSeen === null ? null : (lastSeen - begin) / 1000;
    };
    assert.equal(seen(stored(1, "mqtt", "connected", 0)), null);
    assert.equal(seen([1.5, "mqtt", "connected"]), 1.5);
    assert.equal(seen([1.5, "mqtt", "disconnected"]), null);
    const temperature = (said: number) => stored(1, "temperature/bed", { actual: 60, target: 60 }, said);
    assert.equal(seen(temperature(-10), temperature(-500)), -10);
    assert.equal(seen(temperature(-500), temperature(-10)), -10);
    assert.equal(seen(temperature(500)), 1, "not later than now");
    assert.equal(seen([1, "temperature/bed", { actual: 60, _timestamp: undefined }, "retained"]), null);
    assert.equal(seen([1, "event/Shutdown", {}]), null);
    assert.equal(seen([1, "plugin/x", {}]), null);
    assert.equal(seen([1, "hass/printing", {}]), 1);
  });
});

describe("what still comes of an OctoPrint that has gone", () => {
  const gone = [...printing, moved(40, 57, "parts/cube.gcode"), tool0(41), off(50)];

  it("says nothing of how things are", () => {
    const late = [
      tool0(50.5),
      is(50.6, "PAUSED"),
      moved(50.7, 58, "parts/cube.gcode"),
      [51, "event/ZChange", { new: 1 }],
    ];
    const { availability, state, job, temperatures, z } = new Story(...gone, ...(late as Line[])).at(51.5);
    assert.deepEqual([availability, state.id, job, temperatures, z], ["octoprint-offline", null, null, {}, null]);
  });

  it("but how the job ended", () => {
    const cube = { path: "parts/cube.gcode", name: "cube.gcode", origin: "local" };
    const ends = (line: Line) => new Story(...gone, line).ends(52);
    assert.deepEqual(ends(done(50.5, cube, 40)), ["done parts/cube.gcode"]);
    assert.deepEqual(ends([50.5, "event/PrintCancelled", cube]), ["cancelled parts/cube.gcode"]);
    assert.deepEqual(ends(stored(50.5, "event/PrintCancelled", cube, 45)), [], "what was stored tells no end");
    assert.deepEqual(ends([50.5, "PrintDone", cube]), [], "a topic of that name is no event");
    assert.deepEqual(ends([50.5, "event/Home", {}]), []);
  });
});

describe("OctoPrint is back", () => {
  const begun: readonly Line[] = [...idle, started(0, a), is(0, "PRINTING"), moved(40, 57, a.path), tool0(41)];

  it("within 2 s, as when the plugin's settings are saved: nothing is in doubt", () => {
    const story = new Story(...begun, off(50), [52, "mqtt", "connected"]);
    assert.deepEqual(story.shown(53), [a.path, 57, "PRINTING"]);
    assert.equal(story.at(53).temperatures.tool0?.actual, 20);
    assert.deepEqual(new Story(...begun, off(50), [52, "mqtt", "connected"], is(60, "OFFLINE")).ends(70), [
      "failed a.gcode",
    ]);
    assert.deepEqual(story.ends(900), []);
  });

  it("later: the job may be over", () => {
    const story = new Story(...begun, off(50), [52.1, "mqtt", "connected"]);
    assert.deepEqual(story.shown(53), [undefined, undefined, null]);
    assert.deepEqual(new Story(...begun, off(50), [52.1, "mqtt", "connected"], is(60, "OFFLINE")).ends(70), [
      "unknown a.gcode",
    ]);
  });

  it("within 2 s, while we do not know how the job goes on since we were away ourselves: it is shown", () => {
    const story = new Story(...begun, [60, "link", "disconnected"], [100, "link", "connected"]);
    story.hear(stored(100, "mqtt", "connected", 0), off(105), [106, "mqtt", "connected"]);
    assert.equal(story.at(107).job?.path, a.path);
  });
});

describe("temperatures while it is not known whether the job goes on", () => {
  const cut: readonly Line[] = [
    [50, "link", "disconnected"],
    [100, "link", "connected"],
  ];
  const begun: readonly Line[] = [on, started(0, a), moved(40, 57, a.path)];
  const hot = (at: number): Line => [at, "temperature/tool0", { actual: 210, target: 210 }];
  const finishedAt = (...lines: readonly Line[]) => {
    const story = new Story(...begun, ...lines);
    story.at(900);
    const [end] = story.reports.filter((report) => "finishedAt" in report);
    return end && "finishedAt" in end ? (end.finishedAt - begin) / 1000 : undefined;
  };

  it("without a target say nothing where it never had one", () => {
    assert.deepEqual(new Story(...begun, ...cut, tool0(105)).ends(219), []);
    assert.deepEqual(new Story(...begun, hot(45), ...cut, tool0(105)).ends(117), ["unknown a.gcode"]);
  });

  it("were a sign of life before: the job ends with the last of them", () => {
    assert.equal(finishedAt(...cut), 40);
    assert.equal(finishedAt(hot(45), ...cut), 45);
    assert.equal(finishedAt(hot(45), [47, "temperature/bed", ""], ...cut), 45, "a cleared one is anybody's");
    const old = stored(101, "temperature/bed", { actual: 60, target: 0 }, 46);
    assert.equal(finishedAt(hot(45), ...cut, old), 45, "a stored one is not heard now");
  });

  it("that are stored do not put off the end", () => {
    const old = (at: number) => stored(at, "temperature/bed", { actual: 60, target: 60 }, 46);
    const story = new Story(...begun, ...cut, old(101), old(150), old(200));
    assert.deepEqual(story.ends(220), ["unknown a.gcode"]);
  });
});

describe("what the progress says with printer_data, or hass/printing", () => {
  const flags = (flag: string, text: string, more: object = {}) => ({
    state: { text, flags: { [flag]: true } },
    job: { file: a },
    ...more,
  });
  const hass = (at: number, flag: string, text: string, more: object = {}): Line => [
    at,
    "hass/printing",
    flags(flag, text, more),
  ];

  it("stored, it yields to what is known, and opens no job", () => {
    const said = stored(5, "hass/printing", flags("printing", "Printing"), 4);
    assert.deepEqual(new Story(on, [1, "event/Connected", {}], said).shown(6), [undefined, undefined, "Operational"]);
    assert.deepEqual(new Story(on, said).shown(6), [undefined, undefined, "Printing"]);
  });

  it("stored 10 min ago it counts, a second longer ago it does not", () => {
    const said = (at: number) => stored(0, "temperature/bed", { actual: 60, target: 60 }, at);
    assert.equal(new Story(on, said(-600)).at(1).temperatures.bed?.actual, 60);
    assert.equal(new Story(on, said(-601)).at(1).temperatures.bed, undefined);
    const now = stored(0, "event/Home", {}, 0);
    assert.equal(new Story(on, now, said(-600)).at(1).temperatures.bed?.actual, 60);
    assert.equal(new Story(on, now, said(-601)).at(1).temperatures.bed, undefined);
    const undated: Line = [0, "temperature/bed", { actual: 60, target: 60, _timestamp: undefined }, "retained"];
    assert.equal(new Story(on, undated).at(1).temperatures.bed?.actual, 60, "nobody says how old it is");
  });

  it("an offline printer has no temperatures, any other keeps them", () => {
    assert.deepEqual(new Story(on, tool0(1), hass(2, "closedOrError", "Offline")).at(3).temperatures, {});
    const ready = new Story(on, tool0(1), hass(2, "operational", "Operational"));
    assert.equal(ready.at(3).temperatures.tool0?.actual, 20);
  });

  it("a job that it calls paused may be silent for any time, until it goes on", () => {
    const away: readonly Line[] = [
      [50, "link", "disconnected"],
      [100, "link", "connected"],
    ];
    const story = new Story(on, hass(0, "printing", "Printing"), hass(40, "paused", "Paused"), ...away);
    assert.deepEqual(story.ends(9_000), []);
    const goesOn = [hass(0, "printing", "Printing"), hass(40, "paused", "Paused"), hass(45, "printing", "Printing")];
    assert.deepEqual(new Story(on, ...goesOn, ...away).ends(9_000), ["unknown a.gcode"]);
  });

  it("lags behind an end for 10 s", () => {
    const after = (at: number) => new Story(on, started(0, a), done(60, a, 60), hass(at, "printing", "Printing"));
    assert.deepEqual(after(69.9).shown(69.9), [undefined, undefined, "Operational"]);
    assert.deepEqual(after(70).shown(70), [a.path, null, "Printing"]);
    const failed: Line = [60, "event/PrintFailed", a];
    const pending = new Story(on, started(0, a), failed, hass(61, "printing", "Printing"));
    assert.deepEqual(pending.shown(61.5), [undefined, undefined, null]);
    assert.deepEqual(pending.ends(63), ["failed a.gcode"]);
  });

  it("names the file of a job that it tells: a progress under another path is another job", () => {
    const story = new Story(on, hass(0, "printing", "Printing"), moved(20, 5, "b.gcode"));
    assert.deepEqual(story.ends(500), ["unknown a.gcode"]);
    const nameless = new Story(on, hass(0, "printing", "Printing", { job: {} }), moved(20, 5, "b.gcode"));
    assert.deepEqual(nameless.ends(500), []);
    assert.equal(nameless.at(500).job?.path, "b.gcode");
  });

  it("in this order: what a state's flags say together", () => {
    const table: readonly [flags: object, id: string][] = [
      [{ cancelling: true, printing: true }, "CANCELLING"],
      [{ finishing: true, printing: true }, "FINISHING"],
      [{ pausing: true, printing: true }, "PAUSING"],
      [{ paused: true, printing: true }, "PAUSED"],
      [{ resuming: true, printing: true }, "RESUMING"],
      [{ printing: true, operational: true }, "PRINTING"],
      [{ error: true, closedOrError: true }, "ERROR"],
      [{ closedOrError: true }, "OFFLINE"],
      [{ operational: true, ready: true }, "OPERATIONAL"],
    ];
    for (const [of, id] of table) {
      const story = new Story(on, [1, "hass/printing", { state: { text: "Words", flags: of } }]);
      assert.equal(story.at(2).state.id, id);
      const ids = ["CANCELLING", "FINISHING", "PAUSING", "PAUSED", "RESUMING", "PRINTING"];
      assert.equal(story.at(2).job !== null, ids.includes(id), id);
    }
    for (const state of [{ text: "", flags: { printing: true } }, { text: "Words", flags: { ready: true } }, {}]) {
      assert.equal(new Story(on, [1, "hass/printing", { state }]).at(2).state.id, null);
    }
  });

  it("a progress with data keeps height and error until others come", () => {
    const data = { state: { text: "Offline", error: "Too hot", flags: { error: true } }, currentZ: 4.2 };
    const story = new Story(
      on,
      [1, "hass/printing", data],
      [2, "progress/printing", { ...progress(0), printer_data: {} }],
    );
    assert.deepEqual([story.at(3).z, story.at(3).error], [4.2, "Too hot"]);
  });
});
