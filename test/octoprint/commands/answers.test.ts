import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, test } from "node:test";
import { apiFacts, phaseOfText } from "../../../nodes/octoprint/commands/api-facts.ts";
import { commandNames, commands } from "../../../nodes/octoprint/commands/commands-table.ts";
import { conflictBecause, permissionMissing, refusedBecause } from "../../../nodes/octoprint/commands/refusals.ts";
import { generatedDocs } from "../../support/docs.ts";
import { controlHelp, withCommandRows } from "../../support/docs-commands.ts";
import { observed } from "./make.ts";

test("docs/commands.md is made from the table: node --import tsx test/support/write-docs.ts", () => {
  const page = readFileSync(join(__dirname, "../../../docs/commands.md"), "utf8");
  assert.equal(page, generatedDocs["commands.md"]?.());
});

test("the help has the table's rows in every language: node --import tsx test/support/write-docs.ts", () => {
  for (const file of controlHelp) {
    const help = readFileSync(join(__dirname, "../../..", file), "utf8");
    assert.equal(help, withCommandRows(help), file);
  }
});

test("every command has an example that fits its own rules", () => {
  for (const name of commandNames) {
    for (const parameter of commands[name].parameters.required ?? []) {
      assert.ok(parameter in commands[name].example.parameters, `${name} ${parameter}`);
    }
  }
});

describe("the states of OctoPrint 1.2 to 2.0", () => {
  const rows = {
    Operational: "ready",
    Printing: "printing",
    "Printing from SD": "printing",
    "Sending file to SD": "transfer",
    Pausing: "pausing",
    Paused: "paused",
    Resuming: "resuming",
    Cancelling: "cancelling",
    Finishing: "finishing",
    Starting: "starting",
    Offline: "closed",
    Closed: "closed",
    "Offline (Error: No more candidates to test)": "error",
    "Offline after error": "error",
    "Error: Too many consecutive timeouts": "error",
    Error: "error",
    "Detecting serial connection": "connecting",
    "Opening serial connection": "connecting",
    Connecting: "connecting",
    "Something new": undefined,
  };
  for (const [text, phase] of Object.entries(rows)) it(text, () => assert.equal(phaseOfText(text), phase));
});

describe("what OctoPrint tells", () => {
  it("the job, 1.11 before any selection", () => {
    const body = {
      state: "Operational",
      job: { file: { name: null, path: null, origin: null } },
      progress: { completion: null },
    };
    assert.deepEqual(apiFacts.job.read(body).now?.file, { path: "", name: "", location: "" });
  });
  it("the job, 2.0: an error that is null, a file on the printer's own storage", () => {
    const file = { name: "A.GCO", path: "A.GCO", origin: "printer" };
    const { now } = apiFacts.job.read({
      state: "Paused",
      error: null,
      job: { file },
      progress: { completion: 12.5, printTime: 60 },
    });
    assert.deepEqual(
      [now?.phase, now?.error, now?.file?.location, now?.progress],
      ["paused", undefined, "printer", 12.5],
    );
  });
  it("the files, a folder's children flattened, with times in ms", () => {
    const entry = {
      name: "a.gcode",
      path: "p/a.gcode",
      origin: "local",
      type: "machinecode",
      size: 9,
      date: 1.5,
      prints: { success: 2, failure: 1, last: { date: 3 } },
      gcodeAnalysis: { estimatedPrintTime: 60 },
    };
    const answer = commands.files.answer?.(
      {
        files: [
          { type: "folder", name: "p", children: [entry] },
          { name: "SD.GCO", path: "SD.GCO", origin: "sdcard" },
        ],
      },
      {},
    );
    const none = { size: null, date: null, estimate: null, lastPrint: null, successes: 0, failures: 0 };
    assert.deepEqual(answer, {
      ok: true,
      payload: [
        {
          path: "p/a.gcode",
          name: "a.gcode",
          location: "local",
          size: 9,
          date: 1500,
          estimate: 60,
          lastPrint: 3000,
          successes: 2,
          failures: 1,
        },
        { path: "SD.GCO", name: "SD.GCO", location: "printer", ...none },
      ],
    });
  });
  it("of any other path nothing that is secret", () => {
    const body = {
      api: { key: "SECRET", enabled: true },
      webcam: { snapshotAuthPassword: "SECRET" },
      list: [{ password: "SECRET" }],
    };
    assert.doesNotMatch(JSON.stringify(commands.request.answer?.(body, { path: "/api/settings" })), /SECRET/);
  });
  it("bytes as they are", () => {
    const answer = commands.request.answer?.(Buffer.from([1, 2]), { path: "/downloads/x" });
    assert.deepEqual(answer, { ok: true, payload: Buffer.from([1, 2]) });
  });
  it("an upload that it did not start", () => {
    const reply = { files: { local: { name: "a.gcode", path: "a.gcode", origin: "local" } }, effectivePrint: false };
    const answer = commands.upload.answer?.(reply, { filename: "a.gcode", print: true });
    assert.equal(answer?.ok === false && answer.problem.code, "upload-not-started");
    assert.deepEqual(commands.upload.answer?.(reply, { filename: "a.gcode" }), {
      ok: true,
      payload: { path: "a.gcode", name: "a.gcode", location: "local", printing: false },
    });
  });
});

describe("what a refusal means", () => {
  const because = (name: keyof typeof commands, parameters: object, status: number, reason = "") => {
    const found = refusedBecause(commands[name], { ...parameters }, status, reason);
    return found === undefined ? undefined : "ask" in found ? found.ask : found.problem.code;
  };
  it("404: the file, the plugin, the system command", () => {
    assert.equal(because("start", { path: "a" }, 404), "file-not-found");
    assert.equal(because("power", { power: "on" }, 400, "No such plugin"), "plugin-missing");
    assert.equal(because("system", { action: "reboot" }, 404), "system-not-configured");
    assert.equal(because("pause", {}, 404), undefined);
  });
  it("409: the printer is offline, or it does not fit", () => {
    assert.equal(because("pause", {}, 409), "job");
    assert.equal(conflictBecause(commands.pause, {}, observed("closed"))?.code, "printer-offline");
    assert.equal(conflictBecause(commands.pause, {}, observed("ready"))?.code, "nothing-printing");
    assert.equal(conflictBecause(commands.stop, {}, observed("closed"))?.code, "stop-impossible");
  });
  it("403: the permission by its name", () => {
    assert.equal(because("pause", {}, 403), "permissions");
    assert.equal(permissionMissing(commands.pause, ["STATUS"], "me").permission, "Print");
    assert.equal(permissionMissing(commands.pause, undefined, "me").permission, "Status, Print");
  });
  it("415: no file to print", () => assert.equal(because("select", { path: "a.stl" }, 415), "not-machine-code"));
});
