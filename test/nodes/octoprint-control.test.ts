import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { goodKey } from "../support/octoprint-stand-in.ts";
import { asking, controlNode, type Ended, startControl } from "./controlling.ts";
import { connected } from "./flow.ts";
import { serverPrinter, startServer } from "./octoprint.ts";

const codeOf = (ended: Ended): string => ("code" in ended ? ended.code : "done");
const textOf = (ended: Ended): string => ("text" in ended ? ended.text : "");
const printing = "Printing";

for (const version of ["1.3.12", "1.11.8", "2.0.0rc7"]) {
  describe(`OctoPrint ${version}`, () => {
    it("does each command of a print, and the msg goes on when it has happened", async (t) => {
      const { machine, ask } = await startControl(t, {}, { standIn: { version } });
      const steps: readonly (readonly [object, string])[] = [
        [{ command: "start", payload: "cube.gcode" }, printing],
        [{ command: "pause" }, "Paused"],
        [{ command: "resume" }, printing],
        [{ command: "pause" }, "Paused"],
        [{ command: "restart" }, "Starting"],
        [{ command: "cancel" }, "Operational"],
        [{ command: "disconnect" }, "Offline"],
        [{ command: "connect" }, "Operational"],
      ];
      for (const [msg, state] of steps) {
        const ended = await ask(msg);
        assert.deepEqual([codeOf(ended), machine.state], ["done", state], `${JSON.stringify(msg)} ${textOf(ended)}`);
      }
    });

    it("says why it does not", async (t) => {
      const { machine, ask, octoprint } = await startControl(t, {}, { standIn: { version } });
      const expect = async (state: string, msg: object, code: string): Promise<void> => {
        machine.state = state;
        const ended = await ask(msg);
        assert.equal(codeOf(ended), code, `${state} ${JSON.stringify(msg)} ${textOf(ended)}`);
      };
      await expect("Operational", { command: "pause" }, "nothing-printing");
      await expect("Offline", { command: "pause" }, "printer-offline");
      await expect("Offline (Error: gone)", { command: "heat", payload: { bed: 60 } }, "printer-offline");
      await expect("Operational", { command: "start", payload: "nowhere.gcode" }, "file-not-found");
      await expect("Offline", { command: "stop" }, "stop-impossible");
      await expect(printing, { command: "start", payload: "cube.gcode" }, "already-printing");
      await expect(printing, { command: "power", payload: "on" }, "plugin-missing");
      await expect(printing, { command: "system", payload: "reboot" }, "system-not-configured");
      octoprint.users.clear();
      await expect(printing, { command: "pause" }, "key-refused");
    });
  });
}

