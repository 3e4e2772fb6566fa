import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkParameters } from "../../../nodes/octoprint/commands/check-parameters.ts";
import type { Facts } from "../../../nodes/octoprint/commands/command-row.ts";
import { type CommandName, commands } from "../../../nodes/octoprint/commands/commands-table.ts";
import { facts, observed } from "./make.ts";

type Given = Readonly<Record<string, unknown>>;

function planned(way: "api" | "mqtt", name: CommandName, given: Given, known: Facts) {
  const checked = checkParameters(name, given);
  if (!checked.ok) return checked.problem.code;
  const plan = commands[name][way]?.plan(checked.parameters, known);
  if (plan === undefined) return "command-not-over-mqtt";
  if (!plan.ok) return plan.problem.code;
  if ("waitFor" in plan) return `wait: ${plan.waitFor}`;
  return JSON.parse(JSON.stringify(plan.requests));
}

const ready = facts("ready");
const printing = facts("printing");
const paused = facts("paused");
const offline = facts("closed");
const post = (path: string, body: object) => [{ method: "POST", path, body }];
const head = "/api/printer/printhead";
const tool = "/api/printer/tool";

describe("over the API", () => {
  const rows: readonly (readonly [CommandName, Given, Facts, unknown])[] = [
    [
      "start",
      { path: "a b/ü.gcode" },
      ready,
      post("/api/files/local/a%20b/%C3%BC.gcode", { command: "select", print: true }),
    ],
    [
      "start",
      { path: "x.gco", location: "printer" },
      { ...ready, major: 1 },
      post("/api/files/sdcard/x.gco", { command: "select", print: true }),
    ],
    [
      "start",
      { path: "x.gco", location: "printer" },
      { ...ready, major: 2 },
      post("/api/files/printer/x.gco", { command: "select", print: true }),
    ],
    ["start", { path: "../config.yaml" }, ready, "file-path-invalid"],
    ["start", { path: "x.gcode" }, printing, "already-printing"],
    ["start", { path: "x.gcode" }, offline, "printer-offline"],
    ["start", {}, ready, "parameter-missing"],
    ["pause", {}, printing, post("/api/job", { command: "pause", action: "pause" })],
    ["pause", {}, ready, "nothing-printing"],
    ["pause", {}, offline, "printer-offline"],
    ["resume", {}, paused, post("/api/job", { command: "pause", action: "resume" })],
    ["resume", {}, facts("pausing"), "wait: pausing"],
    ["cancel", {}, paused, post("/api/job", { command: "cancel" })],
    ["cancel", {}, ready, "nothing-printing"],
    ["restart", {}, paused, post("/api/job", { command: "restart" })],
    ["restart", {}, printing, "not-paused"],
    [
      "heat",
      { tool0: 210, bed: "60" },
      ready,
      [
        ...post(tool, { command: "target", targets: { tool0: 210 } }),
        ...post("/api/printer/bed", { command: "target", target: 60 }),
      ],
    ],
    ["heat", { tool0: 500 }, ready, "heat-limit"],
    ["heat", { bed: 121 }, ready, "heat-limit"],
    ["heat", { tool0: -1 }, ready, "parameter-range"],
    ["heat", { tool0: true }, ready, "parameter-type"],
    ["heat", { tool0: "hot" }, ready, "parameter-type"],
    ["heat", { tool0: Number.NaN }, ready, "parameter-type"],
    ["heat", { tool0: 20, noz: 1 }, ready, "parameter-unknown"],
    ["heat", {}, ready, "parameter-missing"],
    // With one extruder OctoPrint would heat tool0 instead.
    ["heat", { tool1: 200 }, ready, "heater-missing"],
    ["heat", { chamber: 50 }, ready, "heater-missing"],
    ["heat", { tool0: 210 }, offline, "printer-offline"],
    [
      "preheat",
      { profile: "pla" },
      { ...ready, presets: [{ name: "PLA", extruder: 215, bed: 60, chamber: 40 }] },
      [
        ...post(tool, { command: "target", targets: { tool0: 215 } }),
        ...post("/api/printer/bed", { command: "target", target: 60 }),
      ],
    ],
    [
      "preheat",
      { profile: "off" },
      ready,
      [
        ...post(tool, { command: "target", targets: { tool0: 0 } }),
        ...post("/api/printer/bed", { command: "target", target: 0 }),
      ],
    ],
    ["preheat", { profile: "ABS" }, ready, "preset-unknown"],
    ["home", {}, ready, post(head, { command: "home", axes: ["x", "y", "z"] })],
    ["home", { axes: [] }, ready, post(head, { command: "home", axes: ["x", "y", "z"] })],
    ["home", { axes: ["X"] }, ready, "parameter-choice"],
    ["home", {}, printing, "not-while-printing"],
    // 2.0 refuses it while paused, 1.x does it.
    ["home", {}, paused, "not-while-printing"],
    ["jog", { x: 10, speed: 3000 }, ready, post(head, { command: "jog", x: 10, speed: 3000, absolute: false })],
    ["jog", {}, ready, "parameter-missing"],
    ["jog", { x: 201 }, ready, "too-far"],
    [
      "jog",
      { x: 201 },
      { ...ready, volume: { x: 300, y: 300, z: 400 } },
      post(head, { command: "jog", x: 201, absolute: false }),
    ],
    ["jog", { x: 10, speed: "fast" }, ready, "parameter-type"],
    ["extrude", { amount: -5 }, ready, post(tool, { command: "extrude", amount: -5 })],
    ["extrude", { amount: 101 }, ready, "parameter-range"],
    ["tool", { tool: 0 }, printing, post(tool, { command: "select", tool: "tool0" })],
    ["tool", { tool: 3 }, printing, "heater-missing"],
    ["feedrate", { percent: 110 }, printing, post(head, { command: "feedrate", factor: 110 })],
    ["feedrate", { percent: 105.7 }, printing, "parameter-type"],
    ["feedrate", { percent: 1 }, printing, "parameter-range"],
    ["flowrate", { percent: 95 }, printing, post(tool, { command: "flowrate", factor: 95 })],
    [
      "gcode",
      { lines: "G28\r\nM117 100 %\n" },
      printing,
      post("/api/printer/command", { commands: ["G28", "M117 100 %"] }),
    ],
    ["gcode", { lines: "M117 a\u0000" }, ready, "gcode-character"],
    ["gcode", { lines: Array(501).fill("G0") }, ready, "gcode-too-many"],
    ["gcode", { lines: "x".repeat(201) }, ready, "gcode-too-long"],
    ["gcode", { lines: [1] }, ready, "parameter-type"],
    ["gcode", { lines: "G28\nM112" }, ready, "gcode-emergency"],
    ["gcode", { lines: " \n" }, ready, "parameter-missing"],
    [
      "connect",
      { port: "AUTO", baudrate: 115_200 },
      offline,
      post("/api/connection", { command: "connect", port: "AUTO", baudrate: 115_200 }),
    ],
    ["connect", {}, ready, []],
    ["connect", { port: "COM3" }, { ...ready, connection: { port: "COM1", baudrate: null } }, "already-connected"],
    ["disconnect", {}, ready, post("/api/connection", { command: "disconnect" })],
    ["stop", {}, offline, post("/api/printer/command", { command: "M112" })],
    ["power", { power: true }, offline, post("/api/plugin/psucontrol", { command: "turnPSUOn" })],
    ["power", { power: "off" }, printing, "power-printing"],
    [
      "power",
      { power: "off" },
      facts("ready", { now: observed("ready", { temperatures: { tool0: { actual: 50.1, target: 0 } } }) }),
      "power-hot",
    ],
    ["power", { power: "off", force: true }, printing, post("/api/plugin/psucontrol", { command: "turnPSUOff" })],
    ["power", { power: "toggle" }, ready, "parameter-choice"],
    ["system", { action: "reboot" }, ready, [{ method: "POST", path: "/api/system/commands/core/reboot" }]],
    ["system", { action: "shutdown/../x" }, ready, "parameter-choice"],
    ["select", { path: "a.gcode" }, ready, post("/api/files/local/a.gcode", { command: "select" })],
    [
      "delete",
      { path: "a.gcode" },
      { ...ready, entry: { folder: false } },
      [{ method: "DELETE", path: "/api/files/local/a.gcode" }],
    ],
    ["delete", { path: "parts" }, { ...ready, entry: { folder: true } }, "is-a-folder"],
    ["delete", { path: "a.gcode" }, ready, "file-not-found"],
    ["upload", { filename: "a.gcode" }, ready, "upload-empty"],
    ["upload", { filename: "a.gcode", print: true }, { ...printing, content: Buffer.from("G28") }, "already-printing"],
    [
      "files",
      { folder: "a b", recursive: true },
      ready,
      [{ method: "GET", path: "/api/files/local/a%20b?recursive=true" }],
    ],
    ["files", {}, offline, [{ method: "GET", path: "/api/files" }]],
    ["request", { path: "/api/version" }, ready, [{ method: "GET", path: "/api/version" }]],
    [
      "request",
      { method: "post", path: "/api/job", body: '{"command":"start"}' },
      ready,
      [{ method: "POST", path: "/api/job", body: { command: "start" } }],
    ],
    ["request", { method: "POST", path: "/api/job", body: "start" }, ready, "parameter-type"],
    ["request", { path: "//evil.example/api" }, ready, "request-path"],
    ["request", { path: "/api/../../x" }, ready, "request-path"],
    ["request", { path: "/%2e%2E/x" }, ready, "request-path"],
    ["request", { path: "http://evil.example/" }, ready, "request-path"],
    ["request", { path: "/api/job?apikey=1" }, ready, "request-path"],
    ["state", {}, offline, []],
  ];
  for (const [name, given, known, expected] of rows) {
    it(`${name} ${short(given)} while ${known.now.phase}`, () =>
      assert.deepEqual(planned("api", name, given, known), expected));
  }

  it("uploads a file by its name alone, and never over another one unasked", () => {
    const content = Buffer.from("G28");
    const parameters = { filename: "/home/me/in/ü 1.gcode", folder: "parts", print: true };
    const plan = commands.upload.api?.plan(parameters, { ...ready, content });
    assert.deepEqual(plan, {
      ok: true,
      requests: [
        {
          method: "POST",
          path: "/api/files/local",
          upload: { filename: "ü 1.gcode", content, fields: { path: "parts", print: "true", noOverwrite: "true" } },
        },
      ],
    });
  });
});

