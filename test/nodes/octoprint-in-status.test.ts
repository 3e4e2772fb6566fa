import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { loadFlow, type Runtime } from "../support/runtime.ts";
import { brokerNode, connected, inNode, outNode, printerNode, type StartOptions, start, startIn, tab } from "./flow.ts";

const nothing = (base: string, other: string) => `nothing on ${base}, but ${other} is there`;

function textsOf(runtime: Runtime, id: string): string[] {
  return runtime.statuses.items
    .filter(({ node }) => node === id)
    .map(({ status }) => (typeof status === "string" ? status : (status.text ?? "")));
}

describe("the printer is below the other default base topic", () => {
  const rows = [
    { base: "octoprint/", other: "octoPrint/" },
    { base: "octoPrint/", other: "octoprint/" },
  ];
  for (const { base, other } of rows) {
    test(`the status says so: ${nothing(base, other)}`, async (t) => {
      const stored = { [`${other}mqtt`]: "connected" };
      const { runtime, broker } = await start(t, inNode("in"), { printer: { baseTopic: base }, stored });
      const { fill } = await runtime.status("in", nothing(base, other));
      equal(fill, "yellow");
      deepEqual(runtime.sink("to-in").items, []);

      // Not any more when something comes.
      await broker.publish(`${base}event/Home`, "{}");
      await runtime.sink("to-in").next();
      await runtime.status("in", ({ text }) => connected.test(text) || text === "Home");
    });
  }

  for (const first of ["octoprint/mqtt", "octoPrint/mqtt"]) {
    test(`not when both are there, ${first} first`, async (t) => {
      const second = first === "octoprint/mqtt" ? "octoPrint/mqtt" : "octoprint/mqtt";
      const stored = { [first]: "disconnected", [second]: "connected" };
      const nodes = inNode("in", { kind: "event" });
      const { runtime, broker, subscribed } = await start(t, nodes, { stored });
      await subscribed.next();
      // What comes behind the stored ones: by then everything that could be said is said.
      await broker.publish("octoprint/event/Home", "{}");
      await runtime.sink("to-in").next();
      await runtime.status("in", "Home");
      const [last] = textsOf(runtime, "in").slice(-1);
      equal(last, "Home");
    });
  }

  test("a node that is deployed later says so too", async (t) => {
    const stored = { "octoPrint/mqtt": "connected" };
    const { runtime, broker } = await start(t, inNode("in"), { stored });
    const text = nothing("octoprint/", "octoPrint/");
    await runtime.status("in", text);
    await runtime.deploy([tab, brokerNode(broker.url), printerNode(), ...inNode("in"), ...inNode("late")], "nodes");
    await runtime.status("late", text);
  });

  test("whoever may not read there gets no hint, and no error", async (t) => {
    const aedes: StartOptions["aedes"] = {
      authorizeSubscribe: (_client, subscription, callback) =>
        callback(null, subscription.topic.startsWith("octoPrint") ? null : subscription),
    };
    const { runtime, broker, subscribed } = await start(t, inNode("in"), { aedes });
    await subscribed.next();
    await broker.publish("octoprint/event/Home", "{}");
    await runtime.status("in", "Home");
    deepEqual([runtime.caught.items, runtime.log.items], [[], []]);
  });

  test("not for a base topic of one's own", async (t) => {
    const stored = { "octoPrint/mqtt": "connected", "shop/mqtt": "connected" };
    const { runtime, subscribed } = await start(t, inNode("in"), { printer: { baseTopic: "shop/" }, stored });
    await runtime.sink("to-in").next();
    deepEqual(subscribed.items.flat(), ["shop/#"]);
  });

  test("not for a live status there: a printer that moves to our base topic says goodbye", async (t) => {
    const { runtime, broker } = await startIn(t);
    await broker.publish("octoPrint/mqtt", "disconnected", { retain: true });
    await broker.publish("octoprint/mqtt", "connected");
    await runtime.sink("to-in").next();
    ok(!textsOf(runtime, "in").some((text) => text.includes("nothing on")));
  });
});

