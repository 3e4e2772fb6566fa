import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deriveEvents, type Polled } from "../../nodes/server/derive-events.ts";
import { goodKey, idleJob, type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { kindOf, openPush } from "./connecting.ts";

const file = { name: "benchy.gcode", path: "boats/benchy.gcode", origin: "local", size: 12, date: 1 };

function printing(completion: number, state = "Printing"): object {
  return { job: { file, user: "kay" }, progress: { completion, printTime: 7, printTimeLeft: 3 }, state };
}

const hotPrinter = {
  state: { text: "Printing", flags: { printing: true, operational: true } },
  temperature: { tool0: { actual: 200.1, target: 200, offset: 0 }, bed: { actual: 60, target: 60, offset: 0 } },
};

describe("where no websocket comes through, REST is polled, and that is said", () => {
  const proxies: readonly [string, StandIn["upgrade"]][] = [
    ["answers 400", 400],
    ["answers 404", 404],
    ["answers 200 with a page", 200],
    ["answers 403", 403],
    ["answers 426", 426],
    ["answers nothing", "swallow"],
  ];
  for (const [what, upgrade] of proxies) {
    test(`a proxy that ${what}`, async (t) => {
      const standIn = await startStandIn(t, { upgrade: upgrade ?? 400 });
      const pushed = openPush(t, standIn.url, { times: { handshake: 50 } });
      const { problem, session } = await pushed.phase("connected");
      assert.deepEqual(problem, { code: "no-websocket" });
      assert.deepEqual([session?.polled, session?.version, session?.user.name], [true, "1.11.8", "kay"]);
      assert.equal(kindOf(await pushed.frames.next()), "history");
      assert.equal(kindOf(await pushed.frames.next()), "current");
    });
  }

  test("a websocket on which OctoPrint does not say a word", async (t) => {
    const standIn = await startStandIn(t);
    standIn.silent = true;
    const pushed = openPush(t, standIn.url, { times: { auth: 30 } });
    assert.equal((await pushed.phase("connected")).problem?.code, "push-silent");
  });

  test("a user name with a colon, which no auth can hold", async (t) => {
    const standIn = await startStandIn(t);
    standIn.users.set(goodKey, { name: "a:b", permissions: ["STATUS"] });
    assert.equal((await openPush(t, standIn.url).phase("connected")).problem?.code, "session-refused");
  });

  test("too many wrong logins from this address: REST works with the key meanwhile", async (t) => {
    const standIn = await startStandIn(t);
    standIn.intercept = ({ path }) => (path === "/api/login" ? { status: 429, body: { error: "x" } } : undefined);
    const pushed = openPush(t, standIn.url, { times: { locked: [50] } });
    assert.equal((await pushed.phase("connected")).problem?.code, "too-many-logins");
    standIn.intercept = () => undefined;
    await pushed.states.next(({ session }) => session?.polled === false);
    assert.equal(pushed.connection.state.problem, undefined);
  });

  test("the socket is tried for from time to time, and polling goes on meanwhile", async (t) => {
    const standIn = await startStandIn(t, { upgrade: 400 });
    const pushed = openPush(t, standIn.url, { times: { pollRetry: [20] } });
    await pushed.phase("connected");
    await standIn.requests.next(({ path }) => path === "/api/currentuser");
    await standIn.requests.next(({ path }) => path === "/api/currentuser");
    assert.equal(pushed.connection.state.phase, "connected");
    standIn.upgrade = undefined;
    await pushed.states.next(({ session }) => session?.polled === false);
    assert.ok(pushed.states.items.every(({ phase }) => phase !== "disconnected"));
  });

  test("OctoPrint goes, too: then there is no connection, and why", async (t) => {
    const standIn = await startStandIn(t, { upgrade: 400 });
    const pushed = openPush(t, standIn.url);
    await pushed.phase("connected");
    await standIn.stop();
    const { problem } = await pushed.phase("disconnected");
    assert.match(problem?.code ?? "", /^octoprint-(refused|reset)$/);
    await standIn.start();
    await pushed.phase("connected");
  });

  test("no printer: OctoPrint is not asked for its temperatures", async (t) => {
    const standIn = await startStandIn(t, { upgrade: 400 });
    standIn.job = { ...idleJob, state: "Offline (Error: no)" };
    const pushed = openPush(t, standIn.url);
    const { history } = await pushed.frames.next();
    assert.deepEqual(history && typeof history === "object" && "temps" in history && history.temps, []);
    assert.match(JSON.stringify(history), /"closedOrError":true,"error":true/);
    assert.ok(standIn.requests.items.every(({ path }) => !path.startsWith("/api/printer")));
  });

  test("409 of a printer that has just gone is a state, no error", async (t) => {
    const standIn = await startStandIn(t, { upgrade: 400 });
    standIn.job = idleJob;
    const pushed = openPush(t, standIn.url);
    await pushed.frames.next((frame) => "current" in frame);
    assert.equal(pushed.connection.state.phase, "connected");
  });

  test("a print: its progress, its temperatures, its events", async (t) => {
    const standIn = await startStandIn(t, { upgrade: 400 });
    standIn.job = idleJob;
    standIn.printer = hotPrinter;
    const pushed = openPush(t, standIn.url);
    await pushed.frames.next((frame) => "history" in frame);
    standIn.job = printing(42.5);
    const changed = await pushed.frames.next((frame) => "event" in frame);
    assert.deepEqual(changed, {
      event: {
        type: "PrinterStateChanged",
        payload: { state_id: "PRINTING", state_string: "Printing", derived: true },
      },
    });
    const started = await pushed.frames.next((frame) => "event" in frame);
    const { date: _date, ...job } = file;
    const payload = { ...job, owner: "kay", user: "kay", derived: true };
    assert.deepEqual(started, { event: { type: "PrintStarted", payload } });
    const { current } = await pushed.frames.next((frame) => JSON.stringify(frame).includes("42.5"));
    assert.ok(current && typeof current === "object" && "temps" in current && Array.isArray(current.temps));
    const { time, ...temperatures } = current.temps[0];
    assert.deepEqual(temperatures, hotPrinter.temperature);
    assert.ok(Number.isInteger(time));
    standIn.job = { ...printing(100), state: "Operational" };
    await pushed.frames.next((frame) => kindOf(frame) === "event:PrintDone");
  });
});

describe("what must have happened between two rounds", () => {
  const at = (text: string, completion: number | null = 50, path = "a.gcode"): Polled => ({
    text,
    error: text.includes("rror") ? "boom" : null,
    file: { name: path, path, origin: "local", size: 1 },
    user: null,
    progress: { completion, printTime: 7 },
  });

  const stories: readonly [string, Polled, Polled, string[]][] = [
    ["nothing", at("Operational"), at("Operational"), []],
    ["a percent more", at("Printing", 1), at("Printing", 2), []],
    ["started", at("Operational"), at("Printing"), ["PrinterStateChanged", "PrintStarted"]],
    ["started while it heats", at("Operational"), at("Starting"), ["PrinterStateChanged", "PrintStarted"]],
    ["started from SD", at("Operational"), at("Printing from SD"), ["PrinterStateChanged", "PrintStarted"]],
    ["pausing", at("Printing"), at("Pausing"), ["PrinterStateChanged"]],
    ["paused", at("Pausing"), at("Paused"), ["PrinterStateChanged", "PrintPaused"]],
    ["resumed", at("Paused"), at("Printing"), ["PrinterStateChanged", "PrintResumed"]],
    ["done", at("Printing", 99), at("Operational", 100), ["PrinterStateChanged", "PrintDone"]],
    ["cancelled", at("Printing"), at("Operational", null), ["PrinterStateChanged", "PrintCancelled", "PrintFailed"]],
    ["failed", at("Printing"), at("Offline after error", null), ["PrinterStateChanged", "PrintFailed"]],
    ["failed before 1.6", at("Printing"), at("Offline (Error: boom)", null), ["PrinterStateChanged", "PrintFailed"]],
    ["unplugged", at("Operational"), at("Offline"), ["PrinterStateChanged"]],
    ["another print, too fast to be seen ending", at("Printing"), at("Printing", 1, "b.gcode"), ["PrintStarted"]],
    ["sent to SD, which is no print", at("Operational"), at("Sending file to SD"), ["PrinterStateChanged"]],
    ["a state that nobody knows", at("Operational"), at("Dreaming"), ["PrinterStateChanged"]],
  ];
  for (const [what, before, now, events] of stories) {
    test(what, () => {
      const frames = deriveEvents(before, now);
      assert.deepEqual(
        frames.map((frame) => kindOf(frame).replace("event:", "")),
        events,
      );
      for (const frame of frames) assert.match(JSON.stringify(frame), /"derived":true/);
    });
  }

  test("why a print has failed", () => {
    const [, failed] = deriveEvents(at("Printing"), at("Offline after error", null));
    assert.match(JSON.stringify(failed), /"time":7,"reason":"error","error":"boom"/);
  });
});
