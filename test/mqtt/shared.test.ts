import assert from "node:assert/strict";
import { test } from "node:test";
import type { Delivery, Wire } from "../../nodes/mqtt/message.ts";
import { Subscriptions } from "../../nodes/mqtt/subscriptions.ts";
import { routerTiming } from "../../nodes/mqtt/timing.ts";
import type { Scope } from "../support/cleanup.ts";
import { Mailbox } from "../support/mailbox.ts";
import { type Mosquitto, startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startRaw } from "../support/raw-server.ts";
import { type Publisher, publisher } from "../support/wire.ts";
import {
  connected,
  createConnection,
  join,
  type Opened,
  onTheWire,
  type Received,
  type Settings,
  share,
  suback,
  texts,
} from "./connecting.ts";

const skip = withoutMosquitto();

const open = (scope: Scope, { url }: Mosquitto, settings: Settings = {}) =>
  connected(scope, url, { protocol: "MQTTv5", ...settings });

/** Publishes numbers, in turn at each QoS, and comes back when all that comes of them has come to each connection. */
async function publishNumbers(printer: Publisher, topic: string, count: number, to: readonly Opened[]): Promise<void> {
  const fences = to.map((opened) => join(opened, "fence"));
  for (const { messages } of fences) await sure(printer, "fence", () => messages.items.length > 0);
  for (let number = 1; number <= count; number++) {
    await printer.publish(topic, `${number}`, { qos: ([0, 1, 2] as const)[number % 3] ?? 0 });
  }
  // At QoS 2, which takes longest.
  await printer.publish("fence", "end", { qos: 2 });
  for (const { messages, leave } of fences) {
    await messages.next(({ text }) => text === "end");
    leave();
  }
}

/** Publishes until somebody who has subscribed just now gets it. */
async function sure(printer: Publisher, topic: string, arrived: () => boolean): Promise<void> {
  while (!arrived()) await printer.publish(topic, "there?");
}

/** Waits until the broker has granted so many SUBSCRIBEs. */
async function granted({ log }: Mosquitto, opened: Opened, count = 1): Promise<void> {
  for (let left = count; left > 0; left--) await log.next(suback(opened));
}

const numbersOf = (...received: readonly Received[]): number[] =>
  received.flatMap(({ messages }) => messages.items.map(({ text }) => Number(text))).sort((a, b) => a - b);

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

test("each message goes to one connection of a group, and to everybody beside it", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const [one, two, third] = [await open(t, mosquitto), await open(t, mosquitto), await open(t, mosquitto)];
  const members = [share(one, "line", "farm/#"), share(two, "line", "farm/#")];
  const alone = join(third, "farm/#");
  for (const opened of [one, two, third]) await granted(mosquitto, opened);
  await publishNumbers(printer, "farm/mk3/event/ZChange", 60, [one, two, third]);
  assert.deepEqual(numbersOf(...members), upTo(60));
  assert.deepEqual(numbersOf(alone), upTo(60));
  for (const member of members) assert.ok(numbersOf(member).length > 0, "mosquitto takes turns");
});

test("groups and plain members of one connection get the same messages, each once", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const opened = await open(t, mosquitto);
  const received = [
    share(opened, "line", "farm/#"),
    share(opened, "line", "farm/#"),
    share(opened, "other", "farm/#"),
    share(opened, "line", "farm/mk3/#"),
    share(opened, "line", ["farm/mk3/#", "farm/+/event/#"]),
    join(opened, "farm/mk3/#"),
    join(opened, "farm/+/event/#"),
  ];
  await granted(mosquitto, opened, 5);
  await publishNumbers(printer, "farm/mk3/event/ZChange", 30, [opened]);
  for (const each of received) assert.deepEqual(numbersOf(each), upTo(30));
  const shared = onTheWire(mosquitto, opened).filter((line) => line.includes("$share"));
  assert.deepEqual(shared.sort(), [
    "+ $share/line/farm/#",
    "+ $share/line/farm/+/#",
    "+ $share/line/farm/mk3/#",
    "+ $share/other/farm/#",
  ]);
});

