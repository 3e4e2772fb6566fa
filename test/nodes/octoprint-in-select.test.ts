import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { loadFlow } from "../support/runtime.ts";
import { publisher } from "../support/wire.ts";
import { brokerNode, connected, inNode, printerNode, start, startIn, tab } from "./flow.ts";

const seconds = 1_792_000_000;

describe("what is selected is subscribed, and nothing else comes", () => {
  const farm = { baseTopic: "farm/{printer}/" };
  const rows: {
    of: string;
    settings: Record<string, unknown>;
    printer?: Record<string, unknown>;
    filters: string[];
    comes: string[];
    not: string[];
  }[] = [
    {
      of: "one kind",
      settings: { kind: "temperature" },
      filters: ["octoprint/temperature/#"],
      comes: ["octoprint/temperature/bed", "octoprint/temperature/my/own sensor"],
      not: ["octoprint/event/Home"],
    },
    {
      of: "events by name",
      settings: { kind: "event", select: ["PrintDone", "PrintFailed"] },
      filters: ["octoprint/event/PrintDone", "octoprint/event/PrintFailed"],
      comes: ["octoprint/event/PrintDone", "octoprint/event/PrintFailed"],
      not: ["octoprint/event/Home"],
    },
    {
      of: "events by class, with the plugin's slip mended (MovieDone is timelapse)",
      settings: { kind: "event", select: ["class:timelapse", "Home"] },
      filters: ["octoprint/event/#"],
      comes: ["octoprint/event/MovieDone", "octoprint/event/CaptureStart", "octoprint/event/Home"],
      not: ["octoprint/event/PrintDone"],
    },
    {
      of: "PausedForUser as a printjob event, a plugin's event as unclassified",
      settings: { kind: "event", select: ["class:printjob", "class:unclassified"] },
      filters: ["octoprint/event/#"],
      comes: ["octoprint/event/PausedForUser", "octoprint/event/plugin_x_y"],
      not: ["octoprint/event/Home"],
    },
    {
      of: "one sensor",
      settings: { kind: "temperature", select: ["bed"] },
      filters: ["octoprint/temperature/bed"],
      comes: ["octoprint/temperature/bed"],
      not: ["octoprint/temperature/tool0"],
    },
    {
      of: "other topics by filters",
      settings: { kind: "other", select: ["plugin/+/state", "camera"] },
      filters: ["octoprint/camera", "octoprint/plugin/+/state"],
      comes: ["octoprint/plugin/a/state", "octoprint/camera"],
      not: ["octoprint/plugin/a/debug", "octoprint/plugin/a/b/state"],
    },
    {
      of: "all other topics, but none of the printer's own",
      settings: { kind: "other" },
      filters: ["octoprint/#"],
      comes: ["octoprint/plugin/a", "octoprint/progress/uploading"],
      not: ["octoprint/event/Home", "octoprint/mqtt", "octoprint/progress/printing"],
    },
    {
      of: "the whole farm",
      settings: { kind: "connection" },
      printer: farm,
      filters: ["farm/+/mqtt"],
      comes: ["farm/a/mqtt", "farm/b/mqtt"],
      not: ["farm/a/b/mqtt"],
    },
    {
      of: "some printers of a farm",
      settings: { kind: "event", printers: ["a", "b c"] },
      printer: farm,
      filters: ["farm/a/event/#", "farm/b c/event/#"],
      comes: ["farm/a/event/Home", "farm/b c/event/Home"],
      not: ["farm/c/event/Home"],
    },
    {
      of: "some events of some printers",
      settings: { kind: "event", printers: ["a"], select: ["Home"] },
      printer: farm,
      filters: ["farm/a/event/Home"],
      comes: ["farm/a/event/Home"],
      not: ["farm/a/event/PrintDone", "farm/b/event/Home"],
    },
    {
      of: "a placeholder beside other text",
      settings: { kind: "temperature" },
      printer: { baseTopic: "octoLaser", temperatureTopic: "temp/is_{temp}" },
      filters: ["octoLasertemp/+"],
      comes: ["octoLasertemp/is_bed"],
      not: ["octoLasertemp/bed"],
    },
    {
      of: "a placeholder in the middle",
      settings: { kind: "event" },
      printer: { eventTopic: "foo/{event}/bar" },
      filters: ["octoprint/foo/#"],
      comes: ["octoprint/foo/Home/bar", "octoprint/foo/a/b/bar"],
      not: ["octoprint/foo/Home", "octoprint/foo/Home/baz"],
    },
  ];
  for (const { of, settings, printer, filters, comes, not } of rows) {
    test(of, async (t) => {
      const { broker, runtime, subscribed } = await start(t, inNode("in", settings), { printer: { ...printer } });
      await runtime.status("in", connected);
      // Beside them the status topics, which tell whether the printer is there, or below the other default base topic.
      const isStatus = (filter: string) => filter.endsWith("mqtt") && !filters.includes(filter);
      const asked = (await subscribed.next()).filter((filter) => !isStatus(filter));
      deepEqual(asked.toSorted(), filters.toSorted());
      const payload = settings.kind === "connection" ? "connected" : '{"actual": 1}';
      for (const topic of [...not, ...comes]) await broker.publish(topic, payload);
      const topics = (await runtime.sink("to-in").take(comes.length)).map((msg) => msg.topic);
      deepEqual(topics, comes);
      equal(runtime.sink("to-in").items.length, comes.length);
    });
  }

  test("each message once, however the nodes' filters overlap, over MQTT 5 too", {
    skip: withoutMosquitto(),
  }, async (t) => {
    const broker = await startMosquitto(t);
    const nodes = [
      ...inNode("in-all"),
      ...inNode("in-events", { kind: "event" }),
      ...inNode("in-done", { kind: "event", select: ["PrintDone", "class:printjob"] }),
      ...inNode("in-others", { kind: "other" }),
    ];
    const flow = [tab, brokerNode(broker.url, { protocol: "MQTTv5" }), printerNode(), ...nodes];
    const runtime = await loadFlow(t, flow);
    await runtime.status("in-others", connected);
    await broker.log.next((line) => line.includes("Sending SUBACK"));
    const printer = await publisher(t, broker.url);
    const topics = ["event/PrintDone", "event/Home", "mqtt", "plugin/x"];
    for (const topic of topics) {
      await printer.publish(`octoprint/${topic}`, topic === "mqtt" ? "connected" : "{}", { qos: 2 });
    }
    const expected = {
      "in-all": topics,
      "in-events": ["event/PrintDone", "event/Home"],
      "in-done": ["event/PrintDone"],
      "in-others": ["plugin/x"],
    };
    for (const [id, wanted] of Object.entries(expected)) {
      await runtime.sink(`to-${id}`).take(wanted.length);
      deepEqual(
        runtime.sink(`to-${id}`).items.map((msg) => String(msg.topic).replace("octoprint/", "")),
        wanted,
        id,
      );
    }
  });
});

