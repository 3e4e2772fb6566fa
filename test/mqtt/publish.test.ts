import assert from "node:assert/strict";
import { test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startProxy } from "../support/proxy.ts";
import { connack, startRaw } from "../support/raw-server.ts";
import { observe } from "../support/wire.ts";
import { connected, createConnection, join, type Result, Sender, versions } from "./connecting.ts";

const skip = withoutMosquitto();

function codes(results: readonly Result[]): (string | undefined)[][] {
  return results.map(({ name, problem }) => [name, problem?.code]);
}

test("a message alone opens the connection, which closes when it is published", async (t) => {
  const broker = await startAedes(t);
  const opened = createConnection(t, broker.url);
  const sender = new Sender(opened);
  sender.publish("a", "1", { qos: 1 });
  assert.equal((await sender.results.next()).problem, undefined);
  await opened.phase("idle");
});

test("the broker is gone and comes back: the queue is published in its order", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const opened = await connected(t, mosquitto.url);
  await mosquitto.kill();
  assert.equal((await opened.phase("disconnected")).problem?.code, "reconnecting");
  const sender = new Sender(opened);
  for (const [index, qos] of ([0, 1, 2, 0, 1, 2] as const).entries()) sender.publish(`q/${index}`, `${index}`, { qos });
  sender.publish("q/state", "old", { retain: true });
  sender.publish("q/6", "6", { qos: 1 });
  sender.publish("q/state", "new", { retain: true });
  sender.publish("q/command", "late", { queue: false });
  assert.equal(opened.connection.waiting, 8);
  assert.deepEqual(codes(await sender.results.take(2)), [
    ["old", undefined],
    ["late", "disconnected"],
  ]);
  await mosquitto.restart();
  const results = await sender.results.take(8);
  assert.ok(results.every(({ problem }) => problem === undefined));
  const published = mosquitto.log.items.flatMap((line) => /Received PUBLISH .*'q\/(\w+)'/.exec(line)?.[1] ?? []);
  assert.deepEqual(published, ["0", "1", "2", "3", "4", "5", "6", "state"]);
});

test("QoS 1 that was not acknowledged is sent again after the reconnect, before what came later", {
  skip,
}, async (t) => {
  const mosquitto = await startMosquitto(t, { persistence: true });
  const opened = await connected(t, mosquitto.url);
  const sender = new Sender(opened);
  mosquitto.pause();
  for (const name of ["1", "2", "3"]) sender.publish("q", name, { qos: 1 });
  await mosquitto.kill();
  await opened.phase("disconnected");
  sender.publish("q", "4", { qos: 1 });
  await mosquitto.restart();
  const results = await sender.results.take(4);
  assert.deepEqual(codes(results), [
    ["1", undefined],
    ["2", undefined],
    ["3", undefined],
    ["4", undefined],
  ]);
});

test("trap: a broker that reads nothing and then dies: no done() hangs, nothing unwritten is lost", async (t) => {
  let deaf = true;
  const packets = { connects: 0 };
  const server = await startRaw(t, (socket) => {
    socket.once("data", () => {
      packets.connects++;
      socket.write(connack);
      if (deaf) socket.pause();
    });
  });
  const opened = await connected(t, server.url, { queueLimit: 500 });
  const sender = new Sender(opened);
  const block = "x".repeat(100_000);
  for (let count = 0; count < 200; count++) sender.publish("camera", Buffer.from(block));
  sender.publish("last", "last");
  const written = sender.results.items.length;
  assert.ok(written < 200, "the socket does not take all of it");
  assert.equal(opened.connection.waiting, 200 - written);
  deaf = false;
  server.cut();
  await opened.phase("disconnected");
  const results = [...sender.results.items];
  assert.ok(results.every(({ problem }) => problem === undefined));
  await sender.results.next(({ name }) => name === "last");
  assert.equal(sender.results.items.length, 201);
  assert.ok(sender.results.items.every(({ problem }) => problem === undefined));
  assert.equal(packets.connects, 2);
});

test("over MQTT 5 no more is unacknowledged than the broker takes, the status included", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t, { conf: ["max_inflight_messages 1"] });
  const opened = createConnection(t, mosquitto.url, { protocol: "MQTTv5", statusTopic: "status" });
  const sender = new Sender(opened);
  for (let count = 0; count < 50; count++) sender.publish("q", `${count}`, { qos: ([1, 2] as const)[count % 2] ?? 1 });
  const results = await sender.results.take(50);
  assert.deepEqual(
    results,
    Array.from({ length: 50 }, (_, index) => ({ name: `${index}`, problem: undefined })),
  );
  assert.equal(opened.states.items.filter(({ phase }) => phase === "disconnected").length, 0);
});

test("a close publishes what waits, and answers that nothing is lost", async (t) => {
  const broker = await startAedes(t);
  const observer = await observe(t, broker.url, "q", { protocolVersion: 4 });
  const opened = await connected(t, broker.url, {}, { flush: 20_000 });
  const sender = new Sender(opened);
  // More than may be unacknowledged on the wire.
  for (let count = 0; count < 1300; count++) sender.publish("q", `${count}`, { qos: 1 });
  assert.ok(opened.connection.waiting > 0);
  assert.equal((await opened.connection.close()).lost, 0);
  await observer.take(1300);
  assert.ok(sender.results.items.every(({ problem }) => problem === undefined));
});

test("messages of an owner are withdrawn when it goes", (t) => {
  const opened = createConnection(t, "mqtt://127.0.0.1:1");
  const sender = new Sender(opened);
  const owner = {};
  sender.publish("q", "1", { owner });
  sender.publish("q", "2");
  opened.connection.withdraw(owner);
  assert.deepEqual(codes(sender.results.items), [["1", "node-removed"]]);
  assert.equal(opened.connection.waiting, 1);
});

