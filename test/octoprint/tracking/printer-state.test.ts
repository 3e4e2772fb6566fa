import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { printerDefaults } from "../../../nodes/octoprint/tracking/printer-model.ts";
import { after, at, availability, off, on, printing, stored, tool0 } from "./printer-story.ts";
import { begin, file, inputsOf, type Line, progress, state } from "./story.ts";

describe("availability", () => {
  it("is unknown before anything was heard", () => assert.equal(availability(0, []), "unknown"));

  it("is online with `connected`, stored or live, or with whatever OctoPrint says live", () => {
    assert.equal(availability(1, [on]), "online");
    assert.equal(availability(1, [stored(0, "mqtt", "connected", 0)]), "online");
    assert.equal(availability(1, [tool0(0)]), "online");
  });

  it("is not proven by what the broker had stored, nor by what others publish", () => {
    assert.equal(availability(1, [stored(0, "temperature/tool0", { actual: 20, target: 0 }, -5)]), "unknown");
    assert.equal(availability(1, [stored(0, "progress/printing", progress(42), -5)]), "unknown");
    assert.equal(availability(1, [[0, "hassControl/stop", "PRESS"]]), "unknown");
    assert.equal(availability(1, [[0, "temperature/tool0", ""]]), "unknown");
  });

  it("is printer-offline while OctoPrint is there and its printer is not, by the states of 1.11 and 2.0", () => {
    for (const id of ["OFFLINE", "CLOSED", "CLOSED_WITH_ERROR", "ERROR", "CONNECTING", "OPEN_SERIAL"]) {
      assert.equal(availability(2, [on, [1, "event/PrinterStateChanged", state(id, id)]]), "printer-offline");
    }
    assert.equal(availability(2, [on, [1, "event/PrinterStateChanged", state("OPERATIONAL", "")]]), "online");
  });

  it("`disconnected` invalidates", () => {
    const gone = at(61, [...printing, tool0(20), [30, "event/ZChange", { new: 0.3, old: null }], off(60)]);
    assert.equal(gone.availability, "octoprint-offline");
    assert.deepEqual([gone.state, gone.job, gone.temperatures, gone.z], [{ id: null, text: null }, null, {}, null]);
    assert.equal(gone.lastSeen, begin + 30_000);
  });

  it("Shutdown proves nothing: it comes 1 ms after `disconnected`", () => {
    const gone = at(63, [...printing, off(60), [60.001, "event/Shutdown", {}], [62.5, "event/Shutdown", {}]]);
    assert.deepEqual([gone.availability, gone.lastEvent], ["octoprint-offline", "Shutdown"]);
  });

  it("a message more than 2 s after `disconnected` proves OctoPrint alive (plugin before 0.8.7, #151)", () => {
    assert.equal(availability(62, [...printing, off(60), tool0(62)]), "octoprint-offline");
    assert.equal(availability(63, [...printing, off(60), tool0(62.001)]), "online");
    assert.equal(availability(9, [stored(0, "mqtt", "disconnected", 0), tool0(8)]), "online");
    assert.equal(
      availability(9, [stored(0, "mqtt", "disconnected", 0), stored(8, "temperature/tool0", { actual: 1 }, 0)]),
      "octoprint-offline",
    );
  });

  it("`connected` proves it at once, and what held holds again after a change of the plugin's settings", () => {
    const back = at(62, [...printing, tool0(20), off(60), [61, "mqtt", "connected"]]);
    assert.deepEqual([back.availability, back.state.id, back.job?.path], ["online", "PRINTING", file.path]);
    const later = at(82, [...printing, off(60), [81, "mqtt", "connected"]]);
    assert.deepEqual([later.availability, later.state.id, later.job], ["online", null, null]);
  });

  describe("`disconnected` within 2 s after `connected` may be a late last will", () => {
    const late: readonly Line[] = [...printing, [50, "mqtt", "connected"], off(52)];

    it("is believed after 2 s of silence", () => {
      assert.equal(after(inputsOf(late)).wakeAt, begin + 54_000);
      assert.equal(availability(53.999, late), "online");
      assert.equal(availability(54, late), "octoprint-offline");
      assert.equal(availability(54, [...late, [52.001, "event/Shutdown", {}]]), "octoprint-offline");
    });

    it("is not believed where a message says the contrary", () => {
      assert.equal(availability(60, [...late, tool0(53)]), "online");
      assert.equal(availability(60, [...late, [53, "mqtt", "connected"]]), "online");
      assert.equal(after(inputsOf([...late, tool0(53)])).wakeAt, begin + 53_000 + printerDefaults.staleAfter);
    });

    it("is believed at once later than that", () => {
      assert.equal(availability(52.002, [...printing, [50, "mqtt", "connected"], off(52.001)]), "octoprint-offline");
    });

    it("the second `disconnected` of a clean stop changes nothing", () => {
      assert.equal(availability(70, [...printing, off(60), off(61.4), tool0(62.5)]), "online");
    });
  });

  it("is stale after 5 min without a message while it prints", () => {
    assert.equal(after(inputsOf(printing)).wakeAt, begin + 310_000);
    assert.equal(availability(309.9, printing), "online");
    assert.equal(availability(310, printing), "stale");
    assert.equal(availability(400, [...printing, tool0(399)]), "online");
    assert.equal(
      availability(315, [stored(0, "mqtt", "connected", 0), stored(1, "progress/printing", progress(42), 0)]),
      "stale",
    );
  });

  it("is not stale while it is idle or paused, nor where 0 is set", () => {
    assert.equal(availability(9_999, printing.slice(0, 2)), "online");
    assert.equal(
      availability(9_999, [...printing, [20, "event/PrinterStateChanged", state("PAUSED", "Paused")]]),
      "online",
    );
    assert.equal(after(inputsOf(printing), { staleAfter: 0 }).wakeAt, undefined);
    assert.equal(after(inputsOf(printing), { staleAfter: 1_000 }).wakeAt, begin + 11_000);
  });

  it("is broker-offline while our own link is down, then unknown until something is heard", () => {
    const lost: readonly Line[] = [...printing, [50, "link", "disconnected"]];
    assert.equal(availability(51, lost), "broker-offline");
    assert.equal(availability(61, [...lost, [60, "link", "connected"]]), "unknown");
    const back = at(62, [...lost, [60, "link", "connected"], stored(60.1, "mqtt", "connected", 0)]);
    assert.deepEqual([back.availability, back.state.text], ["online", "Printing"]);
  });

  it("a cleared status says nothing any more", () => assert.equal(availability(9, [on, [1, "mqtt", ""]]), "unknown"));
});