describe("what the broker has stored", () => {
  const event = '{"_event": "PrintDone"}';
  const stored = {
    "octoprint/event/PrintDone": event,
    "octoprint/event/ZChange": '{"new": 1, "old": null, "_event": "ZChange"}',
    "octoprint/progress/printing": '{"location": "local", "path": "b.gcode", "progress": 42}',
    "octoprint/temperature/bed": '{"actual": 60, "target": 60}',
    "octoprint/metadata/layer_height": "0.2",
    "octoprint/mqtt": "connected",
    "octoprint/plugin/x": "on",
  };
  const all = Object.keys(stored).toSorted();
  const rules = { state: all.filter((topic) => !topic.includes("/event/")), all, none: [] };
  for (const [retained, expected] of Object.entries(rules)) {
    test(`"${retained}" of a broker that plugin 0.8.13 once published to, which retained every event`, async (t) => {
      const { broker, runtime } = await startIn(t, { retained }, { stored });
      const got = await runtime.sink("to-in").take(expected.length);
      deepEqual(got.map((msg) => msg.topic).toSorted(), expected);
      for (const msg of got) equal(msg.retain, true);

      // Live messages come by any rule, and do not say that they were stored, however they are published.
      await broker.publish("octoprint/event/PrintDone", event, { retain: true });
      const live = await runtime.sink("to-in").next();
      deepEqual([live.topic, live.retain], ["octoprint/event/PrintDone", false]);
      equal(runtime.sink("to-in").items.length, expected.length + 1);
    });
  }
});

