import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { brokerDefaults } from "../../nodes/octoprint-broker/settings.ts";
import { controlDefaults } from "../../nodes/octoprint-control/settings.ts";
import { inDefaults } from "../../nodes/octoprint-in/settings.ts";
import { outDefaults } from "../../nodes/octoprint-mqtt-out/settings.ts";
import { printerDefaults } from "../../nodes/octoprint-printer/settings.ts";
import { serverDefaults } from "../../nodes/octoprint-server/settings.ts";
import { exampleNames, readExample } from "../demo/flows.ts";
import { startNodeRed } from "../support/process.ts";
import { readRecording } from "../support/recordings.ts";
import type { Observer } from "../support/wire.ts";
import { run, shows } from "./example.ts";

const ours = [
  "octoprint-broker",
  "octoprint-server",
  "octoprint-printer",
  "octoprint-in",
  "octoprint-mqtt-out",
  "octoprint-control",
];

/** The settings of each of our nodes. */
const defaults: { readonly [type: string]: object } = {
  "octoprint-broker": brokerDefaults,
  "octoprint-printer": printerDefaults,
  "octoprint-server": serverDefaults,
  "octoprint-in": inDefaults,
  "octoprint-mqtt-out": outDefaults,
  "octoprint-control": controlDefaults,
};

suite("each example", () => {
  for (const name of exampleNames()) {
    test(`${name}: is complete, and holds no secret and no function node`, () => {
      const flow = readExample(name);
      const ids = new Set(flow.map(({ id }) => id));
      const types = new Set(flow.map(({ type }) => type));
      assert.ok(Array.isArray(flow));
      assert.equal(flow.find(({ type }) => type === "tab")?.label, name.split("/").at(-1));
      assert.ok(
        flow.some(({ type, info }) => type === "comment" && typeof info === "string" && info !== ""),
        "a description",
      );
      assert.ok(!types.has("function"));
      assert.ok(flow.every((node) => !("credentials" in node)));
      // Core's own node has the address of the broker in a property of this name.
      const linked = flow.filter(({ type }) => type !== "mqtt-broker");
      for (const { wires = [], printer, printerNodes = [], broker, server, z, ui, theme, page, group } of linked) {
        for (const id of [wires, printer, printerNodes, broker, server, z, ui, theme, page, group].flat(3)) {
          assert.ok(id === undefined || id === "" || ids.has(String(id)), name);
        }
      }
      for (const broker of flow.filter(({ type }) => type === "octoprint-broker"))
        assert.equal(broker.url, "127.0.0.1");
    });
  }

  test("shares its configuration nodes with the others; all other ids are its own", () => {
    const shared = /^(octoprint-(broker|printer|server)|ui-base|ui-theme|ui-page)$/;
    const idOf = new Map<string, string>();
    const contentOf = new Map<string, string>();
    for (const node of exampleNames().flatMap(readExample)) {
      const { id, ...settings } = node;
      // A node that is not shared differs from all others in its id.
      const content = JSON.stringify(shared.test(node.type) ? settings : node);
      assert.equal(idOf.get(content) ?? id, id, `${node.type} ${node.name} has two ids`);
      assert.equal(contentOf.get(id) ?? content, content, `${node.type} ${node.name} has the id of another`);
      if (!shared.test(node.type)) assert.ok(!contentOf.has(id), `${node.type} ${node.name} is there twice`);
      idOf.set(content, id);
      contentOf.set(id, content);
    }
  });

  test("has all settings of our nodes, as the editor exports them, and says first what is to be set", () => {
    for (const name of exampleNames()) {
      for (const node of readExample(name)) {
        const lacks = Object.keys(defaults[node.type] ?? {}).filter((setting) => !(setting in node));
        assert.deepEqual(lacks, [], `${name}: ${node.type} ${node.name}`);
      }
      const comment = readExample(name).find(({ type, info }) => type === "comment" && info !== "");
      assert.match(String(comment?.info), /^\*\*Set first:\*\*/, name);
    }
  });

  test("and together they show every node", () => {
    const types = new Set(exampleNames().flatMap((name) => readExample(name).map(({ type }) => type)));
    for (const type of ours) assert.ok(types.has(type), type);
  });
});

const job = { name: "Benchy.gcode", path: "Benchy.gcode", origin: "local" };