describe("the state", () => {
  it("is OctoPrint's, in its own words", () => {
    assert.deepEqual(at(11, printing).state, { id: "PRINTING", text: "Printing" });
    const unheard: Line = [11, "event/PrinterStateChanged", state("TRANSFERRING_FILE", "Transferring file to SD")];
    assert.deepEqual(at(12, [...printing, unheard]).state, {
      id: "TRANSFERRING_FILE",
      text: "Transferring file to SD",
    });
  });

  it("follows from the progress where nobody said it: Node-RED was started in the middle of a print", () => {
    const { state: found, job } = at(2, [on, [1, "progress/printing", progress(42)]]);
    assert.deepEqual(found, { id: "PRINTING", text: "Printing" });
    assert.deepEqual([job?.path, job?.progress, job?.elapsed], [file.path, 42, null]);
  });

  it("follows from printer_data, but not at 100 %, where it still says Printing (#107)", () => {
    const printer_data = { state: { text: "Paused", flags: { paused: true, operational: true } } };
    const paused = at(2, [on, [1, "progress/printing", { ...progress(42), printer_data }]]);
    assert.deepEqual(paused.state, { id: "PAUSED", text: "Paused" });
    const over = at(2, [on, [1, "progress/printing", { ...progress(100), printer_data }]]);
    assert.deepEqual([over.state.id, over.job], [null, null]);
    const offline = { state: { text: "Offline", flags: { closedOrError: true } } };
    const reset = at(2, [on, [1, "progress/printing", { ...progress(0, ""), printer_data: offline }]]);
    assert.deepEqual([reset.availability, reset.state.text], ["printer-offline", "Offline"]);
  });

  it("holds the words of an error until the printer is ready again", () => {
    const failed: readonly Line[] = [
      ...printing,
      [20, "event/PrinterStateChanged", state("ERROR", "Error")],
      [20, "event/Error", { error: "Thermal Runaway", reason: "firmware" }],
      [21, "event/PrinterStateChanged", state("OFFLINE", "Offline")],
      [21, "event/PrintFailed", { ...file, reason: "error", error: "Thermal Runaway" }],
    ];
    assert.equal(at(22, failed).error, "Thermal Runaway");
    assert.equal(
      "error" in at(31, [...failed, [30, "event/PrinterStateChanged", state("CONNECTING", "Connecting")]]),
      false,
    );
  });

  it("knows the last event and when OctoPrint was last heard", () => {
    const { lastEvent, lastSeen } = at(99, [
      ...printing,
      [30, "event/Dwelling", {}],
      tool0(40),
      [50, "plugin/x/y", "z"],
    ]);
    assert.deepEqual([lastEvent, lastSeen], ["Dwelling", begin + 40_000]);
    const ghost = at(1, [stored(0, "event/PrintDone", file, -1000)]);
    assert.deepEqual([ghost.lastEvent, ghost.lastSeen, ghost.job], [null, begin - 1_000_000, null]);
  });
});

describe("what changed", () => {
  const changes = (lines: readonly Line[]) => after(inputsOf(lines)).changed;
  const table: readonly [what: string, lines: readonly Line[], changed: readonly string[]][] = [
    ["the first message", [on], ["availability"]],
    ["the same again", [on, [1, "mqtt", "connected"]], []],
    ["a state", printing.slice(0, 2), ["state", "lastEvent"]],
    ["a job", printing.slice(0, 3), ["state", "job"]],
    ["a progress", [...printing, [20, "progress/printing", progress(5)]], ["job.progress"]],
    ["a temperature", [on, tool0(1)], ["temperatures.tool0"]],
    ["the same temperature", [on, tool0(1), tool0(2)], []],
    [
      "a height",
      [on, [1, "event/ZChange", { new: 0.3, old: null }], [2, "event/ZChange", { new: 0.5, old: 0.3 }]],
      ["z"],
    ],
    ["OctoPrint going away", [...printing, off(60)], ["availability", "state", "job"]],
    ["what others publish", [on, [1, "plugin/x", "y"]], []],
  ];
  for (const [what, lines, changed] of table) it(what, () => assert.deepEqual(changes(lines), changed));

  it("time alone changes nothing, but that it became stale", () => {
    const { model } = after(inputsOf(printing));
    assert.deepEqual(model.tick(begin + 100_000).changed, []);
    assert.deepEqual(model.tick(begin + 900_000).changed, ["availability"]);
  });
});
