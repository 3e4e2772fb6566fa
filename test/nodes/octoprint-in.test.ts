import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { connected, inNode, start, startIn } from "./flow.ts";

const seconds = 1_792_000_000;

describe("what is on the wire comes out as a msg", () => {
  const rows: { of: string; topic: string; payload: string | Buffer; msg: Record<string, unknown> }[] = [
    {
      of: "an event",
      topic: "event/PrintDone",
      payload: `{"name": "b.gcode", "path": "b.gcode", "time": 12.5, "_event": "PrintDone", "_timestamp": ${seconds}}`,
      msg: {
        kind: "event",
        event: "PrintDone",
        payload: { name: "b.gcode", path: "b.gcode", time: 12.5, _event: "PrintDone", _timestamp: seconds },
      },
    },
    {
      of: "an event of a plugin whose name holds spaces and a slash",
      topic: "event/plugin a/b ü",
      payload: `{"_event": "plugin a/b ü", "_timestamp": ${seconds}}`,
      msg: { kind: "event", event: "plugin a/b ü", payload: { _event: "plugin a/b ü", _timestamp: seconds } },
    },
    {
      of: "a print's progress",
      topic: "progress/printing",
      payload: `{"location": "local", "path": "b.gcode", "progress": 23.0, "_timestamp": ${seconds}}`,
      msg: {
        kind: "progress",
        progress: "printing",
        payload: { location: "local", path: "b.gcode", progress: 23, _timestamp: seconds },
      },
    },
    {
      of: "a slicer's progress",
      topic: "progress/slicing",
      payload: `{"slicer": "cura", "source_location": "local", "source_path": "b.stl", "destination_location": "local", "destination_path": "b.gcode", "progress": 5, "_timestamp": ${seconds}}`,
      msg: {
        kind: "progress",
        progress: "slicing",
        payload: {
          slicer: "cura",
          source_location: "local",
          source_path: "b.stl",
          destination_location: "local",
          destination_path: "b.gcode",
          progress: 5,
          _timestamp: seconds,
        },
      },
    },
    {
      of: "progress while the file's size is unknown",
      topic: "progress/printing",
      payload: `{"location": "sdcard", "path": "B.GCO", "progress": -100, "_timestamp": ${seconds}}`,
      msg: {
        kind: "progress",
        progress: "printing",
        payload: { location: "sdcard", path: "B.GCO", progress: null, _timestamp: seconds },
      },
    },
    {
      of: "a temperature",
      topic: "temperature/tool0",
      payload: `{"_timestamp": ${seconds}, "actual": 210.5, "target": NaN}`,
      msg: {
        kind: "temperature",
        temp: "tool0",
        payload: { actual: 210.5, target: null, _timestamp: seconds },
      },
    },
    {
      of: "metadata",
      topic: "metadata/slicer_settings.material_type",
      payload: "PLA",
      msg: { kind: "metadata", key: "slicer_settings.material_type", payload: "PLA" },
    },
    { of: "the connection", topic: "mqtt", payload: "connected", msg: { kind: "connection", payload: "connected" } },
    {
      of: "another plugin's JSON",
      topic: "plugin/psucontrol/state",
      payload: `{"on": true, "_timestamp": ${seconds}}`,
      msg: { kind: "other", subtopic: "plugin/psucontrol/state", payload: { on: true, _timestamp: seconds } },
    },
    {
      of: "another plugin's text, which stays text",
      topic: "plugin/mqtt_test/pub",
      payload: "42",
      msg: { kind: "other", subtopic: "plugin/mqtt_test/pub", payload: "42" },
    },
    {
      of: "the camera plugin's JPEG",
      topic: "camera",
      payload: Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
      msg: { kind: "other", subtopic: "camera", payload: Buffer.from([0xff, 0xd8, 0xff, 0xe0]) },
    },
    {
      of: "progress that is neither printing nor slicing",
      topic: "progress/uploading",
      payload: `{"_timestamp": ${seconds}}`,
      msg: { kind: "other", subtopic: "progress/uploading", payload: { _timestamp: seconds } },
    },
  ];
  for (const { of, topic, payload, msg } of rows) {
    test(of, async (t) => {
      const { broker, runtime } = await startIn(t);
      const before = Date.now();
      await broker.publish(`octoprint/${topic}`, payload, { qos: 1 });
      const { _msgid, timestamp, ...got } = await runtime.sink("to-in").next();
      deepEqual(got, { topic: `octoprint/${topic}`, printer: "Prusa", qos: 1, retain: false, ...msg });
      // The payload's own, else the time of arrival.
      if (payload.includes("_timestamp")) equal(timestamp, seconds * 1000);
      else ok(typeof timestamp === "number" && timestamp >= before && timestamp <= Date.now());
    });
  }

  test("each QoS arrives as it was published", async (t) => {
    const { broker, runtime } = await startIn(t);
    for (const qos of [0, 1, 2] as const) {
      await broker.publish("octoprint/mqtt", "connected", { qos });
      equal((await runtime.sink("to-in").next()).qos, qos);
    }
  });

  test("no msg has a property that Dashboard 2.0 or the core nodes act on", async (t) => {
    const { broker, runtime } = await startIn(t);
    const taken = ["enabled", "visible", "class", "action", "options", "ui_update", "_client"];
    for (const { topic } of rows) {
      const payload = JSON.stringify(Object.fromEntries(taken.map((name) => [name, 1])));
      await broker.publish(`octoprint/${topic}`, payload);
    }
    const msgs = [...(await runtime.sink("to-in").take(5)), ...(await runtime.caught.take(5))];
    for (const msg of msgs) {
      for (const name of taken) ok(!(name in msg), `${name} in ${JSON.stringify(msg)}`);
    }
  });
});