describe("only changes", () => {
  test("what says the same again is left out", async (t) => {
    const { broker, runtime } = await startIn(t, { onlyChanges: true });
    const printing = (progress: number, path = "b.gcode") =>
      JSON.stringify({ location: "local", path, progress, _timestamp: seconds + progress });
    const sent: [string, string, boolean][] = [
      ["progress/printing", printing(1), true],
      ["progress/printing", printing(1), false],
      ["progress/printing", printing(2), true],
      ["progress/printing", printing(2, "c.gcode"), true],
      ["temperature/bed", '{"actual": 20, "target": 0}', true],
      ["temperature/bed", '{"actual": 20.09, "target": 0}', false],
      ["temperature/bed", '{"actual": 20.1, "target": 0}', true],
      ["temperature/tool0", '{"actual": 20.1, "target": 0}', true],
      ["temperature/bed", '{"actual": 20.1, "target": 60}', true],
      ["mqtt", "connected", true],
      ["mqtt", "connected", false],
      ["mqtt", "disconnected", true],
      // Marlin repeats it every 2 s.
      ["event/PausedForUser", '{"_event": "PausedForUser"}', true],
      ["event/PausedForUser", '{"_event": "PausedForUser"}', false],
      ["event/Home", "{}", true],
      ["event/Home", "{}", true],
      ["metadata/x", "1", true],
      ["plugin/x", "1", true],
    ];
    for (const [topic, payload] of sent) await broker.publish(`octoprint/${topic}`, payload);
    const wanted = sent.filter(([, , comes]) => comes).map(([topic]) => `octoprint/${topic}`);
    const got = await runtime.sink("to-in").take(wanted.length);
    deepEqual(
      got.map((msg) => msg.topic),
      wanted,
    );
    equal(runtime.sink("to-in").items.length, wanted.length);
  });

  test("what the flow does to its msg is not what the printer said last", async (t) => {
    const { broker, runtime } = await startIn(t, { kind: "temperature", onlyChanges: true });
    const meant: unknown[] = [];
    for (const actual of [42, 42, 46, 50, 50, 51]) {
      await broker.publish("octoprint/temperature/tool0", JSON.stringify({ actual, target: 0 }));
      if (actual === meant.at(-1)) continue;
      const { payload } = await runtime.sink("to-in").next();
      ok(typeof payload === "object" && payload !== null && "actual" in payload);
      meant.push(payload.actual);
      // As a flow that stores the next expected value, of all things, in the payload.
      payload.actual = actual === 42 ? 46 : 50;
    }
    deepEqual(meant, [42, 46, 50, 51]);
  });

  test("each printer of a farm by itself", async (t) => {
    const { broker, runtime } = await startIn(
      t,
      { kind: "connection", onlyChanges: true },
      { printer: { baseTopic: "farm/{printer}/" } },
    );
    for (const printer of ["a", "b", "a", "c"]) await broker.publish(`farm/${printer}/mqtt`, "connected");
    const got = await runtime.sink("to-in").take(3);
    deepEqual(
      got.map((msg) => msg.printer),
      ["a", "b", "c"],
    );
  });
});