test("the examples in Node-RED", async (t) => {
  const nodeRed = await startNodeRed(t);

  await t.test("events to debug: as an object, as a sentence, and the progress as a number", async (t) => {
    const example = await run(t, nodeRed, "Getting started/Events to debug");
    await example.subscribed("octoPrint/event/#");
    await example.subscribed("octoPrint/progress/printing");
    await example.printer.publish("octoPrint/event/PrintStarted", { ...job, _event: "PrintStarted" });
    await example.printer.publish("octoPrint/progress/printing", { progress: 42, path: "Benchy.gcode", location: "" });
    const { msg } = await shows(example, "msg.payload is the event");
    assert.deepEqual(JSON.parse(msg), { ...job, _event: "PrintStarted" });
    assert.equal((await shows(example, "msg.payload is a sentence")).msg, "Benchy.gcode: print started");
    assert.equal((await shows(example, "msg.payload is a number")).msg, "42");
  });

  await t.test("state of the printer to debug: something shows at once", async (t) => {
    const example = await run(t, nodeRed, "Getting started/State of the printer to debug");
    await example.subscribed("octoPrint/mqtt");
    await example.printer.publish("octoPrint/mqtt", "connected", { retain: true });
    const sentence = await example.editor.debug.next(({ msg }) => msg.includes("online"));
    assert.equal(sentence.msg, "Recorded printer: online");
  });

  await t.test("ask for the state: a sentence of what the printer does", async (t) => {
    const example = await run(t, nodeRed, "Control/Ask for the state");
    await example.subscribed("octoPrint/mqtt");
    await example.printer.publish("octoPrint/mqtt", "connected", { retain: true });
    await example.printer.publish("octoPrint/event/PrintStarted", { ...job, _event: "PrintStarted" });
    await example.printer.publish("octoPrint/progress/printing", { progress: 42, path: "Benchy.gcode", location: "" });
    const asked = async (): Promise<string> => {
      await nodeRed.inject(example.id("ask now"));
      return (await shows(example, "msg.payload")).msg;
    };
    let answer = await asked();
    // Node-RED may still be about to receive it.
    while (!answer.includes("42 %")) answer = await asked();
    assert.match(answer, /^Recorded printer: .*, Benchy.gcode 42 %$/);
  });

  await t.test("publish: a sensor and an event of one's own below the printer's topics", async (t) => {
    const { editor, id, wire } = await run(t, nodeRed, "MQTT/Publish");
    await editor.status.next(({ fill }) => fill === "green");
    await nodeRed.inject(id("enclosure: 31.5 °C"));
    const sensor = await wire.next(({ topic }) => topic === "octoPrint/temperature/enclosure");
    assert.equal(JSON.parse(sensor.text).actual, 31.5);
    await nodeRed.inject(id("filament is low"));
    const event = await wire.next(({ topic }) => topic === "octoPrint/event/FilamentLow");
    assert.deepEqual([JSON.parse(event.text)._event, JSON.parse(event.text).left], ["FilamentLow", 12.5]);
  });

  await t.test("simulated printer: prints from PrintStarted to PrintDone, and again", async (t) => {
    const { wire } = await run(t, nodeRed, "MQTT/Simulated printer", 50);
    await wire.next(({ topic, text }) => topic === "simulated/mqtt" && text === "connected");
    await wire.next(({ topic }) => topic === "simulated/event/Disconnected");
    checkPrint(wire);
    await wire.next(({ topic }) => topic === "simulated/event/PrintDone");
    await wire.next(({ topic }) => topic === "simulated/event/PrintDone");
  });

  await t.test("notify when a print ends: one sentence when it is done, one when it has failed", async (t) => {
    const example = await run(t, nodeRed, "Notifications/When a print ends");
    await example.subscribed("octoPrint/event/PrintDone");
    await example.subscribed("octoPrint/event/PrintFailed");
    for (const event of ["PrintStarted", "PrintDone", "PrintFailed"]) {
      await example.printer.publish(`octoPrint/event/${event}`, { ...job, reason: "cancelled" });
    }
    const told = [await shows(example, "notification"), await shows(example, "notification")];
    assert.deepEqual(told, [
      { msg: "Benchy.gcode: print done", topic: "Recorded printer: PrintDone" },
      { msg: "Benchy.gcode: print cancelled", topic: "Recorded printer: PrintFailed" },
    ]);
  });

  await t.test(
    "bridge: a whole recorded print arrives below the other base topic, nothing lost or added",
    async (t) => {
      const { printer, wire, subscribed } = await run(t, nodeRed, "MQTT/Bridge one base topic to another");
      await subscribed("octoPrint/#");
      const { messages } = readRecording("first-print");
      for (const { topic, payload, qos, retain } of messages) await printer.publish(topic, payload, { qos, retain });
      const bridged: { topic: string; text: string }[] = [];
      while (bridged.length < messages.length) {
        bridged.push(await wire.next(({ topic }) => topic.startsWith("bridged/")));
      }
      const recorded = messages.map(({ topic, payload }) => ({
        topic: topic.replace("octoPrint/", "bridged/"),
        text: payload.toString(),
      }));
      assert.deepEqual(byTopic(bridged), byTopic(recorded));
    },
  );

  await t.test("power off: when the print is done and the nozzle cold, but not while the next one runs", async (t) => {
    const { printer, wire, subscribed, remembers } = await run(t, nodeRed, "Automation/Power off after the print");
    await subscribed("simulated/event/PrintDone");
    await subscribed("simulated/temperature/#");
    const sensor = async (name: string, actual: number): Promise<void> => {
      await printer.publish(`simulated/temperature/${name}`, { actual, target: 0 });
      await remembers(`temperatures.${name}`, String(actual));
    };
    const nozzle = (actual: number): Promise<void> => sensor("tool0", actual);
    const event = async (name: string): Promise<void> => {
      await printer.publish(`simulated/event/${name}`, job);
      await remembers("armed", String(name === "PrintDone"));
    };
    const plug = (): Promise<unknown> => wire.next(({ topic }) => topic === "cmnd/printer-plug/POWER");

    // No heater: a Raspberry Pi is never that cold.
    await sensor("soc", 61);
    await nozzle(30);
    await sensor("tool1", 215);
    await sensor("bed", 60);
    await event("PrintStarted");
    await nozzle(210);
    await event("PrintDone");
    await nozzle(60);
    await event("PrintStarted");
    await nozzle(40);
    await nozzle(210);
    await event("PrintDone");
    await printer.publish("simulated/temperature/tool0", { actual: null, target: 0 });
    await nozzle(50);
    await nozzle(49.9);
    await sensor("tool1", 48);
    await sensor("bed", 50);
    await sensor("bed", 49.5);
    await plug();
    await remembers("armed", "false");
    await nozzle(45);
    await event("PrintStarted");
    // Cold already: no more temperatures come.
    await printer.publish("simulated/event/PrintDone", job);
    await plug();
    await wire.fence();
    const offs = wire.messages.flatMap(({ text }, index) => (text === "OFF" ? [index] : []));
    const at = (text: string): number => wire.messages.findIndex((message) => message.text.includes(text));
    assert.equal(offs.length, 2);
    assert.ok(Number(offs[0]) > at("49.5"));
    assert.ok(Number(offs[1]) > at('"actual":45'));
  });

  await t.test("none of them wrote a warning or an error into the log", () => {
    assert.deepEqual(
      nodeRed.lines.items.filter((line) => /\[(warn|error)\]/.test(line) && !line.includes("Projects disabled")),
      [],
    );
  });
});

