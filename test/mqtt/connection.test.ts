import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startAedes } from "../support/broker.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { connack, startRaw } from "../support/raw-server.ts";
import { observe, publisher } from "../support/wire.ts";
import { connected, createConnection, join, onTheWire, Sender, texts, versions } from "./connecting.ts";

const skip = withoutMosquitto();

for (const protocol of ["MQTTv31", "MQTTv311", "MQTTv5"] as const) {
  test(`${protocol}: connects, subscribes and publishes`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const opened = await connected(t, mosquitto.url, { protocol });
    const member = join(opened, "o/#");
    await mosquitto.log.next((line) => line.includes("Sending SUBACK"));
    const sender = new Sender(opened);
    for (const qos of [0, 1, 2] as const) sender.publish("o/a", `${qos}`, { qos });
    assert.deepEqual(
      (await sender.results.take(3)).map(({ problem }) => problem),
      [undefined, undefined, undefined],
    );
    assert.deepEqual((await member.messages.take(3)).map(({ text }) => text).sort(), ["0", "1", "2"]);
    const version = { MQTTv31: "p1", MQTTv311: "p2", MQTTv5: "p5" }[protocol];
    assert.ok(mosquitto.log.items.some((line) => line.includes(`as ${opened.clientId} (${version}, c1, k60)`)));
  });
}

test("opens with the first user, and closes a while after the last one has left", async (t) => {
  const broker = await startAedes(t);
  const opened = createConnection(t, broker.url);
  assert.equal(opened.connection.state.phase, "idle");
  assert.deepEqual(opened.states.items, []);
  const phases: string[] = [];
  const one = opened.connection.watch(({ phase }) => phases.push(phase));
  const two = join(opened, "a");
  await opened.phase("connected");
  assert.deepEqual(phases, ["connecting", "connected"]);
  const disconnected = once(broker.aedes, "clientDisconnect");
  one();
  two.leave();
  await opened.phase("idle");
  await disconnected;
  const three = opened.connection.watch(() => undefined);
  await opened.phase("connected");
  three();
  await opened.phase("idle");
});

test("a user who comes while the last one's connection ends has a new one", async (t) => {
  const broker = await startAedes(t);
  const opened = await connected(t, broker.url, { statusTopic: "s" });
  opened.unwatch();
  await opened.phase("idle");
  const member = join(opened, "a");
  await opened.phase("connected");
  assert.equal(opened.connection.state.phase, "connected");
  await once(broker.aedes, "subscribe");
  await broker.publish("a", "1");
  await member.messages.next();
});

for (const protocol of versions) {
  test(`${protocol}: the status topic says connected at each connect, disconnected at a clean stop`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const observer = await observe(t, mosquitto.url, "status");
    const opened = await connected(t, mosquitto.url, { protocol, statusTopic: "status" });
    const birth = await observer.next();
    assert.deepEqual([birth.text, birth.qos, birth.retain], ["connected", 1, true]);
    await opened.connection.close();
    const end = await observer.next();
    assert.deepEqual([end.text, end.qos, end.retain], ["disconnected", 1, true]);
    await observer.fence();
    assert.equal(observer.messages.length, 2, "no last will after a clean stop");
  });

  test(`${protocol}: the last will says disconnected, the next connect connected again`, { skip }, async (t) => {
    const { url } = await startMosquitto(t);
    const observer = await observe(t, url, "status");
    const opened = await connected(t, url, { protocol, statusTopic: "status" });
    await observer.next(({ text }) => text === "connected");
    // Somebody else with its client id: the broker throws it out, and it comes back.
    const other = await connected(
      t,
      url,
      { protocol, clientId: opened.clientId },
      { longestRetry: 60_000, retry: 60_000 },
    );
    await observer.next(({ text }) => text === "disconnected");
    const { problem } = await opened.phase("disconnected");
    // Not every broker of MQTT 5 says why.
    assert.match(String(problem?.code), /^(taken-over|reconnecting)$/);
    await other.phase("disconnected");
    await observer.next(({ text }) => text === "connected");
  });
}

for (const protocol of versions) {
  test(`${protocol}: an earlier connection's will comes late: the status topic says connected again, not too often`, {
    skip,
  }, async (t) => {
    const { url } = await startMosquitto(t);
    const observer = await observe(t, url, "status");
    const will = { topic: "status", payload: "disconnected", qos: 1, retain: true } as const;
    const earlier = await publisher(t, url, { will });
    const opened = await connected(t, url, { protocol, statusTopic: "status" }, { correct: 200 });
    await observer.next(({ text }) => text === "connected");
    earlier.client.stream.destroy();
    await observer.next(({ text }) => text === "disconnected");
    await observer.next(({ text }) => text === "connected");
    const other = await publisher(t, url);
    for (let count = 0; count < 20; count++) await other.publish("status", "offline", { retain: true });
    await observer.next(({ text }) => text === "connected");
    await opened.connection.close();
    await observer.fence();
    const said = observer.messages.filter(({ text }) => text === "connected").length;
    assert.ok(said < 10, `${said} times`);
    assert.equal(observer.messages.at(-1)?.text, "disconnected");
  });

  test(`${protocol}: who listens to the status topic, too, gets each message once`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const opened = createConnection(t, mosquitto.url, { protocol, statusTopic: "o/mqtt" });
    const member = join(opened, "o/#");
    await opened.phase("connected");
    await member.messages.next(({ text }) => text === "connected");
    const sender = new Sender(opened);
    sender.publish("o/end", "end", { qos: 1 });
    await member.messages.next(({ text }) => text === "end");
    assert.deepEqual(texts(member), ["o/mqtt connected", "o/end end"]);
    assert.deepEqual(onTheWire(mosquitto, opened), ["+ o/#"]);
  });
}