test("a watcher that publishes as soon as it is connected is not refused", async (t) => {
  const broker = await startAedes(t);
  const opened = createConnection(t, broker.url);
  const sender = new Sender(opened);
  opened.connection.watch(({ phase }) => {
    if (phase === "connected") sender.publish("q", "at once", { queue: false });
  });
  assert.equal((await sender.results.next()).problem, undefined);
});

test("trap: a message that the broker hangs up on does not end the connection for good", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const opened = await connected(t, mosquitto.url);
  const member = join(opened, "q");
  const sender = new Sender(opened);
  // More than 200 levels are too many for mosquitto.
  sender.publish("a/".repeat(300), "bad", { qos: 1 });
  sender.publish("q", "good", { qos: 1 });
  assert.deepEqual(
    new Map(codes(await sender.results.take(2)).map(([name, code]) => [name, code])),
    new Map([
      ["bad", "publish-closes-connection"],
      ["good", undefined],
    ]),
  );
  await member.messages.next();
});

test("a message larger than the broker takes is refused, and the connection stands", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t, { conf: ["max_packet_size 300"] });
  const opened = await connected(t, mosquitto.url, { protocol: "MQTTv5" });
  const sender = new Sender(opened);
  // Header 1 + 2 bytes, topic 2 + 1, packet identifier 2, properties 1.
  const fits = "x".repeat(300 - 9);
  sender.publish("q", fits, { qos: 1 });
  sender.publish("q", `${fits}y`, { qos: 1 });
  sender.publish("q", "small", { qos: 1 });
  const problems = (await sender.results.take(3)).map(({ problem }) => problem);
  assert.deepEqual(new Set(problems), new Set([undefined, { code: "packet-too-large", size: 301, limit: 300 }]));
  assert.equal(problems.filter((problem) => problem === undefined).length, 2);
  assert.equal(opened.states.items.at(-1)?.phase, "connected");
});

for (const protocol of versions) {
  for (const conf of [[], ["max_queued_messages 0"]]) {
    const what = conf.join(", ") || "default limits";
    test(`${protocol}: a burst of QoS 2 to a broker with ${what} arrives whole`, { skip }, async (t) => {
      const mosquitto = await startMosquitto(t, { conf });
      const observer = await observe(t, mosquitto.url, "q");
      const sender = new Sender(await connected(t, mosquitto.url, { protocol }));
      for (let count = 0; count < 500; count++) sender.publish("q", `${count}`, { qos: 2 });
      const results = await sender.results.take(500);
      assert.ok(results.every(({ problem }) => problem === undefined));
      // What the broker has no room for on the way to a subscriber is not the publisher's loss.
      for (let count = 0; count < 500; count++) await mosquitto.log.next((line) => line.includes("Received PUBREL"));
      if (conf.length === 0) await observer.take(500);
    });
  }
}

for (const protocol of versions) {
  test(`${protocol}: QoS 1 among a burst of QoS 2 arrives whole, too`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const observer = await observe(t, mosquitto.url, "q");
    const sender = new Sender(await connected(t, mosquitto.url, { protocol }));
    for (let count = 0; count < 500; count++) sender.publish("q", `${count}`, { qos: count % 2 === 0 ? 2 : 1 });
    const results = await sender.results.take(500);
    assert.ok(results.every(({ problem }) => problem === undefined));
    await observer.take(500);
  });
}

for (const protocol of versions) {
  for (const [lost, bytes] of [
    ["before a PUBREC", 2],
    ["between the PUBRECs", 4 * 7 + 2],
    ["before a PUBCOMP", 4 * 19 + 2],
  ] as const) {
    const title = `${protocol}: QoS 2 in a session that outlives the connection, which is lost ${lost}: each once`;
    test(title, { skip }, async (t) => {
      const mosquitto = await startMosquitto(t);
      const proxy = await startProxy(t, mosquitto.port);
      const observer = await observe(t, mosquitto.url, "q");
      const opened = await connected(t, proxy.url, { protocol, cleanSession: false, clientId: "stays" });
      const sender = new Sender(opened);
      const cut = proxy.cutAfter(bytes, "toClient");
      for (let count = 0; count < 100; count++) sender.publish("q", `${count}`, { qos: 2 });
      await cut;
      const results = await sender.results.take(100);
      assert.ok(results.every(({ problem }) => problem === undefined));
      await observer.take(100);
      await observer.fence();
      assert.equal(observer.messages.length, 100);
      assert.equal(new Set(observer.messages.map(({ text }) => text)).size, 100);
    });
  }
}

for (const protocol of versions) {
  test(`${protocol}: QoS 2 that is withdrawn on its way does not stay one of the 20 that the broker takes`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const observer = await observe(t, mosquitto.url, "q");
    const opened = await connected(t, mosquitto.url, { protocol });
    const sender = new Sender(opened);
    const owner = {};
    for (let count = 0; count < 20; count++) sender.publish("q", "withdrawn", { qos: 2, owner });
    for (let count = 0; count < 100; count++) sender.publish("q", `${count}`, { qos: 2 });
    // The owner goes while its messages are on their way; the broker ends what it has begun.
    opened.connection.withdraw(owner);
    await sender.results.take(20);
    const results = await sender.results.take(100);
    assert.ok(results.every(({ problem }) => problem === undefined));
    for (let count = 0; count < 100; count++) await observer.next(({ text }) => text !== "withdrawn");
  });
}