test("one of a group whose own filters overlap gets what they match, and nothing else", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const opened = await open(t, mosquitto);
  const member = share(opened, "line", ["farm/mk3/#", "farm/+/event/#", "x"]);
  await granted(mosquitto, opened, 2);
  for (const topic of ["farm/mini/progress", "farm/mk3/progress", "farm/mini/event/A", "farm/mk3/event/A", "x"]) {
    await printer.publish(topic, "1");
  }
  await member.messages.next(({ topic }) => topic === "x");
  assert.deepEqual(texts(member), ["farm/mk3/progress 1", "farm/mini/event/A 1", "farm/mk3/event/A 1", "x 1"]);
  member.leave();
  await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
  await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
  assert.deepEqual(onTheWire(mosquitto, opened).sort(), [
    "+ $share/line/farm/+/#",
    "+ $share/line/x",
    "- $share/line/farm/+/#",
    "- $share/line/x",
  ]);
});

test("what one shares does not depend on what others of the group subscribe beside it", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const [one, two] = [await open(t, mosquitto), await open(t, mosquitto)];
  const wide = share(one, "line", "farm/#");
  const narrow = [share(one, "line", "farm/mk3/#"), share(two, "line", "farm/mk3/#")];
  await granted(mosquitto, one, 2);
  await granted(mosquitto, two);
  await publishNumbers(printer, "farm/mk3/event/ZChange", 30, [one, two]);
  assert.deepEqual(numbersOf(wide), upTo(30));
  assert.deepEqual(numbersOf(...narrow), upTo(30));
});

test("a group gets no stored messages, which mosquitto 2.0 sends to each of its members", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  await printer.publish("farm/mk3/mqtt", "connected", { retain: true });
  const opened = await open(t, mosquitto);
  const alone = join(opened, "farm/#");
  const member = share(opened, "line", "farm/#");
  await granted(mosquitto, opened, 2);
  await alone.messages.next();
  await printer.publish("farm/mk3/mqtt", "disconnected", { retain: true });
  await member.messages.next();
  await alone.messages.next();
  assert.deepEqual(texts(member), ["farm/mk3/mqtt disconnected"]);
  assert.deepEqual(texts(alone), ["farm/mk3/mqtt connected (stored)", "farm/mk3/mqtt disconnected"]);
});

test("who leaves a group leaves its share to the others", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const [one, two] = [await open(t, mosquitto), await open(t, mosquitto)];
  const [gone, stays] = [share(one, "line", "farm/#"), share(two, "line", "farm/#")];
  for (const opened of [one, two]) await granted(mosquitto, opened);
  gone.leave();
  await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
  assert.deepEqual(onTheWire(mosquitto, one), ["+ $share/line/farm/#", "- $share/line/farm/#"]);
  await publishNumbers(printer, "farm/a", 12, [one, two]);
  assert.deepEqual(numbersOf(stays), upTo(12));
  assert.deepEqual(numbersOf(gone), []);
  // And may come back.
  const back = share(one, "line", "farm/#");
  await sure(printer, "farm/a", () => back.messages.items.length > 0);
});

test("after a reconnect the group is joined again", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const opened = await open(t, mosquitto);
  const member = share(opened, "line", "farm/#");
  await granted(mosquitto, opened);
  await mosquitto.restart();
  await granted(mosquitto, opened);
  const printer = await publisher(t, mosquitto.url);
  await printer.publish("farm/a", "again");
  await member.messages.next();
  assert.deepEqual(texts(member), ["farm/a again"]);
});

