import assert from "node:assert/strict";
import { on, once } from "node:events";
import { test } from "node:test";
import type { Delivery, Wire } from "../../nodes/mqtt/message.ts";
import { Router } from "../../nodes/mqtt/router.ts";
import { routerTiming } from "../../nodes/mqtt/timing.ts";
import { type InProcessBroker, startAedes } from "../support/broker.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { publisher } from "../support/wire.ts";
import { connected, createConnection, join, onTheWire, suback, texts, versions } from "./connecting.ts";

const skip = withoutMosquitto();

for (const protocol of versions) {
  test(`${protocol}: two members of one filter share it, and get each message once`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const printer = await publisher(t, mosquitto.url);
    const opened = await connected(t, mosquitto.url, { protocol });
    const one = join(opened, "farm/#");
    const two = join(opened, ["farm/#", "farm/mk3/+"]);
    await mosquitto.log.next(suback(opened));
    for (const qos of [0, 1, 2] as const) await printer.publish("farm/mk3/mqtt", `${qos}`, { qos });
    for (const { messages } of [one, two]) {
      assert.deepEqual(
        (await messages.take(3)).map(({ text, qos }) => [text, qos]),
        [
          ["0", 0],
          ["1", 1],
          ["2", 2],
        ],
      );
    }
    assert.deepEqual(onTheWire(mosquitto, opened), ["+ farm/#"]);
  });

  test(`${protocol}: who joins gets the stored state once, the others nothing`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const printer = await publisher(t, mosquitto.url);
    await printer.publish("o/mqtt", "connected", { retain: true });
    await printer.publish("o/progress/printing", "23", { retain: true });
    const opened = await connected(t, mosquitto.url, { protocol });
    const first = join(opened, "o/#");
    await first.messages.take(2);
    const second = join(opened, "o/#");
    await second.messages.take(2);
    const third = join(opened, "o/progress/#");
    await third.messages.take(1);
    await printer.publish("o/progress/printing", "24", { retain: true });
    for (const { messages } of [first, second, third]) await messages.next(({ text }) => text === "24");
    const stored = ["o/mqtt connected (stored)", "o/progress/printing 23 (stored)"];
    assert.deepEqual(texts(first).sort(), [...stored, "o/progress/printing 24"]);
    assert.deepEqual(texts(second).sort(), [...stored, "o/progress/printing 24"]);
    assert.deepEqual(texts(third), ["o/progress/printing 23 (stored)", "o/progress/printing 24"]);
    assert.deepEqual(onTheWire(mosquitto, opened), ["+ o/#", "+ o/#", "+ o/#"]);
  });

  test(`${protocol}: who joins while the stored messages still come gets each once too`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t, { conf: ["max_queued_messages 0", "max_inflight_messages 0"] });
    const printer = await publisher(t, mosquitto.url);
    const topics = Array.from({ length: 300 }, (_, index) => `o/metadata/${index}`);
    for (const topic of topics) await printer.publish(topic, "x", { retain: true });
    const opened = await connected(t, mosquitto.url, { protocol });
    const late: ReturnType<typeof join>[] = [];
    const first = join(opened, "o/#", () => {
      if (late.length === 0) late.push(join(opened, "o/metadata/+"));
    });
    await first.messages.take(topics.length);
    const [second] = late;
    assert.ok(second);
    await second.messages.take(topics.length);
    await printer.publish("o/metadata/end", "end");
    for (const { messages } of [first, second]) {
      await messages.next(({ text }) => text === "end");
      const names = messages.items.map(({ topic }) => topic);
      assert.deepEqual([...names].sort(), [...topics, "o/metadata/end"].sort());
    }
  });

  test(`${protocol}: after a reconnect the state is delivered again`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t, { persistence: true });
    const printer = await publisher(t, mosquitto.url);
    await printer.publish("o/mqtt", "connected", { retain: true });
    const opened = await connected(t, mosquitto.url, { protocol });
    const member = join(opened, "o/#");
    await member.messages.next();
    await mosquitto.restart();
    const again = await member.messages.next();
    assert.deepEqual({ ...again }, { topic: "o/mqtt", text: "connected", qos: 1, retain: true });
  });

  test(`${protocol}: a deploy, leaving and joining again, is one SUBSCRIBE on the wire`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const printer = await publisher(t, mosquitto.url);
    await printer.publish("o/mqtt", "connected", { retain: true });
    const opened = await connected(t, mosquitto.url, { protocol }, { shrink: 60_000, idle: 60_000 });
    const before = join(opened, ["o/#", "x"]);
    await before.messages.next();
    before.leave();
    const after = join(opened, ["o/#", "x"]);
    await after.messages.next();
    assert.deepEqual(onTheWire(mosquitto, opened), ["+ o/#", "+ x", "+ o/#", "+ x"]);
    assert.equal(before.messages.items.length, 1);
  });

  test(`${protocol}: a persistent session's filters are dropped when nobody wants them any more`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t, { persistence: true });
    const settings = { protocol, cleanSession: false };
    const opened = await connected(t, mosquitto.url, settings, { shrink: 200 });
    const gone = join(opened, "old/#");
    join(opened, "new/#");
    await mosquitto.log.next(suback(opened));
    await mosquitto.kill("SIGTERM");
    await opened.phase("disconnected");
    gone.leave();
    await mosquitto.restart();
    await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
    assert.deepEqual(onTheWire(mosquitto, opened).slice(2), ["+ new/#", "- old/#"]);
  });
}

