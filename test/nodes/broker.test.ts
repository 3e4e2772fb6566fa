import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { type FlowNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { publisher } from "../support/wire.ts";
import { brokerNode, connected, inNode, outNode, printerNode, start, startIn, startOut, tab } from "./flow.ts";

const state = {
  "octoprint/mqtt": "connected",
  "octoprint/temperature/bed": '{"actual": 60, "target": 60}',
  "octoprint/metadata/layer_height": "0.2",
};
const stateTopics = Object.keys(state).toSorted();

async function topics(runtime: Runtime, id: string, count: number): Promise<unknown[]> {
  return (await runtime.sink(`to-${id}`).take(count)).map((msg) => msg.topic).toSorted();
}

describe("one connection", () => {
  test("however many nodes and printers use it", async (t) => {
    const printers = [printerNode({ id: "p1", baseTopic: "a/" }), printerNode({ id: "p2", baseTopic: "b/" })];
    const nodes = ["p1", "p2"].flatMap((printer) =>
      [1, 2, 3, 4].flatMap((n) => [
        ...inNode(`in-${printer}-${n}`, { printer }),
        outNode(`out-${printer}-${n}`, { printer }),
      ]),
    );
    const { runtime, clients, subscribed, broker } = await start(t, [...printers, ...nodes], { printer: null });
    for (const { id, type } of nodes) if (type !== "sink") await runtime.status(id, connected);
    await subscribed.next();
    equal(clients.items.length, 1);
    equal(broker.aedes.connectedClients, 1);
    // One SUBSCRIBE a filter, not one a node.
    deepEqual(subscribed.items.flat().toSorted(), ["a/#", "b/#"]);
  });

  test("is opened by the first user and not by the config nodes", async (t) => {
    const { runtime, clients, broker } = await start(t, []);
    const nodes = [tab, brokerNode(broker.url), printerNode()];
    equal(clients.items.length, 0);
    await runtime.deploy([...nodes, ...inNode("in")], "nodes");
    await clients.next();
    equal(clients.items.length, 1);
  });

  test("is closed when its last user has left", async (t) => {
    const { runtime, broker, clients, gone } = await startOut(t);
    await runtime.deploy([tab, brokerNode(broker.url), printerNode()], "nodes");
    equal(await gone.next(), await clients.next());
  });

  test("two broker nodes are two connections", async (t) => {
    const { runtime, clients, broker } = await start(t, []);
    const second = [
      { ...brokerNode(broker.url), id: "b2" },
      printerNode({ id: "p2", broker: "b2" }),
      outNode("out2", { printer: "p2" }),
    ];
    await runtime.deploy([tab, brokerNode(broker.url), printerNode(), outNode("out"), ...second], "nodes");
    await clients.take(2);
    equal(new Set(clients.items).size, 2);
  });
});

describe("a deploy that does not touch the broker node", () => {
  for (const type of ["nodes", "flows"] as const) {
    test(`of "modified ${type}" keeps connection and subscriptions`, async (t) => {
      const first = [outNode("out"), ...inNode("in")];
      const { runtime, clients, subscribed, unsubscribed, broker } = await start(t, first, { stored: state });
      deepEqual(await topics(runtime, "in", 3), stateTopics);
      await subscribed.next();
      const flow = (...nodes: FlowNode[]) => [tab, brokerNode(broker.url), printerNode(), ...inNode("in"), ...nodes];
      await runtime.deploy(flow(outNode("out", { qos: "1" })), type);
      await runtime.send("out", { kind: "event", event: "Home" });
      const msg = await runtime.sink("to-in").next(({ event }) => event === "Home");
      equal(msg.retain, false);
      equal(clients.items.length, 1);
      deepEqual(unsubscribed.items, []);
    });
  }

  test("keeps the queue", async (t) => {
    const { runtime, broker, published } = await startOut(t);
    await broker.down();
    await runtime.status("out", ({ fill }) => fill === "red");
    runtime.inject("out", { kind: "event", event: "Home" });
    await runtime.status("out", ({ text }) => text.endsWith("(1)"));
    await runtime.deploy([tab, brokerNode(broker.url), printerNode(), outNode("out"), ...inNode("new")], "nodes");
    await broker.up();
    equal((await published.next()).topic, "octoprint/event/Home");
  });

  for (const protocol of ["MQTTv311", "MQTTv5"]) {
    test(`gives a node that is new the stored state once, and the others nothing (${protocol})`, {
      skip: withoutMosquitto(),
    }, async (t) => {
      const broker = await startMosquitto(t);
      const printer = await publisher(t, broker.url);
      for (const [topic, payload] of Object.entries(state)) await printer.publish(topic, payload, { retain: true });
      const flow = (...nodes: FlowNode[]) => [
        tab,
        brokerNode(broker.url, { protocol }),
        printerNode(),
        ...inNode("old"),
        ...inNode("older", { kind: "temperature" }),
        ...nodes,
      ];
      const runtime = await loadFlow(t, flow());
      deepEqual(await topics(runtime, "old", 3), stateTopics);
      deepEqual(await topics(runtime, "older", 1), ["octoprint/temperature/bed"]);

      await runtime.deploy(flow(...inNode("new"), ...inNode("one", { kind: "metadata" })), "nodes");
      deepEqual(await topics(runtime, "new", 3), stateTopics);
      deepEqual(await topics(runtime, "one", 1), ["octoprint/metadata/layer_height"]);
      await printer.publish("octoprint/metadata/end", "x");
      await printer.publish("octoprint/temperature/end", "{}");
      for (const [id, count] of [
        ["old", 3],
        ["older", 1],
        ["new", 3],
        ["one", 1],
      ] as const) {
        const sink = runtime.sink(`to-${id}`);
        if (id !== "older") equal((await sink.next()).topic, "octoprint/metadata/end");
        equal(sink.items.filter((msg) => msg.retain).length, count, id);
      }
      equal(broker.log.items.filter((line) => line.includes("New client connected")).length, 2);
    });
  }

  test("gives a node that was changed the state again, and the others nothing", async (t) => {
    const { runtime, broker } = await start(t, [...inNode("same"), ...inNode("in")], { stored: state });
    for (const id of ["same", "in"]) deepEqual(await topics(runtime, id, 3), stateTopics);
    const flow = [tab, brokerNode(broker.url), printerNode(), ...inNode("same"), ...inNode("in", { output: "value" })];
    await runtime.deploy(flow, "nodes");
    deepEqual(await topics(runtime, "in", 3), stateTopics);
    await broker.publish("octoprint/event/End", "{}");
    equal((await runtime.sink("to-same").next()).event, "End");
    equal(runtime.sink("to-same").items.length, 4);
  });
});

test("a full deploy connects again, and delivers the state again", async (t) => {
  const { runtime, broker, clients, gone } = await startIn(t, {}, { stored: state });
  deepEqual(await topics(runtime, "in", 3), stateTopics);
  await runtime.deploy([tab, brokerNode(broker.url), printerNode(), ...inNode("in")], "full");
  deepEqual(await topics(runtime, "in", 3), stateTopics);
  equal(clients.items.length, 2);
  equal(await gone.next(), clients.items[0]);
});

test("a changed broker node connects anew, and its nodes with it", async (t) => {
  const { runtime, broker, clients } = await startIn(t, {}, { stored: state });
  deepEqual(await topics(runtime, "in", 3), stateTopics);
  const changed = brokerNode(broker.url, { clientId: "another" });
  await runtime.deploy([tab, changed, printerNode(), ...inNode("in")], "nodes");
  deepEqual(await topics(runtime, "in", 3), stateTopics);
  equal(clients.items.at(-1), "another");
});

test("the broker goes and comes back: the status says so, and the state is delivered again", async (t) => {
  const { runtime, broker, clients } = await start(t, [...inNode("in"), outNode("out")], { stored: state });
  deepEqual(await topics(runtime, "in", 3), stateTopics);
  await broker.down();
  for (const id of ["in", "out"]) await runtime.status(id, ({ fill, shape }) => fill === "red" && shape === "ring");
  // It has changed meanwhile.
  await broker.publish("octoprint/mqtt", "disconnected", { retain: true });
  await broker.up();
  for (const id of ["in", "out"]) {
    await runtime.status(id, ({ fill }) => fill === "green");
  }
  const again = await runtime.sink("to-in").take(3);
  deepEqual(again.map((msg) => msg.topic).toSorted(), stateTopics);
  equal(again.find((msg) => msg.kind === "connection")?.payload, "disconnected");
  ok(again.every((msg) => msg.retain));
  // The same random id, for the broker to know us by.
  equal(new Set(clients.items).size, 1);
  // One that is away all night is one line in the log.
  equal(runtime.log.items.filter(({ id }) => id === "b").length <= 2, true);
});

describe("the session", () => {
  const rows = [
    { settings: {}, line: /as nodered_\w+ \(p2, c1, k60\)/ },
    { settings: { protocol: "MQTTv31", keepalive: "15" }, line: /as nodered_\w+ \(p1, c1, k15\)/ },
    { settings: { protocol: "MQTTv5", clientId: "mine" }, line: /as mine \(p5, c1, k60\)/ },
    { settings: { clientId: "mine", cleanSession: false }, line: /as mine \(p2, c0, k60\)/ },
    { settings: { clientId: "mine", cleanSession: false, protocol: "MQTTv5" }, line: /as mine \(p5, c0, k60\)/ },
  ];
  for (const { settings, line } of rows) {
    test(`${JSON.stringify(settings)} gives ${line}`, { skip: withoutMosquitto() }, async (t) => {
      const broker = await startMosquitto(t);
      const nodes = [...inNode("in", { kind: "connection" }), outNode("out")];
      const runtime = await loadFlow(t, [tab, brokerNode(broker.url, settings), printerNode(), ...nodes]);
      await broker.log.next((logged) => logged.includes("New client connected") && line.test(logged));
      await broker.log.next((logged) => logged.includes("Sending SUBACK"));
      await runtime.send("out", { kind: "connection", payload: true });
      equal((await runtime.sink("to-in").next()).payload, "connected");
    });
  }

  test("what came while away comes afterwards, where the session is kept", { skip: withoutMosquitto() }, async (t) => {
    const broker = await startMosquitto(t);
    const settings = { clientId: "mine", cleanSession: false };
    const flow = [tab, brokerNode(broker.url, settings), printerNode(), ...inNode("in", { kind: "event" })];
    const runtime = await loadFlow(t, flow);
    await broker.log.next((line) => line.includes("Sending SUBACK"));
    await runtime.unload();
    const printer = await publisher(t, broker.url);
    await printer.publish("octoprint/event/PrintDone", "{}");
    const again = await loadFlow(t, flow);
    equal((await again.sink("to-in").next()).event, "PrintDone");
  });
});

describe("the status topic", () => {
  const statusTopic = "octoprint/mqtt";
  test("says connected, at each connect, and disconnected at a clean stop and as the last will", async (t) => {
    const { runtime, broker, published } = await startOut(t, {}, { broker: { statusTopic } });
    const wills: string[] = [];
    broker.aedes.on("publish", ({ topic, payload }, client) => {
      if (!client && topic === statusTopic) wills.push(payload.toString());
    });
    const said = async () => {
      const { topic, text, qos, retain } = await published.next();
      return { topic, text, qos, retain };
    };
    const saying = (text: string) => ({ topic: statusTopic, text, qos: 1, retain: true });
    deepEqual(await said(), saying("connected"));

    broker.cut();
    // The will may be reported as this client's own message.
    const next = await said();
    if (next.text === "disconnected") deepEqual(await said(), saying("connected"));
    else deepEqual([next, wills], [saying("connected"), ["disconnected"]]);

    await runtime.unload();
    deepEqual(await said(), saying("disconnected"));
  });

  test("comes before what waits in the queue", async (t) => {
    const { runtime, broker, published } = await startOut(t, { qos: "1" }, { broker: { statusTopic } });
    await published.next();
    await broker.down();
    await runtime.status("out", ({ fill }) => fill === "red");
    const before = published.items.length;
    runtime.inject("out", { kind: "event", event: "Home" });
    await runtime.status("out", ({ text }) => text.endsWith("(1)"));
    await broker.up();
    await published.next(({ topic }) => topic.endsWith("Home"));
    const after = published.items.slice(before).filter(({ text }) => text !== "disconnected");
    deepEqual(
      after.map(({ topic }) => topic),
      [statusTopic, "octoprint/event/Home"],
    );
  });
});

test("any number of broker nodes is deployed, again and again, without a warning of too many listeners", async (t) => {
  const warnings: Error[] = [];
  const warn = (warning: Error): void => void warnings.push(warning);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  const { runtime, broker } = await start(t, []);
  const many = Array.from({ length: 12 }, (_, n) => brokerNode(broker.url, { id: `b${n}` }));
  const flow = [tab, ...many, printerNode({ broker: "b11" }), ...inNode("in")];
  for (let deploy = 0; deploy < 3; deploy++) await runtime.deploy(flow, "full");
  await runtime.status("in", connected);
  await broker.publish("octoprint/mqtt", "connected", { retain: true });
  equal((await runtime.sink("to-in").next()).payload, "connected");
  deepEqual(warnings, []);
});

describe("a subscription that the broker's ACL refuses", () => {
  test("is a red status and one error", async (t) => {
    const { runtime, broker, subscribed } = await start(t, [], { printer: { baseTopic: "farm/" } });
    broker.aedes.authorizeSubscribe = (_client, subscription, callback) =>
      callback(null, subscription.topic.startsWith("farm") ? null : subscription);
    const allowed = [printerNode({ id: "p2", baseTopic: "shop/" }), ...inNode("allowed", { printer: "p2" })];
    const flow = [tab, brokerNode(broker.url), printerNode({ baseTopic: "farm/" }), ...inNode("refused"), ...allowed];
    await runtime.deploy(flow, "nodes");
    const status = await runtime.status("refused", "not allowed to read farm/#");
    equal(status.fill, "red");
    const { error } = await runtime.caught.next();
    ok(typeof error === "object" && error !== null && "code" in error);
    equal(error.code, "subscription-refused");
    await subscribed.next();
    await broker.publish("shop/mqtt", "connected");
    equal((await runtime.sink("to-allowed").next()).payload, "connected");
    equal(runtime.caught.items.length, 1);
  });
});