test("what waits in the broker's session for a group is not taken for anybody else's", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const settings: Settings = { clientId: "node-red", cleanSession: false };
  const before = await open(t, mosquitto, settings);
  for (const group of ["line", "left"]) share(before, group, "farm/#");
  join(before, "farm/mk3/#");
  await granted(mosquitto, before, 3);
  await before.connection.close();
  for (const number of upTo(3)) await printer.publish("farm/mini/a", `${number}`);
  for (const number of upTo(3)) await printer.publish("farm/mk3/a", `${number}`);
  // The same nodes once more, but one, in another order.
  const after = createConnection(t, mosquitto.url, { protocol: "MQTTv5", ...settings });
  const alone = join(after, "farm/#");
  const member = share(after, "line", "farm/#");
  await member.messages.take(6);
  await printer.publish("farm/mini/a", "4");
  await alone.messages.next(({ text }) => text === "4");
  await member.messages.next();
  assert.deepEqual(numbersOf(member), [1, 1, 2, 2, 3, 3, 4]);
  assert.deepEqual(texts(alone), ["farm/mk3/a 1", "farm/mk3/a 2", "farm/mk3/a 3", "farm/mini/a 4"]);
});

test("over MQTT 3.1.1 a group is one problem at each connect, and plain members are served", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const opened = await connected(t, mosquitto.url, { protocol: "MQTTv311" });
  const member = share(opened, "line", ["farm/mk3/#", "farm/mini/#"]);
  const alone = join(opened, "farm/#");
  await granted(mosquitto, opened);
  assert.deepEqual(await member.refusals.next(), { code: "shared-needs-mqtt5" });
  await printer.publish("farm/mk3/a", "1");
  await alone.messages.next();
  assert.deepEqual(member.messages.items, []);
  assert.equal(member.refusals.items.length, 1);
  await mosquitto.restart();
  await member.refusals.next();
  await opened.phase("connected");
  assert.equal(member.refusals.items.length, 2);
});

/** Answers a CONNECT with these properties, and each SUBSCRIBE, which must be a short one, with this reason. */
function brokerThatSays(properties: readonly number[], reason: number): Parameters<typeof startRaw>[1] {
  return (socket) =>
    socket.on("data", (packet: Buffer) => {
      if (packet[0] === 0x10)
        socket.write(Buffer.from([0x20, 3 + properties.length, 0, 0, properties.length, ...properties]));
      for (let at = 0; at < packet.length; at += 2 + (packet[at + 1] ?? 0)) {
        if (packet[at] === 0x82)
          socket.write(Buffer.from([0x90, 4, packet[at + 2] ?? 0, packet[at + 3] ?? 0, 0, reason]));
      }
    });
}

const refusals = [
  ["says at CONNACK that it has no shared subscriptions", [0x2a, 0], 2, "shared-unavailable"],
  ["says at CONNACK that it does not mark messages", [0x29, 0], 2, "shared-unavailable"],
  ["refuses with 158, shared subscriptions not supported", [], 158, "shared-unavailable"],
  ["refuses with 135, not authorized", [], 135, "subscription-refused"],
] as const;

for (const [what, properties, reason, code] of refusals) {
  test(`a broker that ${what}: ${code}`, async (t) => {
    const server = await startRaw(t, brokerThatSays(properties, reason));
    const opened = await connected(t, server.url, { protocol: "MQTTv5" });
    const member = share(opened, "line", "farm/#");
    const problem = await member.refusals.next();
    assert.deepEqual(problem, code === "shared-unavailable" ? { code } : { code, filter: "farm/#" });
    const later = share(opened, "line", "farm/#");
    assert.equal((await later.refusals.next()).code, code);
  });
}

test("a filter that names its group itself is served like a group", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const settings = { protocol: "MQTTv5" } as const;
  const [one, other] = [await connected(t, mosquitto.url, settings), await connected(t, mosquitto.url, settings)];
  const got = new Mailbox<string>("a message");
  join(one, ["$share/line/farm/#", "door"], ({ topic }) => got.push(topic));
  join(other, "$share/line/farm/#", ({ topic }) => got.push(topic));
  for (const opened of [one, one, other]) await mosquitto.log.next(suback(opened));
  const printer = await publisher(t, mosquitto.url);
  for (let at = 0; at < 10; at++) await printer.publish(`farm/${at}`, `${at}`);
  await printer.publish("door", "open");
  assert.deepEqual((await got.take(11)).sort(), ["door", ...Array.from({ length: 10 }, (_, at) => `farm/${at}`)]);
});