test("a level may be empty, and $SYS is received by its name alone", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t, { conf: ["sys_interval 1"] });
  const printer = await publisher(t, mosquitto.url);
  const opened = await connected(t, mosquitto.url);
  const all = join(opened, "#");
  const empty = join(opened, "+//x");
  const system = join(opened, "$SYS/broker/version");
  assert.match((await system.messages.next()).text, /mosquitto/);
  await printer.publish("a//x", "1");
  await printer.publish("/", "2");
  await all.messages.next(({ text }) => text === "2");
  assert.deepEqual(texts(all), ["a//x 1", "/ 2"]);
  assert.deepEqual(texts(empty), ["a//x 1"]);
});

/** Waits for a SUBSCRIBE that is granted. */
async function subscribed({ aedes }: InProcessBroker, filter: string): Promise<void> {
  for await (const [subscriptions] of on(aedes, "subscribe")) {
    if (subscriptions.some((each: { topic: string }) => each.topic === filter)) return;
  }
}

test("a filter that the broker refuses is one problem, and the others' filters are served", async (t) => {
  const broker = await startAedes(t, {
    authorizeSubscribe: (_client, subscription, callback) =>
      callback(null, subscription.topic.startsWith("secret/") ? null : subscription),
  });
  const opened = await connected(t, broker.url);
  const secret = join(opened, "secret/#");
  const open = join(opened, "open/#");
  await subscribed(broker, "open/#");
  assert.deepEqual(await secret.refusals.next(), { code: "subscription-refused", filter: "secret/#" });
  await broker.publish("open/a", "1");
  await open.messages.next();
  assert.deepEqual(open.refusals.items, []);
  // Another one who leaves is no reason to ask, and to complain, again.
  const unsubscribed = once(broker.aedes, "unsubscribe");
  open.leave();
  await unsubscribed;
  const later = join(opened, "later/#");
  await subscribed(broker, "later/#");
  await broker.publish("later/a", "1");
  await later.messages.next();
  assert.equal(secret.refusals.items.length, 1);
});

test("where only the union is refused, the parts that do not overlap are served", async (t) => {
  const broker = await startAedes(t, {
    authorizeSubscribe: (_client, subscription, callback) =>
      callback(null, subscription.topic === "farm/+/#" ? null : subscription),
  });
  const opened = await connected(t, broker.url);
  const events = join(opened, "farm/+/event/#");
  const mk3 = join(opened, "farm/mk3/#");
  await subscribed(broker, "farm/+/event/#");
  assert.deepEqual(await mk3.refusals.next(), { code: "subscription-refused", filter: "farm/+/#" });
  await broker.publish("farm/mk3/event/A", "1");
  await events.messages.next();
  assert.deepEqual(texts(events), ["farm/mk3/event/A 1"]);
  assert.deepEqual(events.refusals.items, []);
});

test("a filter that was served stays so where a wider one is refused", async (t) => {
  const broker = await startAedes(t, {
    authorizeSubscribe: (_client, subscription, callback) =>
      callback(null, subscription.topic === "farm/#" ? null : subscription),
  });
  const opened = await connected(t, broker.url);
  const mk3 = join(opened, "farm/mk3/#");
  await subscribed(broker, "farm/mk3/#");
  const farm = join(opened, "farm/#");
  assert.deepEqual(await farm.refusals.next(), { code: "subscription-refused", filter: "farm/#" });
  await broker.publish("farm/mk3/a", "1");
  await broker.publish("farm/mk3/a", "1");
  await broker.publish("farm/mk3/a", "2");
  await mk3.messages.next(({ text }) => text === "2");
  assert.deepEqual(texts(mk3), ["farm/mk3/a 1", "farm/mk3/a 1", "farm/mk3/a 2"]);
  assert.deepEqual(mk3.refusals.items, []);
});

