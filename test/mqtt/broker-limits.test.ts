import assert from "node:assert/strict";
import { test } from "node:test";
import { timing } from "../../nodes/mqtt/timing.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startStrictBroker } from "../support/strict-broker.ts";
import { observe, publisher } from "../support/wire.ts";
import { connected, createConnection, join, type Opened, Sender, versions } from "./connecting.ts";

const skip = withoutMosquitto();

/** A message that the broker does not take, and one on another topic that it does. */
interface Limit {
  readonly what: string;
  readonly conf: readonly string[];
  readonly payload?: string;
  readonly qos: 0 | 1 | 2;
  readonly retain?: boolean;
  /** The reason over MQTT 5, where the broker says at CONNACK what it takes. */
  readonly code: string;
}

const limits: readonly Limit[] = [
  { what: "a QoS", conf: ["max_qos 1"], qos: 2, code: "qos-unsupported" },
  { what: "retained messages", conf: ["retain_available false"], qos: 1, retain: true, code: "retain-unavailable" },
  { what: "a size", conf: ["max_packet_size 1000"], payload: "x".repeat(2000), qos: 1, code: "packet-too-large" },
];

for (const { what, conf, payload = "bad", qos, retain = false, code } of limits) {
  test(`MQTTv5: ${what} that the broker does not take is refused with that reason, and costs nothing`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t, { conf });
    const opened = await connected(t, mosquitto.url, { protocol: "MQTTv5" });
    const sender = new Sender(opened);
    sender.publish("q/bad", payload, { qos, retain });
    sender.publish("q/good", "good", { qos: 1 });
    const results = await sender.results.take(2);
    assert.deepEqual(new Set(results.map(({ problem }) => problem?.code)), new Set([code, undefined]));
    assert.equal(opened.states.items.filter(({ phase }) => phase === "disconnected").length, 0);
  });

  test(`MQTTv311: ${what} that the broker does not take: three such messages are refused, the others arrive`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t, { conf });
    const printer = await publisher(t, mosquitto.url);
    const observer = await observe(t, mosquitto.url, "q/good");
    const pauses = { retry: timing.retry, longestRetry: timing.longestRetry };
    const opened = await connected(t, mosquitto.url, {}, pauses);
    const member = join(opened, "printer");
    const sender = new Sender(opened);
    const missed = new Missed(opened);
    for (const name of ["a", "b", "c"]) sender.publish(`q/bad/${name}`, payload, { qos, retain });
    for (let at = 0; at < 10; at++) sender.publish("q/good", `${at}`, { qos: 1 });
    const results = await sender.results.take(13);
    assert.equal(results.filter(({ problem }) => problem?.code === "publish-closes-connection").length, 3);
    assert.equal(results.filter(({ problem }) => problem === undefined).length, 10);
    assert.deepEqual(
      (await observer.take(10)).map(({ text }) => text),
      Array.from({ length: 10 }, (_, at) => `${at}`),
    );
    t.diagnostic(`without a connection for ${missed.milliseconds} ms in all`);
    assert.ok(missed.milliseconds < 10_000);
    await printer.publish("printer", "still there");
    await member.messages.next();
  });
}

/** How long there is no connection, in all. */
class Missed {
  milliseconds = 0;

  constructor({ connection }: Opened) {
    let since: number | undefined;
    connection.observe(({ phase }) => {
      if (phase === "disconnected") since ??= Date.now();
      if (phase !== "connected" || since === undefined) return;
      this.milliseconds += Date.now() - since;
      since = undefined;
    });
  }
}

for (const qos of [0, 1] as const) {
  test(`MQTTv311: what is retained every moment at QoS ${qos}, where nothing may be, does not cost the connection for good`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t, { conf: ["retain_available false"] });
    const printer = await publisher(t, mosquitto.url);
    const opened = await connected(t, mosquitto.url);
    const member = join(opened, "printer");
    const sender = new Sender(opened);
    const timer = setInterval(() => sender.publish("q", "state", { qos, retain: true }), 50);
    t.after(() => clearInterval(timer));
    for (let count = 0; count < 20; count++) {
      await sender.results.next(({ problem }) => problem?.code === "publish-closes-connection");
    }
    await printer.publish("printer", "1");
    await member.messages.next(({ text }) => text === "1");
    if (qos === 1)
      assert.deepEqual(
        sender.results.items.filter(({ problem }) => problem === undefined),
        [],
      );
  });
}