test("over MQTT 3.1.1 a filter that names its group is refused with the reason", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const member = join(await connected(t, mosquitto.url), "$share/line/farm/#");
  assert.equal((await member.refusals.next()).code, "shared-needs-mqtt5");
});

for (const filter of ["$share", "$share/line", "$share/+/farm", "$share//farm"]) {
  test(`${filter} is no filter`, (t) => {
    const { connection } = createConnection(t, "mqtt://127.0.0.1:1", { protocol: "MQTTv5" });
    const problem = { code: "filter-invalid", filter };
    const subscriber = { deliver: () => undefined, refused: () => undefined };
    assert.deepEqual(connection.subscribe([filter], subscriber), { ok: false, problem });
  });
}

for (const group of ["a/b", "+", "#", "a#", "   ", "\0"]) {
  test(`${JSON.stringify(group)} is no group`, (t) => {
    const { connection } = createConnection(t, "mqtt://127.0.0.1:1", { protocol: "MQTTv5" });
    const subscriber = { deliver: () => undefined, refused: () => undefined };
    const problem = { code: "group-invalid", group };
    assert.deepEqual(connection.subscribe(["a"], subscriber, group), { ok: false, problem });
    assert.equal(connection.state.phase, "idle");
  });
}

/** A broker that grants everything at once, and remembers the identifier of each filter. */
class GrantingWire implements Wire {
  readonly identifiers = new Map<string, number>();

  subscribe(filters: readonly string[], identifier: number, done: (refused: readonly string[]) => void): void {
    for (const filter of filters) this.identifiers.set(filter, identifier);
    done([]);
  }

  unsubscribe(filters: readonly string[], done: () => void): void {
    for (const filter of filters) this.identifiers.delete(filter);
    done();
  }

  /** A message as the broker marks it; `undefined`: not at all. */
  message(text: string, by: readonly string[] | undefined): Delivery {
    const subscriptions = by?.map((filter) => this.identifiers.get(filter) ?? Number.NaN);
    return { topic: "a", payload: Buffer.from(text), qos: 0, retain: false, subscriptions };
  }
}

function startStreams(scope: Scope): {
  wire: GrantingWire;
  streams: Subscriptions;
  member: (group: string) => string[];
} {
  const wire = new GrantingWire();
  const streams = new Subscriptions(wire, { ...routerTiming, shrink: 0 });
  scope.after(() => streams.close());
  streams.connected(false, true, undefined);
  const member = (group: string): string[] => {
    const got: string[] = [];
    streams.join(["a"], { deliver: ({ payload }) => void got.push(`${payload}`), refused: () => undefined }, group);
    return got;
  };
  return { wire, streams, member };
}

const admitted = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("one copy that is marked with several subscriptions is for all of them", async (t) => {
  const { wire, streams, member } = startStreams(t);
  const [alone, line, other] = [member(""), member("line"), member("other")];
  await admitted();
  streams.receive(wire.message("1", ["a", "$share/line/a"]));
  streams.receive(wire.message("2", ["$share/other/a", "$share/line/a"]));
  streams.receive(wire.message("3", undefined));
  assert.deepEqual([alone, line, other], [["1", "3"], ["1", "2"], ["2"]]);
});

test("the identifiers of shared subscriptions are the same in each process, and MQTT's", async (t) => {
  const [first, second] = [startStreams(t), startStreams(t)];
  const groups = Array.from({ length: 200 }, (_, index) => `group ${index}`);
  for (const group of groups) first.member(group);
  for (const group of groups.toReversed()) second.member(group);
  await admitted();
  const { identifiers } = first.wire;
  assert.equal(new Set(identifiers.values()).size, 200);
  for (const identifier of identifiers.values()) assert.ok(identifier > 0 && identifier <= 268_435_455);
  assert.deepEqual(new Map([...identifiers].sort()), new Map([...second.wire.identifiers].sort()));
});
