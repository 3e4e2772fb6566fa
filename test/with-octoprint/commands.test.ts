import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { CommandQueue } from "../../nodes/octoprint/commands/command-queue.ts";
import { isPrinter } from "../../nodes/octoprint-printer/printer-node.ts";
import { fieldsOf } from "../../nodes/server/json.ts";
import { controlNode, type Ended, everything } from "../nodes/controlling.ts";
import { tab } from "../nodes/flow.ts";
import { serverNode, serverPrinter } from "../nodes/octoprint.ts";
import { type Scope, ScriptScope } from "../support/cleanup.ts";
import { dwell, type OctoPrint, startOctoPrint, withoutOctoPrint } from "../support/octoprint.ts";
import { octoPrintVersions } from "../support/octoprint-install.ts";
import { loadFlow, type Runtime } from "../support/runtime.ts";

/** A flow with a control node that may do everything; every command is a msg. */
async function startFlow(scope: Scope, octoPrint: OctoPrint, key: keyof OctoPrint["keys"]): Promise<Runtime> {
  const flow = [
    tab,
    serverNode(octoPrint.url),
    serverPrinter(),
    ...controlNode({ allowed: everything, timeout: "15" }),
  ];
  const runtime = await loadFlow(scope, flow, { credentials: { s: { apiKey: octoPrint.keys[key] } } });
  const printer = runtime.node("p");
  assert.ok(isPrinter(printer));
  // Time flies for it: here are more than ten commands a second.
  let clock = 0;
  const queue = new CommandQueue(() => {
    clock += 1000;
    return clock;
  });
  printer.commandQueue = () => queue;
  return runtime;
}

async function ask({ send }: Runtime, msg: object): Promise<Ended> {
  const { error, msg: ended } = await send("c", msg);
  if (error === undefined) return { msg: ended };
  return { code: "code" in error ? String(error.code) : "", text: error.message };
}