describe("the payload as its value or as a sentence", () => {
  const printing = (path: string, progress: number) => JSON.stringify({ location: "local", path, progress });
  const slicing = {
    slicer: "cura",
    source_location: "local",
    source_path: "b.stl",
    destination_location: "local",
    destination_path: "b.gcode",
    progress: 5,
  };
  const rows: { topic: string; payload: string; value: unknown; text: string }[] = [
    {
      topic: "event/PrintDone",
      payload: '{"name": "b.gcode", "path": "dir/b.gcode"}',
      value: "PrintDone",
      text: "dir/b.gcode: print done",
    },
    { topic: "event/plugin_x", payload: "{}", value: "plugin_x", text: "plugin_x" },
    { topic: "event/a.b:c", payload: "{}", value: "a.b:c", text: "a.b:c" },
    { topic: "event/Toggle.on", payload: "{}", value: "Toggle.on", text: "Toggle.on" },
    { topic: "event/PrintStarted", payload: "{}", value: "PrintStarted", text: "unknown file: print started" },
    {
      topic: "event/PrintFailed",
      payload: '{"path": "a.gcode", "reason": "cancelled"}',
      value: "PrintFailed",
      text: "a.gcode: print cancelled",
    },
    { topic: "event/Connected", payload: "{}", value: "Connected", text: "Prusa: printer connected" },
    {
      topic: "progress/printing",
      payload: printing("Benchy.gcode", 42),
      value: 42,
      text: "Benchy.gcode: 42 %",
    },
    { topic: "progress/printing", payload: printing("", 0), value: 0, text: "no print job" },
    {
      topic: "progress/printing",
      payload: printing("B.GCO", -100),
      value: null,
      text: "B.GCO: progress unknown",
    },
    {
      topic: "progress/printing",
      payload: printing("__progress__ __printer__.gcode", 42),
      value: 42,
      text: "__progress__ __printer__.gcode: 42 %",
    },
    {
      topic: "progress/slicing",
      payload: JSON.stringify({ ...slicing, progress: -100 }),
      value: null,
      text: "b.stl: slicing",
    },
    { topic: "progress/slicing", payload: JSON.stringify(slicing), value: 5, text: "b.stl: slicing 5 %" },
    {
      topic: "temperature/tool0",
      payload: '{"actual": 210.54, "target": 215}',
      value: 210.54,
      text: "tool0: 210.5 °C (target 215 °C)",
    },
    { topic: "temperature/bed", payload: '{"actual": 20, "target": 0}', value: 20, text: "bed: 20 °C" },
    { topic: "temperature/soc", payload: '{"temperature": 48.3}', value: 48.3, text: "soc: 48.3 °C" },
    {
      topic: "temperature/chamber",
      payload: '{"actual": null, "target": 40}',
      value: null,
      text: "chamber: temperature unknown",
    },
    { topic: "metadata/layer_height", payload: "0.2", value: "0.2", text: "layer_height: 0.2" },
    { topic: "metadata/layer_height", payload: "", value: null, text: "layer_height was cleared" },
    { topic: "mqtt", payload: "", value: null, text: "connection was cleared" },
    { topic: "mqtt", payload: "connected", value: true, text: "Prusa: OctoPrint is connected" },
    { topic: "mqtt", payload: "disconnected", value: false, text: "Prusa: OctoPrint is disconnected" },
    {
      topic: "plugin/x/state",
      payload: '{"on": true}',
      value: { on: true },
      text: 'plugin/x/state: {"on":true}',
    },
    { topic: "plugin/x/state", payload: "on", value: "on", text: "plugin/x/state: on" },
    { topic: "plugin/__value__", payload: "on", value: "on", text: "plugin/__value__: on" },
    { topic: "plugin/x/state", payload: "", value: null, text: "plugin/x/state was cleared" },
  ];
  test("each of them, the message beside it", async (t) => {
    const nodes = ["message", "value", "text"].flatMap((output) => inNode(`as-${output}`, { output }));
    const { broker, runtime, subscribed } = await start(t, nodes);
    await runtime.status("as-text", connected);
    await subscribed.next();
    for (const { topic, payload, value, text } of rows) {
      await broker.publish(`octoprint/${topic}`, payload);
      const { payload: message } = await runtime.sink("to-as-message").next();
      const asValue = await runtime.sink("to-as-value").next();
      deepEqual([asValue.payload, asValue.message], [value, message], topic);
      const asText = await runtime.sink("to-as-text").next();
      deepEqual([asText.payload, asText.message], [text, message], topic);
    }
    deepEqual(runtime.caught.items, []);
  });
});

describe("msg.printer", () => {
  const rows = [
    { baseTopic: "farm/{printer}/", name: "Farm", topic: "farm/mk3/mqtt", printer: "mk3" },
    { baseTopic: "octoprint/", name: "Prusa", topic: "octoprint/mqtt", printer: "Prusa" },
    { baseTopic: "octoprint/mk4/", name: "", topic: "octoprint/mk4/mqtt", printer: "mk4" },
    { baseTopic: "octoLaser", name: "", topic: "octoLasermqtt", printer: "octoLaser" },
  ];
  for (const { baseTopic, name, topic, printer } of rows) {
    test(`is ${printer} for ${topic} below ${baseTopic}, named "${name}"`, async (t) => {
      const { broker, runtime } = await startIn(t, { kind: "connection" }, { printer: { baseTopic, name } });
      await broker.publish(topic, "connected");
      equal((await runtime.sink("to-in").next()).printer, printer);
    });
  }
});