describe("octoprint-control", () => {
  it("answers in our own words", async (t) => {
    const { machine, ask } = await startControl(t);
    machine.file = "cube.gcode";
    machine.state = printing;
    const state = await ask({ command: "state" });
    assert.ok("msg" in state);
    const { payload, printer, command } = state.msg;
    const { finishesAt, lastSeen, ...known } = Object(payload);
    assert.deepEqual([printer, command], ["Prusa", "state"]);
    assert.equal(known.statusText, "Printing");
    assert.equal(known.availability, "online");
    assert.equal(known.job.timeLeftText, "7 min");
    const files = await ask({ command: "files" });
    assert.ok("msg" in files && Array.isArray(files.msg.payload));
    assert.deepEqual(
      files.msg.payload.map((row) => [row.path, row.location]),
      [
        ["cube.gcode", "local"],
        ["parts/cube.gcode", "local"],
      ],
    );
    machine.state = "Operational";
    const job = await ask({ command: "job", payload: "kept?" });
    assert.ok("msg" in job);
    assert.equal(job.msg.payload, null);
  });

  it("uploads and prints what is in msg.payload", async (t) => {
    const { machine, ask } = await startControl(t);
    const ended = await ask({ command: "upload", payload: "G28\n", filename: "/in/new.gcode", print: true });
    assert.ok("msg" in ended, textOf(ended));
    assert.deepEqual(ended.msg.payload, { path: "new.gcode", name: "new.gcode", location: "local", printing: true });
    assert.equal(machine.state, printing);
    machine.state = "Operational";
    assert.equal(codeOf(await ask({ command: "upload", payload: "G28", filename: "new.gcode" })), "file-exists");
  });

  it("waits until the printer has paused, says so meanwhile, and gives up in the end", async (t) => {
    const { machine, ask, runtime } = await startControl(t, { timeout: "0.3" });
    await runtime.status("c", connected);
    machine.state = printing;
    machine.leads.pause = "Pausing";
    const ended = await ask({ command: "pause" });
    assert.equal(codeOf(ended), "still-waiting");
    assert.match(textOf(ended), /still Pausing/);
    await runtime.status("c", /Pausing/);
    machine.state = "Pausing";
    const resumed = ask({ command: "resume" });
    machine.state = "Paused";
    assert.equal(codeOf(await resumed), "done");
  });

  it("shows what came of it", async (t) => {
    const { machine, ask, runtime } = await startControl(t);
    await runtime.status("c", connected);
    machine.state = printing;
    await ask({ command: "pause" });
    await runtime.status("c", "paused");
    machine.state = "Operational";
    await ask({ command: "pause" });
    await runtime.status("c", "refused: nothing is printing");
  });

  it("refuses what a msg may not ask for", async (t) => {
    const { machine, ask } = await startControl(t, { allowed: ["pause", "upload"], maxAge: "10" });
    machine.state = printing;
    assert.equal(codeOf(await ask({ command: "cancel" })), "command-not-allowed");
    assert.equal(codeOf(await ask({ command: "explode" })), "command-unknown");
    assert.equal(codeOf(await ask({})), "command-missing");
    assert.equal(codeOf(await ask({ command: "pause", timestamp: Date.now() - 11_000 })), "command-too-old");
    assert.equal(
      codeOf(await ask({ command: "upload", payload: "G28", filename: "n.gcode", print: true })),
      "command-not-allowed",
    );
    assert.deepEqual(machine.done, []);
  });

  it("takes no marked command from a retained message", async (t) => {
    const { machine, ask } = await startControl(t);
    machine.state = printing;
    assert.equal(codeOf(await ask({ command: "cancel", retain: true })), "command-retained");
    assert.equal(codeOf(await ask({ command: "pause", retain: true })), "done");
    const file = { command: "upload", payload: "G28", filename: "new.gcode", retain: true };
    assert.equal(codeOf(await ask({ ...file, print: true })), "command-retained");
    assert.equal(codeOf(await ask(file)), "done");
  });

  it("takes its parameters from the node first, whatever the msg is about", async (t) => {
    const parameters = { tool0: { value: "200", type: "num" }, bed: { value: "wanted", type: "msg" } };
    const { machine, ask } = await startControl(t, { command: "heat", parameters });
    const ended = await ask({ payload: { outcome: "done" }, wanted: 60 });
    assert.equal(codeOf(ended), "done", textOf(ended));
    assert.deepEqual(machine.targets, { tool0: 200, bed: 60 });
    assert.equal(codeOf(await ask({ payload: {}, wanted: 500 })), "heat-limit");
  });

  for (const [number, truth] of [
    ["num", "bool"],
    ["str", "str"],
  ]) {
    it(`takes a number and a truth that are stored as ${number} and ${truth}`, async (t) => {
      const parameters = { z: { value: "50", type: number }, absolute: { value: "true", type: truth } };
      const { machine, ask } = await startControl(t, { command: "jog", parameters });
      assert.equal(codeOf(await ask({})), "done");
      assert.deepEqual(machine.done.at(-1)?.body, { command: "jog", z: 50, absolute: true });
    });
  }

  it("does one command after the other, sends only the newest target, and takes ten at most", async (t) => {
    const { machine, ask, octoprint } = await startControl(t);
    const answer = octoprint.intercept;
    let hold = true;
    octoprint.intercept = (request) => (hold && request.path === "/api/job" ? "never" : answer(request));
    const first = ask({ command: "pause" });
    await octoprint.requests.next(({ path }) => path === "/api/job");
    const heats = [100, 110, 120].map((tool0) => ask({ command: "heat", payload: { tool0 } }));
    assert.deepEqual((await Promise.all(heats.slice(0, 2))).map(codeOf), ["command-replaced", "command-replaced"]);
    const others = Array.from({ length: 7 }, () => ask({ command: "files" }));
    assert.equal(codeOf(await (others[6] ?? first)), "commands-too-fast");
    hold = false;
    octoprint.intercept = answer;
    assert.deepEqual(machine.done, []);
  });

  it("does one command after the other, also where two printer nodes name one OctoPrint", async (t) => {
    const other = { id: "c2", z: "tab", type: "octoprint-control", printer: "p2", command: "files", timeout: "0.2" };
    const nodes = [...controlNode({ command: "pause" }), serverPrinter({ id: "p2", name: "The same" }), other];
    const { octoprint, runtime } = await startServer(t, nodes);
    octoprint.intercept = ({ path }) => (path === "/api/job" ? "never" : undefined);
    void asking(runtime)({});
    await octoprint.requests.next(({ path }) => path === "/api/job");
    assert.equal(codeOf(await asking(runtime, "c2")({})), "command-not-sent");
  });

  it("lets an emergency stop pass, and says it twice where there is no answer", async (t) => {
    const { machine, ask, octoprint } = await startControl(t);
    const answer = octoprint.intercept;
    octoprint.intercept = (request) => (request.path === "/api/job" ? "never" : answer(request));
    void ask({ command: "pause" });
    await octoprint.requests.next(({ path }) => path === "/api/job");
    assert.equal(codeOf(await ask({ command: "stop" })), "done");
    let cut = 0;
    octoprint.intercept = (request) =>
      request.path === "/api/printer/command" && cut++ === 0 ? "cut" : answer(request);
    assert.equal(codeOf(await ask({ command: "stop" })), "done");
    assert.deepEqual(
      machine.done.map(({ body }) => body),
      [{ command: "M112" }, { command: "M112" }],
    );
  });

  it("never repeats another command: nobody knows whether it was carried out", async (t) => {
    const { ask, machine, octoprint } = await startControl(t);
    machine.state = printing;
    const answer = octoprint.intercept;
    let posts = 0;
    octoprint.intercept = (request) => {
      if (request.method !== "POST" || request.path !== "/api/job") return answer(request);
      posts++;
      return "cut";
    };
    assert.equal(codeOf(await ask({ command: "cancel" })), "outcome-unknown");
    assert.equal(posts, 1);
  });

  it("says which permission the key lacks", async (t) => {
    const { ask, machine, octoprint } = await startControl(t);
    machine.state = printing;
    octoprint.users.set(goodKey, { name: "rita", permissions: ["STATUS"] });
    const answer = octoprint.intercept;
    octoprint.intercept = (request) =>
      request.method === "POST" ? { status: 403, body: { error: "no" } } : answer(request);
    const ended = await ask({ command: "pause" });
    assert.equal(codeOf(ended), "permission-missing");
    assert.match(textOf(ended), /rita.*Print/);
  });

  it("ends what is open in an error when the node goes", async (t) => {
    const { machine, octoprint, runtime } = await startControl(t);
    machine.state = printing;
    machine.leads.pause = "Pausing";
    const msg = runtime.inject("c", { command: "pause" });
    await octoprint.requests.next(({ method, path }) => method === "POST" && path === "/api/job");
    await runtime.unload();
    const { error } = await runtime.completions.next((completion) => completion.msg === msg);
    assert.match(String(error?.message), /cannot be known/);
  });

  it("takes pictures: JPEG by its first bytes, one at a time, through OctoPrint not too often", async (t) => {
    const { ask, octoprint } = await startControl(t);
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2]);
    const answer = octoprint.intercept;
    let picture: Buffer = jpeg;
    octoprint.intercept = (request) =>
      request.path === "/downloads/camera/current" ? { status: 200, body: picture } : answer(request);
    const taken = await ask({ command: "snapshot" });
    assert.ok("msg" in taken, textOf(taken));
    assert.deepEqual([taken.msg.payload, taken.msg.contentType, taken.msg.flipH], [jpeg, "image/jpeg", true]);
    assert.equal(codeOf(await ask({ command: "snapshot" })), "snapshot-too-soon");
    picture = Buffer.from("<html>");
  });

  it("lets no secret out of OctoPrint's settings", async (t) => {
    const { ask } = await startControl(t);
    const ended = await ask({ command: "request", payload: { path: "/api/settings" } });
    assert.ok("msg" in ended, textOf(ended));
    assert.doesNotMatch(JSON.stringify(ended.msg), /SECRET/);
  });
});