for (const version of octoPrintVersions) {
  describe(`commands to OctoPrint ${version} itself`, { skip: withoutOctoPrint(version) }, () => {
    let octoPrint: OctoPrint;
    let scope: ScriptScope;
    before(async () => {
      scope = new ScriptScope();
      octoPrint = await startOctoPrint(scope, version);
    });
    after(() => scope.end());

    const job = async () => fieldsOf(await octoPrint.request("GET", "api/job"));
    const state = async () => String((await job()).state);
    const target = async (heater: string) => {
      const { temperature } = fieldsOf(await octoPrint.request("GET", "api/printer"));
      return fieldsOf(fieldsOf(temperature)[heater]).target;
    };

    test("each command happens, and OctoPrint says so as soon as the msg goes on", async (t) => {
      const runtime = await startFlow(t, octoPrint, "user");
      const done = async (msg: object): Promise<unknown> => {
        const ended = await ask(runtime, msg);
        assert.ok("msg" in ended, `${JSON.stringify(msg)}: ${JSON.stringify(ended)}`);
        return ended.msg.payload;
      };
      const refused = async (msg: object, code: string): Promise<void> => {
        const ended = await ask(runtime, msg);
        assert.equal("code" in ended && ended.code, code, JSON.stringify(ended));
      };

      await refused({ command: "pause" }, "printer-offline");
      await refused({ command: "stop" }, "stop-impossible");
      await done({ command: "connect", payload: { port: "VIRTUAL" } });
      assert.equal(await state(), "Operational");
      await done({ command: "connect" });
      await refused({ command: "connect", payload: { port: "COM9" } }, "already-connected");

      const file = { filename: "job.gcode", payload: dwell(60) };
      const stored = fieldsOf(await done({ command: "upload", ...file }));
      assert.deepEqual([stored.path, stored.location, stored.printing], ["job.gcode", "local", false]);
      await refused({ command: "upload", ...file }, "file-exists");
      await refused({ command: "upload", ...file, filename: "job.exe" }, "not-machine-code");
      const files = await done({ command: "files" });
      assert.deepEqual(Array.isArray(files) && files.map(({ path }) => path), ["job.gcode"]);
      await done({ command: "select", payload: "job.gcode" });
      assert.equal(fieldsOf(fieldsOf((await job()).job).file).path, "job.gcode");

      await refused({ command: "pause" }, "nothing-printing");
      await refused({ command: "start", payload: "nowhere.gcode" }, "file-not-found");
      await done({ command: "start", payload: "job.gcode" });
      assert.match(await state(), /^(Starting|Printing)/);
      await refused({ command: "start", payload: "job.gcode" }, "already-printing");
      await refused({ command: "home" }, "not-while-printing");
      await refused({ command: "delete", payload: "job.gcode" }, "file-in-use");
      await done({ command: "feedrate", payload: 110 });
      await done({ command: "flowrate", payload: 95 });
      const told = fieldsOf(await done({ command: "state" }));
      assert.deepEqual([told.availability, fieldsOf(told.job).name], ["online", "job.gcode"]);
      assert.equal(fieldsOf(await done({ command: "job" })).path, "job.gcode");

      await done({ command: "pause" });
      assert.equal(await state(), "Paused");
      await done({ command: "pause" });
      await refused({ command: "home" }, "not-while-printing");
      await done({ command: "resume" });
      assert.equal(await state(), "Printing");
      await done({ command: "resume" });
      await done({ command: "pause" });
      // 2.0.0rc7 answers 204 and stays paused: only waiting tells.
      if (version === "2.0.0rc7") await refused({ command: "restart" }, "not-happened");
      else await done({ command: "restart" });
      assert.match(await state(), version === "2.0.0rc7" ? /^Paused/ : /^(Starting|Printing)/);
      await done({ command: "cancel" });
      assert.equal(await state(), "Operational");
      await refused({ command: "cancel" }, "nothing-printing");

      await done({ command: "heat", payload: { tool0: 50, bed: 40 } });
      assert.deepEqual([await target("tool0"), await target("bed")], [50, 40]);
      await refused({ command: "heat", payload: { tool0: 500 } }, "heat-limit");
      await refused({ command: "heat", payload: { tool1: 50 } }, "heater-missing");
      await done({ command: "preheat", payload: "off" });
      assert.deepEqual([await target("tool0"), await target("bed")], [0, 0]);
      await refused({ command: "preheat", payload: "Unobtainium" }, "preset-unknown");
      await done({ command: "home" });
      await done({ command: "jog", payload: { x: 1, speed: 3000 } });
      await refused({ command: "jog", payload: { x: 100_000 } }, "too-far");
      await done({ command: "extrude", payload: 1 });
      await done({ command: "tool", payload: 0 });
      await done({ command: "gcode", payload: "M117 Hello\nM400" });
      assert.equal(fieldsOf(await done({ command: "request", payload: "/api/version" })).server, version);
      await refused({ command: "power", payload: "on" }, "plugin-missing");
      await refused({ command: "snapshot" }, "snapshot-unavailable");
      await refused({ command: "snapshot" }, "snapshot-failed-lately");
      await refused({ command: "system", payload: "reboot" }, "permission-missing");

      await done({ command: "delete", payload: "job.gcode" });
      await refused({ command: "delete", payload: "job.gcode" }, "file-not-found");
      await done({ command: "stop" });
      await octoPrint.state(/^(Offline|Error)/);
      await done({ command: "connect" });
      await done({ command: "disconnect" });
      assert.equal(await state(), "Offline");
    });

    for (const [key, text] of [
      ["readonly", /rita.*Control/],
      ["nothing", /nemo.*Status/],
    ] as const) {
      test(`a key that may do ${key}: the permission that is missing, by its name`, async (t) => {
        const runtime = await startFlow(t, octoPrint, key);
        await octoPrint.connectPrinter();
        const ended = await ask(runtime, { command: "heat", payload: { bed: 40 } });
        assert.ok("code" in ended);
        assert.equal(ended.code, "permission-missing");
        assert.match(ended.text, text);
      });
    }
  });
}
