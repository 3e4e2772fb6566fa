import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { type FlowNode, loadFlow } from "../support/runtime.ts";
import { shopDoor } from "../support/third-party.ts";
import { publisher } from "../support/wire.ts";
import { brokerNode, connected, inNode, outNode, printerNode, type StartOptions, start, tab } from "./flow.ts";

const nodes = [shopDoor];

function door(id: string, settings: object = {}): FlowNode[] {
  return [
    { id, z: "tab", type: "shop-door", broker: "b", wires: [[`to-${id}`]], ...settings },
    { id: `to-${id}`, z: "tab", type: "sink", wires: [] },
  ];
}

function open(t: Parameters<typeof start>[0], settings: object = {}, options: StartOptions = {}) {
  return start(t, [...door("door", settings), outNode("out")], { nodes, ...options });
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null && "code" in error ? error.code : error;
}

describe("a node of a third party publishes", () => {
  test("on any topic, over the same connection, by default QoS 0 and not retained", async (t) => {
    const { runtime, published, clients } = await open(t);
    await runtime.status("out", connected);
    equal((await runtime.send("door", { topic: "shop/door", payload: "open" })).error, undefined);
    const options = { qos: 1, retain: true };
    equal(
      (await runtime.send("door", { topic: "shop/light", payload: Buffer.from([1, 0xff]), options })).error,
      undefined,
    );
    const [first, second] = await published.take(2);
    deepEqual([first?.topic, first?.text, first?.qos, first?.retain], ["shop/door", "open", 0, false]);
    deepEqual([second?.topic, second?.qos, second?.retain], ["shop/light", 1, true]);
    deepEqual(second?.payload, Buffer.from([1, 0xff]));
    equal(clients.items.length, 1);
  });

  test("into the same queue, in order; a retained one replaces the waiting one", async (t) => {
    const { runtime, broker, published } = await open(t, {}, { broker: { queueLimit: "3" } });
    await runtime.status("out", connected);
    await broker.down();
    await runtime.status("out", ({ fill }) => fill === "red");
    const state = (payload: string) => ({ topic: "shop/door", payload, options: { retain: true } });
    const first = runtime.inject("out", { kind: "event", event: "Home" });
    const replaced = runtime.inject("door", state("open"));
    const newest = runtime.inject("door", state("closed"));
    const last = runtime.inject("door", { topic: "shop/bell", payload: "1" });
    equal((await runtime.completions.next(({ msg }) => msg === replaced)).error, undefined);
    equal(codeOf((await runtime.send("door", { topic: "shop/bell", payload: "2" })).error), "queue-full");
    const { error } = await runtime.send("door", { topic: "shop/bell", payload: "3", options: { queue: false } });
    equal(codeOf(error), "disconnected");
    await broker.up();
    for (const msg of [first, newest, last]) {
      equal((await runtime.completions.next((completion) => completion.msg === msg)).error, undefined);
    }
    const sent = await published.take(3);
    deepEqual(
      sent.map(({ topic, text }) => (topic.startsWith("shop") ? text : topic)),
      ["octoprint/event/Home", "closed", "1"],
    );
  });

  test("to a topic that is none: an error with a code and a text", async (t) => {
    const { runtime } = await open(t);
    for (const topic of ["", "shop/#", "shop/+", "a\0b"]) {
      const { error } = await runtime.send("door", { topic, payload: "x" });
      equal(codeOf(error), "topic-invalid");
      match(error?.message ?? "", /is not a valid topic to publish to/);
    }
  });

  test("while nothing is configured: refused", async (t) => {
    const { runtime } = await open(t, {}, { broker: { url: "" } });
    const { error } = await runtime.send("door", { topic: "shop/door", payload: "x" });
    equal(codeOf(error), "url-missing");
  });

  test("a rejection that it ignores does not end Node-RED", async (t) => {
    const rejections: unknown[] = [];
    const note = (reason: unknown) => rejections.push(reason);
    process.on("unhandledRejection", note);
    t.after(() => process.off("unhandledRejection", note));
    const { runtime } = await open(t, { careless: true });
    await runtime.send("door", { topic: "shop/#", payload: "x" });
    await new Promise((resolve) => setImmediate(resolve));
    await runtime.status("out", connected);
    deepEqual(rejections, []);
  });

  test("keeps the connection only as long as it takes", async (t) => {
    const { runtime, clients, gone, published } = await start(t, door("door"), { nodes });
    equal(clients.items.length, 0);
    equal((await runtime.send("door", { topic: "shop/door", payload: "open" })).error, undefined);
    equal((await published.next()).text, "open");
    equal(await gone.next(), clients.items[0]);
  });
});

