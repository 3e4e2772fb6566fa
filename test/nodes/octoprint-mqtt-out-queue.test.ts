import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { type FlowNode, loadFlow, type Message, type Runtime } from "../support/runtime.ts";
import { observe } from "../support/wire.ts";
import { codeOf, ended, endOf, until } from "./completion.ts";
import { brokerNode, connected, inNode, outNode, printerNode, type Started, startOut, tab } from "./flow.ts";

const event = (name: string) => ({ kind: "event", event: name });
const progress = (payload: number) => ({ kind: "progress", progress: "printing", payload });

async function goDown({ broker, runtime }: Started): Promise<void> {
  await broker.down();
  await runtime.status("out", ({ fill }) => fill === "red");
}

/** The input is handled in a later turn: something that is refused at once tells when. */
async function handled(runtime: Runtime): Promise<void> {
  await runtime.send("out", { kind: "nothing" });
}

describe("while disconnected", () => {
  test("first in, first out; a retained one replaces the waiting one of its topic and goes to the end", async (t) => {
    const started = await startOut(t, { timestamp: false });
    const { runtime, broker, published } = started;
    await goDown(started);
    const first = runtime.inject("out", event("A"));
    const replaced = runtime.inject("out", progress(1));
    const second = runtime.inject("out", event("B"));
    const twin = runtime.inject("out", event("B"));
    const newest = runtime.inject("out", progress(2));
    equal(await ended(runtime, replaced), "published");
    for (const msg of [first, second, twin, newest]) equal(endOf(runtime, msg), undefined);
    equal(published.items.length, 0);

    await broker.up();
    for (const msg of [first, second, twin, newest]) equal(await ended(runtime, msg), "published");
    const sent = await published.take(4);
    deepEqual(
      sent.map(({ topic }) => topic.replace("octoprint/", "")),
      ["event/A", "event/B", "event/B", "progress/printing"],
    );
    equal(JSON.parse(sent[3]?.text ?? "").progress, 2);
    equal(published.items.length, 4);
  });

  test("bytes that the flow changes meanwhile are published as they were sent", async (t) => {
    const started = await startOut(t, { retain: "true" });
    const { runtime, broker, published } = started;
    await goDown(started);
    const payload = Buffer.from("sent");
    const msg = runtime.inject("out", { kind: "other", subtopic: "x", payload });
    await handled(runtime);
    payload.fill(0);
    await broker.up();
    equal(await ended(runtime, msg), "published");
    equal((await published.next()).text, "sent");
  });

  test("the timestamp is that of the msg's arrival", async (t) => {
    const started = await startOut(t);
    const { runtime, broker, published } = started;
    t.mock.timers.enable({ apis: ["Date"], now: 1_792_000_000_000 });
    await goDown(started);
    const msg = runtime.inject("out", event("A"));
    await handled(runtime);
    t.mock.timers.tick(3_600_000);
    await broker.up();
    equal(await ended(runtime, msg), "published");
    equal(JSON.parse((await published.next()).text)._timestamp, 1_792_000_000);
  });

  test("full: the newest is refused, but a replacement still finds its place", async (t) => {
    const started = await startOut(t, {}, { broker: { queueLimit: "2" } });
    const { runtime, broker, published } = started;
    await goDown(started);
    const kept = runtime.inject("out", event("A"));
    const replaced = runtime.inject("out", progress(1));
    const { error } = await runtime.send("out", event("B"));
    ok(error);
    equal(codeOf(error), "queue-full");
    match(error.message, /2/);
    const newest = runtime.inject("out", progress(2));
    equal(await ended(runtime, replaced), "published");
    await broker.up();
    equal(await ended(runtime, kept), "published");
    equal(await ended(runtime, newest), "published");
    equal((await published.take(2)).length, 2);
  });

  test("other messages are refused at once unless they are retained: no stale command is carried out later", async (t) => {
    const started = await startOut(t, { kind: "other", target: "x", retain: "msg" });
    const { runtime, broker, published } = started;
    await goDown(started);
    const { error } = await runtime.send("out", { payload: "power on" });
    ok(error);
    equal(codeOf(error), "disconnected");
    match(error.message, /not connected/);
    const state = runtime.inject("out", { payload: "on", retain: true });
    await broker.up();
    equal(await ended(runtime, state), "published");
    equal((await published.next()).text, "on");
    equal(published.items.length, 1);
  });

  test("everything is refused at once where the node says so", async (t) => {
    const started = await startOut(t, { offline: "error" });
    const { runtime } = started;
    await goDown(started);
    for (const msg of [event("A"), progress(1), { kind: "connection", payload: true }]) {
      const { error } = await runtime.send("out", msg);
      equal(error && codeOf(error), "disconnected");
    }
  });

  test("the status says how many wait", async (t) => {
    const started = await startOut(t);
    await goDown(started);
    started.runtime.inject("out", event("A"));
    await started.runtime.status("out", ({ fill, text }) => fill === "red" && text.endsWith("(1)"));
  });
});

test("a slow broker gets everything: nothing is replaced while the connection stands", {
  skip: withoutMosquitto(),
}, async (t) => {
  const broker = await startMosquitto(t, { conf: ["max_queued_messages 0"] });
  const runtime = await loadFlow(t, [tab, brokerNode(broker.url), printerNode(), outNode("out")]);
  await runtime.status("out", connected);
  const observer = await observe(t, broker.url, "octoprint/#");
  broker.pause();
  const payload = { text: "x".repeat(50_000) };
  const numbers = Array.from({ length: 300 }, (_, n) => n);
  const msgs = numbers.map((n) => runtime.inject("out", { ...event("ZChange"), payload: { ...payload, new: n } }));
  await handled(runtime);
  broker.resume();
  for (const msg of msgs) equal(await ended(runtime, msg), "published");
  const layers = (await observer.take(msgs.length)).map(({ text }) => JSON.parse(text).new);
  deepEqual(layers, numbers);
});