const willLimits = [["max_qos 0"], ["retain_available false"]] as const;
for (const protocol of versions) {
  for (const conf of willLimits) {
    test(`${protocol}: ${conf.join()}: the connection goes without its last will, and a warning says so`, {
      skip,
    }, async (t) => {
      const mosquitto = await startMosquitto(t, { conf });
      const opened = createConnection(t, mosquitto.url, { protocol, statusTopic: "status" });
      opened.connection.watch(() => undefined);
      const { warnings = [] } = await opened.phase("connected");
      assert.deepEqual(warnings, [{ code: "will-refused", topic: "status" }]);
      const sender = new Sender(opened);
      sender.publish("q", "1");
      assert.equal((await sender.results.next()).problem, undefined);
      await mosquitto.kill();
      await opened.states.next(({ problem }) => problem?.code === "connection-refused");
      // It is what a connection lacks, never why there is none.
      assert.ok(opened.states.items.every(({ problem }) => problem?.code !== "will-refused"));
    });
  }
}

test("MQTTv311: connections that a proxy closes while the broker restarts do not cost the last will", {
  skip,
}, async (t) => {
  const mosquitto = await startMosquitto(t);
  const wills: boolean[] = [];
  const proxy = await startStrictBroker(t, mosquitto.port, (packet) => {
    if (packet.cmd !== "connect") return true;
    // The broker is back for the third attempt, which is the one without the will.
    return wills.push(packet.will !== undefined) > 2;
  });
  const opened = createConnection(t, proxy.url, { protocol: "MQTTv311", statusTopic: "status" });
  opened.connection.watch(() => undefined);
  assert.equal((await opened.phase("connected")).warnings, undefined);
  assert.deepEqual(wills, [true, true, false, true]);
});

test("MQTTv5: the status topic is published as the broker allows it", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t, { conf: ["retain_available false", "max_qos 0"] });
  const observer = await observe(t, mosquitto.url, "status");
  const opened = await connected(t, mosquitto.url, { protocol: "MQTTv5", statusTopic: "status" });
  const { text, qos, retain } = await observer.next();
  assert.deepEqual({ text, qos, retain }, { text: "connected", qos: 0, retain: false });
  await opened.connection.close();
  assert.equal((await observer.next()).text, "disconnected");
});

test("MQTTv311: a status topic that costs the connection is given up with a warning", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  // More than 200 levels are too many for mosquitto.
  const statusTopic = `${"a/".repeat(300)}status`;
  const opened = createConnection(t, mosquitto.url, { statusTopic });
  opened.connection.watch(() => undefined);
  const { warnings = [] } = await opened.states.next(
    ({ phase, warnings: [warning] = [] }) => phase === "connected" && warning !== undefined,
  );
  assert.match(warnings.map(({ code }) => code).join(), /^(status-topic-given-up|will-refused)/);
  const sender = new Sender(opened);
  sender.publish("q", "1", { qos: 1 });
  assert.equal((await sender.results.next()).problem, undefined);
});

test("a message that is too long for MQTT is refused at once", (t) => {
  const opened = createConnection(t, "mqtt://127.0.0.1:1");
  const sender = new Sender(opened);
  sender.publish("q", Buffer.alloc(268_435_456));
  assert.equal(sender.results.items[0]?.problem?.code, "message-too-large");
});

for (const protocol of versions) {
  test(`${protocol}: a broker that is killed eight times while a topic is published: all arrives, no error`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t, { persistence: true });
    const reader = await connected(t, mosquitto.url, { protocol, cleanSession: false, clientId: "reader" });
    const member = join(reader, "q");
    await mosquitto.log.next((line) => line.includes("Sending SUBACK to reader"));
    const opened = await connected(t, mosquitto.url, { protocol });
    const sender = new Sender(opened);
    let count = 0;
    for (let kill = 0; kill < 8; kill++) {
      for (let at = 0; at < 10; at++) sender.publish("q", `${count++}`, { qos: 1 });
      await mosquitto.kill();
      await mosquitto.restart();
      for (let at = 0; at < 10; at++) sender.publish("q", `${count++}`, { qos: 1 });
    }
    const results = await sender.results.take(count);
    assert.ok(results.every(({ problem }) => problem === undefined));
    const last = `${count - 1}`;
    await member.messages.next(({ text }) => text === last);
    const numbers = [...new Set(member.messages.items.map(({ text }) => Number(text)))];
    assert.deepEqual(
      numbers,
      Array.from({ length: count }, (_, at) => at),
    );
  });
}
