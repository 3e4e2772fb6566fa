import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { connected, outNode, type Published, start, startOut } from "./flow.ts";

const seconds = 1_792_000_000;

/** The payload parsed where it is JSON, without the timestamp of the time of publishing. */
function parsed({ text }: Published): unknown {
  return /^[{[]/.test(text) ? JSON.parse(text) : text;
}

describe("the plugin's examples, literally", () => {
  test("the event Connected", async (t) => {
    const { runtime, published } = await startOut(t, { kind: "event", timestamp: false });
    await runtime.send("out", { event: "Connected", payload: { baudrate: 250000, port: "VIRTUAL" } });
    const { topic, text, qos, retain } = await published.next();
    deepEqual([topic, qos, retain], ["octoprint/event/Connected", 0, false]);
    equal(text, '{"baudrate":250000,"port":"VIRTUAL","_event":"Connected"}');
  });

  test("progress of a print", async (t) => {
    const { runtime, published } = await startOut(t, { kind: "progress", target: "printing", timestamp: false });
    await runtime.send("out", { payload: { progress: 23, location: "local", path: "test.gco" } });
    const message = await published.next();
    deepEqual([message.topic, message.qos, message.retain], ["octoprint/progress/printing", 0, true]);
    deepEqual(parsed(message), { progress: 23, location: "local", path: "test.gco" });
  });

  test("progress of a slicer, with its six fields", async (t) => {
    const { runtime, published } = await startOut(t, { kind: "progress", target: "slicing", timestamp: false });
    const payload = {
      progress: 42,
      slicer: "cura",
      source_location: "local",
      source_path: "test.stl",
      destination_location: "local",
      destination_path: "test.gco",
    };
    await runtime.send("out", { payload });
    const message = await published.next();
    deepEqual([message.topic, message.qos, message.retain], ["octoprint/progress/slicing", 0, true]);
    deepEqual(parsed(message), payload);
  });
});

describe("each kind, from msg.kind, with the scheme's QoS and retain", () => {
  const printing = { location: "", path: "", progress: 23 };
  const rows: { msg: Record<string, unknown>; topic: string; payload: unknown; qos?: 0 | 1; retain: boolean }[] = [
    { msg: { kind: "event", event: "Home" }, topic: "event/Home", payload: { _event: "Home" }, retain: false },
    {
      msg: { kind: "event", event: "Home", payload: "" },
      topic: "event/Home",
      payload: { _event: "Home" },
      retain: false,
    },
    {
      msg: { kind: "event", event: "plugin a/b ü", payload: { _event: "wrong" } },
      topic: "event/plugin a/b ü",
      payload: { _event: "plugin a/b ü" },
      retain: false,
    },
    {
      msg: { kind: "event", event: "ZChange", payload: { new: 1, old: null } },
      topic: "event/ZChange",
      payload: { new: 1, old: null, _event: "ZChange" },
      retain: true,
    },
    {
      msg: { kind: "event", event: "FirmwareData" },
      topic: "event/FirmwareData",
      payload: { _event: "FirmwareData" },
      retain: true,
    },
    {
      msg: { kind: "event", event: "PausedForUser" },
      topic: "event/PausedForUser",
      payload: { _event: "PausedForUser" },
      retain: true,
    },
    {
      msg: { kind: "progress", progress: "printing", payload: 23.4 },
      topic: "progress/printing",
      payload: printing,
      retain: true,
    },
    {
      msg: { kind: "progress", progress: "printing", payload: 23, path: "b.gcode", location: "local" },
      topic: "progress/printing",
      payload: { location: "local", path: "b.gcode", progress: 23 },
      retain: true,
    },
    {
      msg: { kind: "progress", progress: "printing", payload: { progress: 99.5, printer_data: { a: 1 } } },
      topic: "progress/printing",
      payload: { location: "", path: "", progress: 100, printer_data: { a: 1 } },
      retain: true,
    },
    {
      msg: { kind: "progress", progress: "printing", payload: { progress: null } },
      topic: "progress/printing",
      payload: { location: "", path: "", progress: -100 },
      retain: true,
    },
    {
      msg: { kind: "progress", progress: "printing", payload: null },
      topic: "progress/printing",
      payload: "",
      retain: true,
    },
    {
      msg: { kind: "temperature", temp: "tool0", payload: 210.5 },
      topic: "temperature/tool0",
      payload: { actual: 210.5, target: null },
      retain: true,
    },
    {
      msg: { kind: "temperature", temp: "chamber", payload: { actual: 30, target: 40, extra: 1 } },
      topic: "temperature/chamber",
      payload: { actual: 30, target: 40, extra: 1 },
      retain: true,
    },
    {
      msg: { kind: "metadata", key: "slicer.material", payload: "PLA" },
      topic: "metadata/slicer.material",
      payload: "PLA",
      retain: true,
    },
    { msg: { kind: "metadata", key: "x", payload: null }, topic: "metadata/x", payload: "", retain: true },
    { msg: { kind: "connection", payload: true }, topic: "mqtt", payload: "connected", qos: 1, retain: true },
    {
      msg: { kind: "connection", payload: "disconnected" },
      topic: "mqtt",
      payload: "disconnected",
      qos: 1,
      retain: true,
    },
    {
      msg: { kind: "other", subtopic: "plugin/x", payload: { on: [true] } },
      topic: "plugin/x",
      payload: { on: [true] },
      retain: false,
    },
    { msg: { kind: "other", subtopic: "plugin/x", payload: "on" }, topic: "plugin/x", payload: "on", retain: false },
    { msg: { kind: "other", subtopic: "plugin/x", payload: null }, topic: "plugin/x", payload: "", retain: false },
    {
      msg: { kind: "other", subtopic: "plugin/x", payload: Buffer.from("on") },
      topic: "plugin/x",
      payload: "on",
      retain: false,
    },
    {
      // msg.topic is the whole topic where there is no subtopic.
      msg: { kind: "other", topic: "octoprint/plugin/y", payload: "on" },
      topic: "plugin/y",
      payload: "on",
      retain: false,
    },
    {
      // What came with the msg from an octoprint-in does not count.
      msg: { kind: "event", event: "Home", topic: "elsewhere", retain: true, qos: 2, printer: "x", message: { a: 1 } },
      topic: "event/Home",
      payload: { _event: "Home" },
      retain: false,
    },
  ];
  test("all of them", async (t) => {
    const { runtime, published } = await startOut(t, { timestamp: false });
    for (const { msg, topic, payload, qos = 0, retain } of rows) {
      const { error } = await runtime.send("out", msg);
      equal(error, undefined, JSON.stringify(msg));
      const message = await published.next();
      deepEqual(
        { topic: message.topic, payload: parsed(message), qos: message.qos, retain: message.retain },
        { topic: `octoprint/${topic}`, payload, qos, retain },
      );
    }
  });

  test("a Buffer goes out byte for byte", async (t) => {
    const { runtime, published } = await startOut(t, { kind: "other", target: "camera" });
    const bytes = Buffer.from([0xff, 0xd8, 0, 1]);
    await runtime.send("out", { payload: bytes });
    deepEqual((await published.next()).payload, bytes);
  });
});

describe("the timestamp", () => {
  const event = { kind: "event", event: "Home" };
  const rows: { of: string; settings?: object; printer?: object; msg: object; stamp: Record<string, unknown> }[] = [
    {
      of: "msg.timestamp, as whole seconds",
      msg: { ...event, timestamp: seconds * 1000 + 999 },
      stamp: { _timestamp: seconds },
    },
    {
      of: "the payload's own, untouched",
      msg: { ...event, timestamp: 5000, payload: { _timestamp: 7 } },
      stamp: { _timestamp: 7 },
    },
    { of: "none when switched off", settings: { timestamp: false }, msg: event, stamp: {} },
    { of: "none without a field for it", printer: { timestampField: "" }, msg: event, stamp: {} },
    {
      of: "on progress",
      msg: { kind: "progress", progress: "printing", payload: 5, timestamp: 5000 },
      stamp: { _timestamp: 5 },
    },
    {
      of: "on temperatures",
      msg: { kind: "temperature", temp: "bed", payload: 5, timestamp: 5000 },
      stamp: { _timestamp: 5 },
    },
    { of: "not on other JSON", msg: { kind: "other", subtopic: "x", payload: {}, timestamp: 5000 }, stamp: {} },
  ];
  for (const { of, settings, printer, msg, stamp } of rows) {
    test(of, async (t) => {
      const { runtime, published } = await startOut(t, { ...settings }, { printer: { ...printer } });
      await runtime.send("out", msg);
      const { _timestamp } = JSON.parse((await published.next()).text);
      deepEqual(_timestamp === undefined ? {} : { _timestamp }, stamp);
    });
  }

  for (const timestamp of [undefined, "yesterday", Number.NaN, Number.POSITIVE_INFINITY, null]) {
    test(`the time at which the msg came where msg.timestamp is ${timestamp}`, async (t) => {
      const { runtime, published } = await startOut(t);
      const before = Math.trunc(Date.now() / 1000);
      await runtime.send("out", { ...event, timestamp });
      const { _timestamp } = JSON.parse((await published.next()).text);
      ok(_timestamp >= before && _timestamp <= Date.now() / 1000 && Number.isInteger(_timestamp));
    });
  }
});

describe("QoS and retain of the node's own", () => {
  const rows: { settings: object; msg: object; qos: number; retain: boolean }[] = [
    { settings: { qos: "2" }, msg: {}, qos: 2, retain: false },
    { settings: { qos: "0", retain: "true" }, msg: { qos: 1, retain: false }, qos: 0, retain: true },
    { settings: { qos: "msg", retain: "msg" }, msg: { qos: 1, retain: true }, qos: 1, retain: true },
    { settings: { qos: "msg", retain: "msg" }, msg: {}, qos: 0, retain: false },
    { settings: { retain: "false" }, msg: { event: "ZChange" }, qos: 0, retain: false },
  ];
  for (const { settings, msg, qos, retain } of rows) {
    test(`${JSON.stringify(settings)} with ${JSON.stringify(msg)}: QoS ${qos}, retain ${retain}`, async (t) => {
      const { runtime, published } = await startOut(t, { kind: "event", ...settings });
      await runtime.send("out", { event: "Home", ...msg });
      const message = await published.next();
      deepEqual([message.qos, message.retain], [qos, retain]);
    });
  }
});

describe("only changes", () => {
  test("as the plugin thins out; what is not published is done", async (t) => {
    const { runtime, published } = await startOut(t, { onlyChanges: true });
    const progress = (payload: number, path = "b.gcode") => ({ kind: "progress", progress: "printing", path, payload });
    const bed = (actual: number, target = 60) => ({ kind: "temperature", temp: "bed", payload: { actual, target } });
    const sent: [object, boolean][] = [
      [progress(1), true],
      [progress(1.2), false],
      [progress(2), true],
      [progress(2, "c.gcode"), true],
      [bed(20), true],
      [bed(20.05), false],
      [bed(20.1), true],
      [bed(20.1, 0), true],
      // The connection and events are published each time.
      [{ kind: "connection", payload: true }, true],
      [{ kind: "connection", payload: true }, true],
      [{ kind: "event", event: "PausedForUser" }, true],
      [{ kind: "event", event: "PausedForUser" }, true],
      [{ kind: "metadata", key: "x", payload: "1" }, true],
      [{ kind: "metadata", key: "x", payload: "1" }, true],
    ];
    for (const [msg, out] of sent) {
      const before = published.items.length;
      const { error } = await runtime.send("out", msg);
      equal(error, undefined);
      if (out) await published.next();
      equal(published.items.length - before, out ? 1 : 0, JSON.stringify(msg));
    }
  });

  test("what could not be published is no last value", async (t) => {
    const { runtime, published, broker } = await startOut(t, { onlyChanges: true, offline: "error" });
    const msg = { kind: "progress", progress: "printing", payload: 5 };
    await broker.down();
    await runtime.status("out", ({ fill }) => fill === "red");
    equal((await runtime.send("out", msg)).error?.message.startsWith("not connected"), true);
    await broker.up();
    await runtime.status("out", connected);
    equal((await runtime.send("out", msg)).error, undefined);
    equal((await published.next()).topic, "octoprint/progress/printing");
  });
});

test("two nodes publish as two printers over one connection", async (t) => {
  const nodes = [outNode("out-left", { printerName: "left" }), outNode("out-right", { printerName: "right" })];
  const { runtime, published, clients } = await start(t, nodes, { printer: { baseTopic: "farm/{printer}/" } });
  await runtime.status("out-right", connected);
  await runtime.send("out-left", { kind: "connection", payload: true });
  await runtime.send("out-right", { kind: "connection", payload: true });
  deepEqual(
    (await published.take(2)).map(({ topic }) => topic),
    ["farm/left/mqtt", "farm/right/mqtt"],
  );
  equal(clients.items.length, 1);
});