describe("settings with which nothing can come: a red status that says why", () => {
  const rows: { of: string; printer?: object; in?: object; broker?: object; text: RegExp; inLog?: true }[] = [
    { of: "no printer", in: { printer: "" }, text: /^no printer chosen$/ },
    { of: "a printer that is gone", in: { printer: "gone" }, text: /^no printer chosen$/ },
    { of: "something else as the printer", in: { printer: "b" }, text: /^no printer chosen$/ },
    { of: "a printer without a broker", printer: { broker: "" }, text: /^no broker chosen$/ },
    { of: "a printer whose broker is gone", printer: { broker: "gone" }, text: /^no broker chosen$/ },
    { of: "a broker without a server", broker: { url: "" }, text: /^no server entered$/ },
    {
      of: "a template without its placeholder",
      printer: { eventTopic: "event" },
      text: /\{event\}/,
      inLog: true,
    },
    { of: "a wildcard in the base topic", printer: { baseTopic: "a/+/" }, text: /\+/, inLog: true },
    {
      of: "other topics without the base topic's /",
      printer: { baseTopic: "octoLaser" },
      in: { kind: "other" },
      text: /\//,
      inLog: true,
    },
    {
      of: "a topic that is off",
      printer: { lwTopic: "" },
      in: { kind: "connection" },
      text: /“Connection status”/,
      inLog: true,
    },
    { of: "a filter that is none", in: { kind: "other", select: ["a/#/b"] }, text: /a\/#\/b/, inLog: true },
    { of: "an impossible name", in: { kind: "event", select: ["a#"] }, text: /#/, inLog: true },
  ];
  for (const { of, printer, in: settings, broker: brokerSettings, text, inLog } of rows) {
    test(of, async (t) => {
      const broker = await startAedes(t);
      const nodes = [brokerNode(broker.url, { ...brokerSettings }), printerNode({ ...printer })];
      // Another node, which has no part in it, opens the connection.
      const others = [printerNode({ id: "p2" }), outNode("out", { printer: "p2" })];
      const runtime = await loadFlow(t, [tab, ...nodes, ...others, ...inNode("in", { ...settings })]);
      const status = await runtime.status("in", text);
      equal(status.fill, "red");
      await runtime.status("out", ({ text: other }) => connected.test(other) || other === "no server entered");
      equal(textsOf(runtime, "in").at(-1), status.text);
      // Catch nodes do not exist yet while nodes are made.
      if (inLog) match(String((await runtime.log.next(({ id }) => id === "in")).msg), text);
    });
  }
});

describe("the status", () => {
  test("says what came last, in short", async (t) => {
    const rows = [
      ["event/PrintDone", "{}", "PrintDone"],
      ["progress/printing", '{"location": "local", "path": "b.gcode", "progress": 42}', "42 %"],
      ["progress/printing", '{"location": "local", "path": "b.gcode", "progress": -100}', /^\W+ %$|unknown/],
      ["temperature/tool0", '{"actual": 210.7, "target": 215}', "tool0 211 °C"],
      ["metadata/layer_height", "0.2", /layer_height/],
      ["mqtt", "disconnected", /disconnected$/],
      ["plugin/x", "on", "plugin/x"],
      [`event/${"long".repeat(20)}`, "{}", /^(long)+…$|^(long)+lo?n?…$/],
    ] as const;
    for (const [topic, payload, text] of rows) {
      // A node of its own each time, for a node shows one status a second.
      const { broker, runtime } = await startIn(t);
      await broker.publish(`octoprint/${topic}`, payload);
      await runtime.sink("to-in").next();
      const { text: shown } = await runtime.status(
        "in",
        ({ text: other }) => !other.endsWith("connecting") && !connected.test(other),
      );
      if (typeof text === "string") equal(shown, text);
      else match(shown, text);
      await runtime.unload();
    }
  });

  test("changes at most once a second, to the newest, and only if it says something else", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { broker, runtime } = await startIn(t, { kind: "temperature" });
    const publish = async (...degrees: number[]) => {
      for (const actual of degrees) await broker.publish("octoprint/temperature/bed", JSON.stringify({ actual }));
      await runtime.sink("to-in").take(degrees.length);
    };
    const shown = () => textsOf(runtime, "in").filter((text) => text.startsWith("bed"));
    await publish(20, 21, 22, 23);
    deepEqual(shown(), ["bed 20 °C"]);
    t.mock.timers.tick(999);
    deepEqual(shown(), ["bed 20 °C"]);
    t.mock.timers.tick(1);
    deepEqual(shown(), ["bed 20 °C", "bed 23 °C"]);
    await publish(23);
    t.mock.timers.tick(1000);
    deepEqual(shown(), ["bed 20 °C", "bed 23 °C"]);
    await publish(24);
    t.mock.timers.tick(1000);
    deepEqual(shown(), ["bed 20 °C", "bed 23 °C", "bed 24 °C"]);
  });
});