test("a filter that is none is refused at once", (t) => {
  const { connection } = createConnection(t, "mqtt://127.0.0.1:1");
  const subscriber = { deliver: () => undefined, refused: () => undefined };
  assert.deepEqual(connection.subscribe(["a", "a/#/b"], subscriber), {
    ok: false,
    problem: { code: "filter-invalid", filter: "a/#/b" },
  });
  assert.equal(connection.state.phase, "idle");
});

/** A wire that answers when the test says so. */
class HeldWire implements Wire {
  readonly asked: string[] = [];
  #answers: (() => void)[] = [];

  subscribe(filters: readonly string[], _identifier: number, done: (refused: readonly string[]) => void): void {
    this.asked.push(`+ ${filters.join(" ")}`);
    this.#answers.push(() => done([]));
  }

  unsubscribe(filters: readonly string[], done: () => void): void {
    this.asked.push(`- ${filters.join(" ")}`);
    this.#answers.push(done);
  }

  answer(): void {
    const answers = this.#answers;
    this.#answers = [];
    for (const each of answers) each();
  }
}

function delivery(topic: string, text: string, retain: boolean): Delivery {
  return { topic, payload: Buffer.from(text), qos: 0, retain };
}

const asked = (): Promise<void> => new Promise((resolve) => queueMicrotask(resolve));

test("who joins just before another's stored messages are over still gets its own", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const wire = new HeldWire();
  const router = new Router(wire);
  const got: string[] = [];
  const subscriber = (name: string) => ({
    deliver: ({ payload }: Delivery) => void got.push(`${name} ${payload}`),
    refused: () => undefined,
  });
  router.join(["o/#"], subscriber("one"));
  router.connected(false, false);
  wire.answer();
  router.receive(delivery("o/a", "1", true));
  t.mock.timers.tick(9999);
  router.join(["o/#"], subscriber("two"));
  await asked();
  t.mock.timers.tick(1000);
  // Some brokers send the stored messages before the SUBACK [MQTT-3.8.4-2].
  router.receive(delivery("o/a", "1", true));
  wire.answer();
  assert.deepEqual(got, ["one 1", "two 1"]);
  t.mock.timers.tick(10_000);
  router.receive(delivery("o/b", "2", true));
  assert.deepEqual(got, ["one 1", "two 1"], "nobody waits any more");
});

test("a stored message that comes behind a live one of its topic is out of date", () => {
  const wire = new HeldWire();
  const router = new Router(wire);
  const got: string[] = [];
  router.join(["o/#"], { deliver: ({ payload }) => void got.push(`${payload}`), refused: () => undefined });
  router.connected(false, false);
  router.receive(delivery("o/a", "new", false));
  router.receive(delivery("o/a", "old", true));
  router.receive(delivery("o/a", "newer", false));
  assert.deepEqual(got, ["new", "newer"]);
  router.close();
});

test("a subscriber that throws does not hurt the others, nor is its error lost", async (t) => {
  const wire = new HeldWire();
  const router = new Router(wire);
  const got: string[] = [];
  const bug = new Error("a bug");
  router.join(["#"], {
    deliver: () => {
      throw bug;
    },
    refused: () => undefined,
  });
  router.join(["#"], { deliver: ({ topic }) => void got.push(topic), refused: () => undefined });
  router.connected(false, false);
  const uncaught = new Promise((resolve) => process.setUncaughtExceptionCaptureCallback(resolve));
  t.after(() => process.setUncaughtExceptionCaptureCallback(null));
  router.receive(delivery("a", "1", false));
  assert.deepEqual(got, ["a"]);
  assert.equal(await uncaught, bug);
  router.close();
});

test("a broker that never acknowledges an UNSUBSCRIBE costs equal messages for a bounded time", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const wire: Wire = { subscribe: (_filters, _id, done) => done([]), unsubscribe: () => undefined };
  const router = new Router(wire, { ...routerTiming, stored: 100, replace: 15_000 });
  t.after(() => router.close());
  const got: string[] = [];
  const subscriber = { deliver: ({ payload }: Delivery) => void got.push(`${payload}`), refused: () => undefined };
  const receive = (count: number): number => {
    got.length = 0;
    for (let at = 0; at < count; at++) {
      router.receive({ topic: "farm/mk3/event", payload: Buffer.from("ZChange"), qos: 1, retain: false });
    }
    return got.length;
  };
  router.connected(false, false);
  const joined = async (filter: string): Promise<void> => {
    router.join([filter], subscriber);
    await Promise.resolve();
  };
  await joined("farm/mk3/#");
  assert.equal(receive(10), 10);
  await joined("farm/+/+");
  assert.equal(receive(10), 10, "half of them, for two members");
  t.mock.timers.tick(15_000);
  assert.equal(receive(10), 20);
});
