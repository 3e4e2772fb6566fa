import assert from "node:assert/strict";
import { test } from "node:test";
import { goodKey, type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { startNodeRed } from "../support/process.ts";
import { run, shows } from "./example.ts";

const event = (type: string, payload: unknown = null) => ({ event: { type, payload } });
const job = { name: "Benchy.gcode", path: "Benchy.gcode", origin: "local" };

const reached = ({ url }: StandIn) => ({ url, apiKey: goodKey });

test("the examples with OctoPrint itself", async (t) => {
  const nodeRed = await startNodeRed(t);

  await t.test("without the plugin: the state at once, then progress and the end of a print", async (t) => {
    const octoprint = await startStandIn(t);
    octoprint.history = {
      state: { text: "Printing", flags: { operational: true, printing: true } },
      job: { file: job },
      progress: { completion: 41.7 },
    };
    const example = await run(t, nodeRed, "OctoPrint itself/OctoPrint without the plugin", 1, reached(octoprint));
    assert.equal((await shows(example, "percent")).msg, "42");
    await shows(example, "the printer's state");
    octoprint.push(event("PrintDone", { ...job, time: 61 }));
    assert.match((await shows(example, "how the print ended")).msg, /Benchy\.gcode/);
  });

  await t.test("the plugin as a flow: topics, QoS and retain as the plugin's, and how OctoPrint is", async (t) => {
    const octoprint = await startStandIn(t);
    const { wire } = await run(t, nodeRed, "OctoPrint itself/The MQTT plugin as a flow", 1, reached(octoprint));
    const on = (topic: string) => wire.next((message) => message.topic === topic);
    const progress = await on("octoprint/progress/slicing");
    assert.equal(JSON.parse(progress.text).progress, 0);
    octoprint.push(event("FirmwareData", { name: "Marlin" }));
    octoprint.push({ current: { temps: [{ time: 5, bed: { actual: 50, target: 60 } }] } });
    const firmware = await on("octoprint/event/FirmwareData");
    assert.deepEqual([JSON.parse(firmware.text).name, firmware.qos], ["Marlin", 0]);
    const bed = await on("octoprint/temperature/bed");
    assert.deepEqual(JSON.parse(bed.text), { actual: 50, target: 60, _timestamp: 5 });
    await octoprint.stop();
    await wire.next(({ topic, text }) => topic === "octoprint/mqtt" && text === "disconnected");
  });

  await t.test("several OctoPrints: one table", async (t) => {
    const octoprint = await startStandIn(t);
    const example = await run(t, nodeRed, "OctoPrint itself/Several OctoPrints in one table", 1, reached(octoprint));
    const { msg } = await example.editor.debug.next((message) => message.msg.includes("Second printer: "));
    assert.equal(msg.trim().split("\n").length, 2);
  });
});
