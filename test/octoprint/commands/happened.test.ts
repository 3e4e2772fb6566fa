import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Verdict } from "../../../nodes/octoprint/commands/command-row.ts";
import { type CommandName, commands } from "../../../nodes/octoprint/commands/commands-table.ts";
import type { Observed } from "../../../nodes/octoprint/commands/observed.ts";
import type { Phase } from "../../../nodes/octoprint/tracking/observation.ts";
import { observed } from "./make.ts";

/** What is said of a command at each step of what the printer does, until it is decided. */
function story(
  name: CommandName,
  parameters: object,
  before: Observed,
  steps: readonly Observed[],
  targets = {},
): string[] {
  const phases = new Set<Phase>();
  const said: string[] = [];
  for (const now of steps) {
    if (now.phase !== undefined) phases.add(now.phase);
    const verdict: Verdict =
      commands[name].happened?.judge({ ...parameters }, { before, now, phases, targets }) ?? "yes";
    said.push(typeof verdict === "string" ? verdict : verdict.code);
    if (verdict !== "no") break;
  }
  return said;
}

const phases = (...names: Phase[]): Observed[] => names.map((name) => observed(name));
const printing = observed("printing");
const file = { path: "a.gcode", name: "a.gcode", location: "local" };

describe("a command has happened when the printer says so", () => {
  const rows: readonly (readonly [string, string[], string[]])[] = [
    ["pause", story("pause", {}, printing, phases("printing", "pausing", "paused")), ["no", "no", "yes"]],
    [
      "pause, the print ends first",
      story("pause", {}, printing, phases("printing", "finishing", "ready")),
      ["no", "no", "print-over"],
    ],
    ["pause, the printer goes", story("pause", {}, printing, phases("error")), ["printer-offline"]],
    ["resume", story("resume", {}, observed("paused"), phases("paused", "resuming", "printing")), ["no", "no", "yes"]],
    ["cancel", story("cancel", {}, printing, phases("cancelling", "ready")), ["no", "yes"]],
    [
      "restart",
      story("restart", {}, observed("paused"), [observed("paused"), observed("printing", { printTime: 0 })]),
      ["no", "yes"],
    ],
    [
      "start",
      story("start", { path: "a.gcode" }, observed("ready"), [observed("ready"), observed("starting", { file })]),
      ["no", "yes"],
    ],
    [
      "start, over at once",
      story("start", { path: "a.gcode" }, observed("ready"), [
        observed("ready", { file, progress: 100, printTime: 1 }),
      ]),
      ["yes"],
    ],
    [
      "start, printed before",
      story("start", { path: "a.gcode" }, observed("ready", { file, progress: 100, printTime: 9 }), [
        observed("ready", { file, progress: 100, printTime: 9 }),
      ]),
      ["no"],
    ],
    ["connect", story("connect", {}, observed("closed"), phases("closed", "connecting", "ready")), ["no", "no", "yes"]],
    [
      "connect fails",
      story("connect", {}, observed("error"), phases("error", "connecting", "error")),
      ["no", "no", "connect-failed"],
    ],
    ["disconnect", story("disconnect", {}, printing, phases("ready", "closed")), ["no", "yes"]],
    [
      "power",
      story("power", { power: "on" }, observed("closed"), [observed("closed"), observed("closed", { powered: true })]),
      ["no", "yes"],
    ],
    [
      "heat",
      story(
        "heat",
        {},
        printing,
        [printing, observed("printing", { temperatures: { bed: { actual: 20, target: 60 } } })],
        { bed: 60 },
      ),
      ["no", "yes"],
    ],
    [
      "heat, off already",
      story("heat", {}, printing, [observed("printing", { temperatures: { tool0: { actual: 200, target: null } } })], {
        tool0: 0,
      }),
      ["yes"],
    ],
    [
      "upload and print",
      story("upload", { print: true }, observed("ready"), phases("ready", "printing")),
      ["no", "yes"],
    ],
  ];
  for (const [name, said, expected] of rows) it(name, () => assert.deepEqual(said, expected));
});
