import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodKey } from "../support/octoprint-stand-in.ts";
import { type Ended, startControl } from "./controlling.ts";

/** How it ended, as somebody reads it. */
const wordsOf = (ended: Ended): string => ("text" in ended ? ended.text : "done");
const cube = "cube.gcode";

describe("what a control node says where it does nothing", () => {
  it("tells what is the matter, by the state that the printer is in", async (t) => {
    const { machine, ask } = await startControl(t);
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const cases: readonly (readonly [state: string, msg: object, words: RegExp])[] = [
      ["Offline", { command: "pause" }, /^The printer is offline/],
      ["Offline", { command: "start", payload: cube }, /^The printer is offline/],
      ["Offline", { command: "home" }, /^The printer is offline/],
      ["Operational", { command: "pause" }, /^Nothing is printing/],
      ["Operational", { command: "resume" }, /^Nothing is printing/],
      ["Operational", { command: "cancel" }, /^Nothing is printing/],
      ["Operational", { command: "start", payload: "nowhere.gcode" }, /^There is no file nowhere\.gcode/],
      ["Operational", { command: "select", payload: "nowhere.gcode" }, /^There is no file nowhere\.gcode/],
      ["Operational", { command: "delete", payload: "nowhere.gcode" }, /^There is no file nowhere\.gcode/],
      ["Operational", { command: "heat", payload: { tool0: 500 } }, /^500 °C for tool0 is above the limit of 300 °C/],
      ["Operational", { command: "heat", payload: { bed: 121 } }, /^121 °C for bed is above the limit of 120 °C/],
      ["Operational", { command: "heat", payload: { tool0: -1 } }, /tool0.*0.*-1/],
      ["Operational", { command: "jog", payload: { x: 300 } }, /300 mm/],
      ["Operational", { command: "feedrate", payload: 105.7 }, /percent.*integer.*105\.7/],
      [
        "Operational",
        { command: "gcode", payload: "M117 \u0007" },
        /^Line 1 of the G-code contains a control character/,
      ],
      ["Operational", { command: "restart" }, /^Nothing is printing/],
      ["Printing", { command: "restart" }, /^The print is not paused/],
      ["Printing", { command: "home" }, /^Not in the middle of a print/],
    ];
    for (const [state, msg, words] of cases) {
      // No more than ten a second.
      t.mock.timers.setTime(Date.now() + 1000);
      machine.state = state;
      assert.match(wordsOf(await ask(msg)), words, `${state} ${JSON.stringify(msg)}`);
    }
    assert.deepEqual(
      machine.done.filter(({ path }) => !path.includes("nowhere")),
      [],
    );
  });

  it("says where to tick what a msg may not ask for", async (t) => {
    const { machine, ask } = await startControl(t, { allowed: undefined });
    machine.state = "Printing";
    for (const command of ["start", "cancel", "restart", "gcode", "disconnect", "stop", "power", "system", "delete"]) {
      assert.match(wordsOf(await ask({ command })), /is not allowed to a msg: tick it in “May do”/, command);
    }
    assert.deepEqual(machine.done, []);
  });

  it("takes the key's own words for a key that is wrong, however OctoPrint says so", async (t) => {
    const { machine, ask, octoprint } = await startControl(t);
    machine.state = "Printing";
    octoprint.users.delete(goodKey);
    const standard = "You don't have the permission to access the requested resource.";
    for (const [status, body] of [
      // From 1.3.7 on; from 1.6 on, also to the question who it is; from 1.11 on, to a POST.
      [403, "Invalid API key"],
      [403, { error: standard }],
      [400, { error: "CSRF validation failed" }],
    ] as const) {
      octoprint.intercept = () => ({ status, body });
      assert.match(wordsOf(await ask({ command: "pause" })), /^OctoPrint does not accept the key/, String(status));
    }
  });

  it("says that OctoPrint is starting, and that it cannot be reached", async (t) => {
    const { ask, octoprint } = await startControl(t);
    octoprint.intercept = () => ({ status: 501, body: "<html></html>" });
    assert.match(wordsOf(await ask({ command: "pause" })), /^OctoPrint is starting/);
    await octoprint.stop();
    assert.match(wordsOf(await ask({ command: "pause" })), /^OctoPrint cannot be reached: connection refused/);
  });

  it("says for how long it has waited, and that the printer moves only where it does", async (t) => {
    const { machine, ask } = await startControl(t, { timeout: "1" });
    machine.state = "Printing";
    machine.leads.pause = "Pausing";
    assert.equal(
      wordsOf(await ask({ command: "pause" })),
      "still Pausing after 1 s: the printer finishes its move first.",
    );
    machine.state = "Offline";
    machine.leads.connect = "Connecting";
    assert.equal(wordsOf(await ask({ command: "connect" })), "OctoPrint did not do it within 1 s.");
  });

  it("says that nobody knows, after a request without an answer", async (t) => {
    const { machine, ask, octoprint } = await startControl(t);
    machine.state = "Printing";
    const answer = octoprint.intercept;
    octoprint.intercept = (request) => (request.method === "POST" ? "cut" : answer(request));
    assert.match(wordsOf(await ask({ command: "cancel" })), /it cannot be known whether the request was carried out/);
  });

  it("lets ten wait, and refuses the eleventh", async (t) => {
    const { ask, octoprint, runtime } = await startControl(t);
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    const answer = octoprint.intercept;
    octoprint.intercept = (request) => (request.path === "/api/job" ? "never" : answer(request));
    // The first is under way; of those that wait, six came in the second before.
    runtime.inject("c", { command: "pause" });
    await octoprint.requests.next(({ path }) => path === "/api/job");
    t.mock.timers.setTime(Date.now() + 2000);
    for (let count = 0; count < 6; count++) runtime.inject("c", { command: "files" });
    t.mock.timers.setTime(Date.now() + 2000);
    for (let count = 0; count < 4; count++) runtime.inject("c", { command: "files" });
    assert.match(wordsOf(await ask({ command: "files" })), /^10 commands are already waiting for this printer/);
  });

  it("refuses the eleventh within a second, of those that are done, too", async (t) => {
    const { ask } = await startControl(t);
    t.mock.timers.enable({ apis: ["Date"], now: Date.now() });
    for (let count = 0; count < 10; count++) assert.equal(wordsOf(await ask({ command: "state" })), "done");
    assert.match(wordsOf(await ask({ command: "state" })), /more than 10 commands per second/);
    t.mock.timers.setTime(Date.now() + 1000);
    assert.equal(wordsOf(await ask({ command: "state" })), "done");
  });
});