for (const protocol of versions) {
  test(`${protocol}: a session that is not clean survives a reconnect, with the messages in between`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const settings = { protocol, cleanSession: false, clientId: "stays" };
    const first = await connected(t, mosquitto.url, settings);
    join(first, "o/#");
    await mosquitto.log.next((line) => line.includes("Sending SUBACK to stays"));
    await first.connection.close();
    const sender = new Sender(await connected(t, mosquitto.url));
    sender.publish("o/a", "in between", { qos: 1 });
    await sender.results.next();
    const second = createConnection(t, mosquitto.url, settings);
    const member = join(second, "o/#");
    assert.equal((await member.messages.next()).text, "in between");
  });
}

test("without a ping's answer the connection is given up", { timeout: 30_000 }, async (t) => {
  const server = await startRaw(t, (socket) => socket.once("data", () => socket.write(connack)));
  const opened = await connected(t, server.url, { keepalive: 1 });
  assert.deepEqual((await opened.problem()).code, "keepalive-timeout");
});

test("a close waits a bounded time for a broker that takes nothing, and leaves no socket", async (t) => {
  const server = await startRaw(t, (socket) => {
    socket.once("data", () => {
      socket.write(connack);
      socket.pause();
    });
  });
  const opened = await connected(t, server.url, { statusTopic: "s" }, { flush: 50, farewell: 50 });
  const member = join(opened, "never/answered");
  const sender = new Sender(opened);
  for (const qos of [0, 1, 2] as const) sender.publish("q", `${qos}`, { qos });
  const socket = await server.sockets.next();
  assert.equal((await opened.connection.close()).lost, 2, "QoS 1 and 2; QoS 0 was written");
  assert.deepEqual(
    sender.results.items.map(({ problem }) => problem?.code),
    [undefined, "connection-closed", "connection-closed"],
  );
  // Only now does it read again, to notice the end.
  const gone = once(socket, "close");
  socket.resume();
  await gone;
  assert.equal(server.open(), 0);
  assert.deepEqual(member.refusals.items, []);
});

test("an idle connection is kept while a message is not acknowledged", async (t) => {
  const acknowledge: (() => void)[] = [];
  const server = await startRaw(t, (socket) => {
    socket.once("data", () => {
      socket.write(connack);
      socket.once("data", (publish: Buffer) => {
        const id = publish.subarray(publish.length - 3, publish.length - 1);
        acknowledge.push(() => socket.write(Buffer.concat([Buffer.from([0x40, 2]), id])));
      });
    });
  });
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const opened = createConnection(t, server.url, {}, { idle: 1000, flush: 1000, connect: 60_000 });
  const sender = new Sender(opened);
  sender.publish("q", "1", { qos: 1 });
  const socket = await server.sockets.next();
  await opened.phase("connected");
  while (acknowledge.length === 0) await once(socket, "data");
  for (let round = 0; round < 8; round++) {
    t.mock.timers.tick(1000);
    await setImmediate();
  }
  t.mock.timers.reset();
  assert.deepEqual(sender.results.items, []);
  assert.equal(opened.connection.state.phase, "connected");
  for (const each of acknowledge) each();
  assert.equal((await sender.results.next()).problem, undefined);
  opened.connection.watch(() => undefined)();
  await opened.phase("idle");
});

test("a close while connecting is quick, and everything is answered", async (t) => {
  const silent = await startRaw(t, () => undefined);
  const opened = createConnection(t, silent.url, {}, { flush: 60_000, farewell: 60_000, connect: 60_000 });
  const sender = new Sender(opened);
  sender.publish("q", "1");
  sender.publish("q", "2", { qos: 1 });
  const socket = await silent.sockets.next();
  const gone = once(socket, "close");
  assert.equal((await opened.connection.close()).lost, 2);
  assert.deepEqual(
    sender.results.items.map(({ problem }) => problem?.code),
    ["connection-closed", "connection-closed"],
  );
  await gone;
  sender.publish("q", "3");
  assert.equal(sender.results.items.at(-1)?.problem?.code, "connection-closed");
  assert.equal((await opened.connection.close()).lost, 0);
  assert.equal(opened.connection.state.phase, "idle");
});

test("a close between two attempts is quick, and there is no third one", async (t) => {
  const server = await startRaw(t, (socket) => socket.destroy());
  const opened = createConnection(t, server.url, {}, { retry: 60_000, longestRetry: 60_000 });
  opened.connection.watch(() => undefined);
  await opened.phase("disconnected");
  await opened.connection.close();
  assert.equal(server.open(), 0);
});

test("after a close nothing is left: no socket, no timer", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const left = (): string[] => process.getActiveResourcesInfo().filter((each) => /^(TCP|TLS|Timeout)/.test(each));
  const { connection, clientId } = createConnection(t, mosquitto.url, { statusTopic: "s" });
  let state = connection.state;
  connection.watch((next) => {
    state = next;
  });
  connection.subscribe(["a"], { deliver: () => undefined, refused: () => undefined });
  await mosquitto.log.next((line) => line.endsWith(`Sending SUBACK to ${clientId}`));
  await connection.close();
  assert.deepEqual(left(), []);
  assert.equal(state.phase, "idle");
});
