import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import type { Packet } from "mqtt";
import { packed } from "../../nodes/mqtt/subscribe-sender.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startStrictBroker } from "../support/strict-broker.ts";
import { publisher } from "../support/wire.ts";
import { connected, createConnection, join, onTheWire, Sender, versions } from "./connecting.ts";

const skip = withoutMosquitto();
const printers = Array.from({ length: 150 }, (_, at) => `workshop/printers/printer-${at}`);

test("filters are packed by number and by bytes", () => {
  const rows = [
    { filters: ["a", "b", "c"], most: { filters: 2, bytes: 1000 }, packets: [["a", "b"], ["c"]] },
    { filters: ["aaaa", "b", "c"], most: { filters: 9, bytes: 8 }, packets: [["aaaa"], ["b", "c"]] },
    {
      filters: ["longer than there is room"],
      most: { filters: 9, bytes: 8 },
      packets: [["longer than there is room"]],
    },
    { filters: [], most: { filters: 2, bytes: 1000 }, packets: [] },
  ];
  for (const { filters, most, packets } of rows) assert.deepEqual(packed(filters, most), packets);
});

for (const protocol of versions) {
  test(`${protocol}: 150 printers on a broker that takes packets of 300 bytes`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t, { conf: ["max_packet_size 300"] });
    const opened = createConnection(t, mosquitto.url, { protocol });
    opened.connection.watch(() => undefined);
    const members = printers.map((printer) => join(opened, `${printer}/#`));
    await mosquitto.log.next((line) => line.endsWith(` ${printers[149]}/#`));
    const printer = await publisher(t, mosquitto.url);
    for (const [at, member] of members.entries()) {
      await printer.publish(`${printers[at]}/event`, `${at}`);
      assert.equal((await member.messages.next()).text, `${at}`);
    }
    for (const member of members) member.leave();
    for (let at = 0; at < printers.length; at++) {
      await mosquitto.log.next((line) => line.includes(`: ${opened.clientId} workshop`));
    }
  });
}

/** What a broker's policy does not allow. */
const policies: readonly {
  readonly what: string;
  readonly allows: (packet: Packet) => boolean;
  readonly warning: object;
  readonly leftOut: readonly string[];
}[] = [
  {
    what: "takes 8 filters in a SUBSCRIBE",
    allows: (packet) => packet.cmd !== "subscribe" || packet.subscriptions.length <= 8,
    warning: { code: "subscribing-cautiously", filters: 8, qos: 2 },
    leftOut: [],
  },
  {
    what: "takes no QoS 2",
    allows: (packet) => packet.cmd !== "subscribe" || packet.subscriptions.every(({ qos }) => qos < 2),
    warning: { code: "subscribing-cautiously", filters: 8, qos: 1 },
    leftOut: [],
  },
  {
    what: "does not allow two of the filters",
    allows: (packet) => packet.cmd !== "subscribe" || packet.subscriptions.every(({ topic }) => !/-[37]\//.test(topic)),
    warning: { code: "subscribing-cautiously", filters: 1, qos: 1 },
    leftOut: [`${printers[3]}/#`, `${printers[7]}/#`],
  },
];

for (const { what, allows, warning, leftOut } of policies) {
  test(`a broker that ${what}, and hangs up at others: all that can be subscribed is`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const broker = await startStrictBroker(t, mosquitto.port, allows);
    const opened = createConnection(t, broker.url, { statusTopic: "status" });
    const sender = new Sender(opened);
    sender.publish("q", "good", { qos: 1 });
    const members = printers.slice(0, 40).map((printer) => join(opened, `${printer}/#`));
    const refused = await Promise.all(
      leftOut.map(async (filter) => (await members[printers.indexOf(filter.slice(0, -2))]?.refusals.next())?.code),
    );
    assert.deepEqual(
      refused,
      leftOut.map(() => "subscription-closes-connection"),
    );
    const { warnings } = await opened.states.next(
      ({ phase, warnings: [first] = [] }) => phase === "connected" && isDeepStrictEqual(first, warning),
    );
    assert.deepEqual(warnings, [warning]);
    await mosquitto.log.next((line) => line.endsWith(` ${printers[39]}/#`));
    const printer = await publisher(t, mosquitto.url);
    for (const [at, member] of members.entries()) {
      if (leftOut.includes(`${printers[at]}/#`)) continue;
      await printer.publish(`${printers[at]}/event`, `${at}`);
      assert.equal((await member.messages.next()).text, `${at}`);
    }
    assert.equal((await sender.results.next()).problem, undefined);
  });
}

for (const { losses, left } of [
  { losses: 7, left: "all as it was" },
  { losses: 8, left: "smaller packets" },
]) {
  test(`${losses} losses in a row at what the broker took before: ${left}`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t);
    let forbidden = 0;
    const broker = await startStrictBroker(t, mosquitto.port, ({ cmd }) => cmd !== "subscribe" || --forbidden < 0);
    const opened = createConnection(t, broker.url);
    opened.connection.watch(() => undefined);
    const member = join(opened, "farm/#");
    const printer = await publisher(t, mosquitto.url);
    await mosquitto.log.next((line) => line.endsWith(`${opened.clientId} 2 farm/#`));
    // It comes behind the SUBACK.
    await printer.publish("farm/1", "0");
    await member.messages.next();
    forbidden = losses;
    broker.cut();
    await mosquitto.log.next((line) => line.endsWith(`${opened.clientId} 2 farm/#`));
    await printer.publish("farm/1", "1");
    assert.equal((await member.messages.next()).text, "1");
    const { warnings = [] } = opened.connection.state;
    assert.deepEqual(
      warnings.map(({ code }) => code),
      losses < 8 ? [] : ["subscribing-cautiously"],
    );
  });
}

test("15 losses in a row at 40 filters that the broker took before: none is left out, and packets are not of one filter", {
  skip,
}, async (t) => {
  const mosquitto = await startMosquitto(t);
  let forbidden = 0;
  const broker = await startStrictBroker(t, mosquitto.port, ({ cmd }) => cmd !== "subscribe" || --forbidden < 0);
  const opened = createConnection(t, broker.url);
  opened.connection.watch(() => undefined);
  const members = printers.slice(0, 40).map((printer) => join(opened, `${printer}/#`));
  const printer = await publisher(t, mosquitto.url);
  const publish = async (text: string): Promise<void> => {
    await mosquitto.log.next((line) => line.endsWith(` ${printers[39]}/#`));
    for (const [at, member] of members.entries()) {
      await printer.publish(`${printers[at]}/event`, text);
      assert.equal((await member.messages.next()).text, text);
    }
  };
  await publish("0");
  forbidden = 15;
  broker.cut();
  await publish("1");
  assert.deepEqual(opened.connection.state.warnings, [{ code: "subscribing-cautiously", filters: 8, qos: 2 }]);
});

test("a step back is forgotten by the next connection", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  let strict = true;
  const broker = await startStrictBroker(t, mosquitto.port, (packet) => !strict || packet.cmd !== "subscribe");
  const first = createConnection(t, broker.url);
  const member = join(first, "farm/#");
  assert.deepEqual(await member.refusals.next(), { code: "subscription-closes-connection", filter: "farm/#" });
  await first.connection.close();
  strict = false;
  const second = await connected(t, broker.url);
  join(second, "farm/#");
  await mosquitto.log.next((line) => line.endsWith(`${second.clientId} 2 farm/#`));
  assert.deepEqual(onTheWire(mosquitto, second), ["+ farm/#"]);
});