describe("over MQTT", () => {
  const say = (control: string, payload: string) => [{ control, payload }];
  const rows: readonly (readonly [CommandName, Given, Facts, unknown])[] = [
    ["pause", {}, printing, say("pause", "True")],
    ["pause", {}, facts(undefined), say("pause", "True")],
    ["pause", {}, ready, "nothing-printing"],
    ["resume", {}, paused, say("pause", "False")],
    ["resume", {}, facts("pausing"), "wait: pausing"],
    ["cancel", {}, printing, say("cancel", "PRESS")],
    [
      "heat",
      { tool0: 210, bed: 60, chamber: 0 },
      { ...ready, heaters: undefined },
      say("commands", '["M104 S210","M140 S60","M141 S0"]'),
    ],
    ["heat", { tool1: 210 }, { ...ready, heaters: undefined }, say("commands", '["M104 T1 S210"]')],
    ["heat", { tool0: 301 }, ready, "heat-limit"],
    ["home", { axes: ["x"] }, ready, say("home", '["x"]')],
    ["home", {}, printing, "not-while-printing"],
    // Without a speed the plugin would take it for a position.
    ["jog", { x: 1 }, ready, say("jog", '{"x":1,"speed":1}')],
    ["jog", { x: 1, absolute: true }, ready, "parameter-not-over-mqtt"],
    ["gcode", { lines: "G28\nG29" }, ready, say("commands", '["G28","G29"]')],
    ["connect", {}, offline, say("connect", "True")],
    ["connect", { port: "COM3" }, offline, "parameter-not-over-mqtt"],
    ["disconnect", {}, ready, say("connect", "False")],
    ["stop", {}, printing, say("stop", "PRESS")],
    ["power", { power: "on" }, offline, say("psu", "True")],
    ["power", { power: "off" }, printing, "power-printing"],
    ["system", { action: "restart" }, ready, say("restart", "PRESS")],
    ["snapshot", {}, ready, say("camera_snapshot", "PRESS")],
    ["start", { path: "a" }, ready, "command-not-over-mqtt"],
    ["state", {}, offline, []],
  ];
  for (const [name, given, known, expected] of rows) {
    it(`${name} ${short(given)} while ${known.now.phase}`, () =>
      assert.deepEqual(planned("mqtt", name, given, known), expected));
  }
});

function short(given: Given): string {
  return JSON.stringify(given).slice(0, 60);
}