describe("a node of a third party subscribes", () => {
  for (const protocol of ["MQTTv311", "MQTTv5"]) {
    test(`gets what is stored once, then what comes, each message once (${protocol})`, {
      skip: withoutMosquitto(),
    }, async (t) => {
      const broker = await startMosquitto(t);
      const printer = await publisher(t, broker.url);
      await printer.publish("octoprint/mqtt", "connected", { retain: true });
      const doors = [...door("door", { filter: "octoprint/#" }), ...door("wide", { filter: "octoprint/+" })];
      const flow = (...more: FlowNode[]) => [
        tab,
        brokerNode(broker.url, { protocol }),
        printerNode(),
        ...inNode("in", { kind: "connection" }),
        ...doors,
        ...more,
      ];
      const runtime = await loadFlow(t, flow(), { nodes });
      for (const id of ["in", "door", "wide"]) await runtime.sink(`to-${id}`).next();
      await runtime.deploy(flow(...door("late", { filter: "octoprint/mqtt" })), "nodes");
      const late = await runtime.sink("to-late").next();
      deepEqual([late.topic, late.payload, late.packet], ["octoprint/mqtt", "connected", { qos: 1, retain: true }]);

      await printer.publish("octoprint/mqtt", "disconnected", { retain: true, qos: 2 });
      for (const id of ["door", "wide", "late"]) {
        const live = await runtime.sink(`to-${id}`).next();
        deepEqual([live.payload, live.packet], ["disconnected", { qos: 2, retain: false }]);
        equal(runtime.sink(`to-${id}`).items.length, 2, id);
      }
      // Each door wipes its own copy.
      equal((await runtime.sink("to-in").next()).payload, "disconnected");
    });
  }

  test("only once the flow has started, so that nothing is lost", async (t) => {
    const stored = { "shop/a": "1", "shop/b": "2", "shop/c": "3" };
    const { runtime } = await open(t, { filter: "shop/#" }, { stored });
    const got = await runtime.sink("to-door").take(3);
    deepEqual(got.map((msg) => msg.payload).toSorted(), ["1", "2", "3"]);
  });

  test("and unsubscribes; the others go on receiving", async (t) => {
    const doors = [...door("door", { filter: "shop/#" }), ...door("other", { filter: "shop/#" })];
    const { runtime, broker, subscribed } = await start(t, doors, { nodes });
    await subscribed.next();
    await broker.publish("shop/door", "1");
    await runtime.sink("to-door").next();
    await runtime.send("door", { unsubscribe: true });
    await runtime.send("door", { unsubscribe: true });
    await broker.publish("shop/door", "2");
    equal((await runtime.sink("to-other").next(({ payload }) => payload === "2")).topic, "shop/door");
    equal(runtime.sink("to-door").items.length, 1);
  });

  test("the broker is told when nobody wants a filter any more", async (t) => {
    const { runtime, subscribed, unsubscribed } = await open(t, { filter: "shop/#" });
    await subscribed.next();
    await runtime.send("door", { unsubscribe: true });
    deepEqual(await unsubscribed.next(), ["shop/#"]);
  });

  test("a callback that throws is an error in the log, and harms nobody", async (t) => {
    const doors = [...door("door", { filter: "shop/#" }), ...door("other", { filter: "shop/+" })];
    const { runtime, broker, subscribed } = await start(t, doors, { nodes });
    await subscribed.next();
    await broker.publish("shop/door", "throw");
    await broker.publish("shop/door", "on");
    equal((await runtime.sink("to-door").next()).payload, "on");
    equal((await runtime.sink("to-other").next()).payload, "on");
    const { id, msg } = await runtime.log.next();
    equal(id, "b");
    match(String(msg), /the door is stuck/);
  });

  test("a filter that is none: the broker node reports it", async (t) => {
    const { runtime } = await open(t, { filter: "shop/#/x" });
    const { id, msg } = await runtime.log.next();
    equal(id, "b");
    match(String(msg), /shop\/#\/x.*is not a valid topic filter/);
  });

  test("or the node itself, where it listens for it", async (t) => {
    const { runtime } = await open(t, { filter: "shop/#/x", listens: true });
    const caught = await runtime.caught.next();
    deepEqual([codeOf(caught.error), caught.payload], ["filter-invalid", "refused"]);
    deepEqual(runtime.log.items, []);
  });

  test("a filter that the broker refuses", async (t) => {
    const aedes: StartOptions["aedes"] = {
      authorizeSubscribe: (_client, subscription, callback) =>
        callback(null, subscription.topic.startsWith("shop") ? null : subscription),
    };
    const { runtime, broker } = await open(t, { filter: "shop/#", listens: true }, { aedes });
    const caught = await runtime.caught.next();
    equal(codeOf(caught.error), "subscription-refused");
    ok(broker.aedes.connectedClients === 1);
  });
});