/** Everything below simulated/ up to the first Disconnected. */
function checkPrint({ messages }: Observer): void {
  const end = messages.findIndex(({ topic }) => topic === "simulated/event/Disconnected");
  const print = messages.slice(0, end);
  const below = (topic: string): unknown[] =>
    print.flatMap((message) => (message.topic.startsWith(`simulated/${topic}`) ? [parsed(message.text)] : []));
  const field = (topic: string, name: string): unknown[] =>
    below(topic).map((message) =>
      typeof message === "object" ? new Map(Object.entries(message ?? {})).get(name) : undefined,
    );

  assert.deepEqual(field("event/", "_event"), [
    ...["Connected", "FileSelected", "PrintStarted", "PrinterStateChanged"],
    ...Array.from({ length: 10 }, () => "ZChange"),
    ...["PrintDone", "PrinterStateChanged"],
  ]);
  assert.deepEqual(field("event/ZChange", "new"), [0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8, 2]);
  assert.deepEqual(field("event/ZChange", "old"), [null, 0.2, 0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6, 1.8]);
  const progress = field("progress/printing", "progress").map(Number);
  assert.deepEqual(
    progress,
    [...progress].sort((a, b) => a - b),
  );
  assert.deepEqual([progress[0], progress.at(-1)], [0, 100]);
  assert.ok(progress.length > 50);
  assert.deepEqual([...new Set(field("progress/printing", "path"))], ["Benchy.gcode"]);
  const tool0 = field("temperature/tool0", "actual").map(Number);
  assert.deepEqual([tool0[0], Math.max(...tool0), tool0.at(-1)], [21, 210, 32]);
  assert.ok(
    tool0.every((degrees) => degrees === Number(degrees.toFixed(1))),
    "to a tenth",
  );
  assert.deepEqual([...new Set(field("temperature/tool0", "target"))], [210, 0]);
  assert.deepEqual([...new Set(field("temperature/bed", "target"))], [60, 0]);
}

/** In order per topic: more MQTT does not promise, for messages of different QoS. */
function byTopic(messages: readonly { readonly topic: string; readonly text: string }[]): Map<string, unknown[]> {
  const topics = new Map<string, unknown[]>();
  for (const { topic, text } of messages) topics.set(topic, [...(topics.get(topic) ?? []), parsed(text)]);
  return topics;
}

function parsed(text: string): unknown {
  return text.startsWith("{") ? JSON.parse(text) : text;
}