describe("done, exactly once, when", () => {
  const flowOf = (broker: { url: string }, ...nodes: FlowNode[]) => [
    tab,
    brokerNode(broker.url),
    printerNode(),
    ...nodes,
  ];

  test("the node is removed: what waits is refused", async (t) => {
    const started = await startOut(t);
    const { runtime, broker } = started;
    await goDown(started);
    const msgs = [event("A"), progress(1)].map((msg) => runtime.inject("out", msg));
    await handled(runtime);
    await runtime.deploy(flowOf(broker, ...inNode("in")), "nodes");
    for (const msg of msgs) equal(await ended(runtime, msg), "node-removed");
  });

  test("the node is changed: what waits goes on waiting and is published", async (t) => {
    const started = await startOut(t);
    const { runtime, broker, published } = started;
    await goDown(started);
    const msg = runtime.inject("out", event("A"));
    await handled(runtime);
    await runtime.deploy(flowOf(broker, outNode("out", { onlyChanges: true })), "nodes");
    equal(endOf(runtime, msg), undefined);
    await broker.up();
    equal(await ended(runtime, msg), "published");
    equal((await published.next()).topic, "octoprint/event/A");
  });

  test("the broker node is removed", async (t) => {
    const started = await startOut(t);
    const { runtime } = started;
    await goDown(started);
    const msg = runtime.inject("out", event("A"));
    await handled(runtime);
    await runtime.deploy([tab, printerNode(), outNode("out")], "nodes");
    equal(await ended(runtime, msg), "connection-closed");
    await runtime.status("out", /no broker chosen/);
    const { error } = await runtime.send("out", event("B"));
    equal(error && codeOf(error), "broker-missing");
  });

  test("all is deployed while nothing can be published: one warning with the count", async (t) => {
    const started = await startOut(t);
    const { runtime, broker } = started;
    await goDown(started);
    const msgs = ["A", "B", "C"].map((name) => runtime.inject("out", event(name)));
    await handled(runtime);
    await runtime.deploy(flowOf(broker, outNode("out")), "full");
    for (const msg of msgs) equal(await ended(runtime, msg), "connection-closed");
    const warnings = runtime.log.items.filter(({ msg }) => /messages were lost/.test(String(msg)));
    equal(warnings.length, 1);
    match(String(warnings[0]?.msg), /3/);
  });

  test("all is deployed right after msgs came: they are published first", async (t) => {
    const { runtime, broker, published } = await startOut(t, { qos: "1" });
    const msgs = ["A", "B", "C"].map((name) => runtime.inject("out", event(name)));
    await until(() => published.items.length > 0);
    await runtime.deploy(flowOf(broker, outNode("out", { qos: "1" })), "full");
    for (const msg of msgs) equal(await ended(runtime, msg), "published");
    deepEqual(
      runtime.log.items.filter(({ msg }) => /messages were lost/.test(String(msg))),
      [],
    );
  });

  test("the broker cuts the connection with messages of each QoS on their way", async (t) => {
    const { runtime, broker, published } = await startOut(t, { qos: "msg" });
    const msgs: Message[] = [];
    for (let n = 0; n < 60; n++) msgs.push(runtime.inject("out", { ...event(`E${n}`), qos: n % 3 }));
    await published.next();
    broker.cut();
    for (const msg of msgs) equal(await ended(runtime, msg), "published");
    const topics = new Set(published.items.map(({ topic }) => topic));
    for (const { event: name, qos } of msgs) if (qos !== 0) ok(topics.has(`octoprint/event/${name}`), String(name));
  });

  test("a broker reads nothing and then dies", { skip: withoutMosquitto() }, async (t) => {
    const broker = await startMosquitto(t);
    const nodes = [outNode("out", { qos: "msg" }), outNode("impatient", { qos: "msg", offline: "error" })];
    const runtime = await loadFlow(t, flowOf(broker, ...nodes));
    await runtime.status("impatient", connected);
    broker.pause();
    const payload = { text: "x".repeat(50_000) };
    const patient: Message[] = [];
    const impatient: Message[] = [];
    for (let n = 0; n < 200; n++) {
      patient.push(runtime.inject("out", { ...event(`P${n}`), payload, qos: n % 2 }));
      impatient.push(runtime.inject("impatient", { ...event(`I${n}`), payload, qos: n % 2 }));
    }
    await handled(runtime);
    await broker.kill();
    for (const msg of impatient) match((await ended(runtime, msg)) ?? "", /^(published|disconnected|connection-lost)$/);

    await broker.restart();
    const observer = await observe(t, broker.url, "octoprint/#");
    for (const msg of patient) equal(await ended(runtime, msg), "published");
    await observer.fence();
    equal(runtime.completions.items.filter(({ node }) => node === "impatient").length, impatient.length);
  });

  test("a deploy gives a broker that does not answer 2 s, and then says what is lost", {
    skip: withoutMosquitto(),
  }, async (t) => {
    const broker = await startMosquitto(t);
    const runtime = await loadFlow(t, flowOf(broker, outNode("out", { qos: "1" })));
    await runtime.status("out", connected);
    broker.pause();
    const msgs = ["A", "B"].map((name) => runtime.inject("out", event(name)));
    await handled(runtime);
    await runtime.deploy(flowOf(broker, outNode("out", { qos: "1" })), "full");
    for (const msg of msgs) equal(await ended(runtime, msg), "connection-closed");
    match(String(runtime.log.items.find(({ msg }) => /messages were lost/.test(String(msg)))?.msg), /2/);
  });
});
