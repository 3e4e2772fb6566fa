import assert from "node:assert/strict";
import { test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { publisher } from "../support/wire.ts";
import { connected, join, onTheWire, type Received, suback, texts, versions } from "./connecting.ts";

const skip = withoutMosquitto();

function numbersOf({ messages }: Received): { topic: string; number: number }[] {
  return messages.items
    .filter(({ text }) => text !== "end")
    .map(({ topic, text }) => ({ topic, number: Number(text) }));
}

for (const protocol of versions) {
  test(`${protocol}: overlapping filters become their union, and shrink when one is not wanted`, {
    skip,
  }, async (t) => {
    const mosquitto = await startMosquitto(t);
    const printer = await publisher(t, mosquitto.url);
    const opened = await connected(t, mosquitto.url, { protocol });
    const events = join(opened, "farm/+/event/#");
    await mosquitto.log.next(suback(opened));
    const mk3 = join(opened, "farm/mk3/#");
    await mosquitto.log.next(suback(opened));
    await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
    await printer.publish("farm/mk3/event/PrintDone", "both");
    await printer.publish("farm/mini/event/PrintDone", "events");
    await printer.publish("farm/mini/progress/printing", "nobody");
    await printer.publish("farm/mk3/progress/printing", "mk3");
    await mk3.messages.next(({ text }) => text === "mk3");
    assert.deepEqual(texts(events), ["farm/mk3/event/PrintDone both", "farm/mini/event/PrintDone events"]);
    assert.deepEqual(texts(mk3), ["farm/mk3/event/PrintDone both", "farm/mk3/progress/printing mk3"]);
    mk3.leave();
    await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
    assert.deepEqual(onTheWire(mosquitto, opened), [
      "+ farm/+/event/#",
      "+ farm/+/#",
      "- farm/+/event/#",
      "+ farm/+/event/#",
      "- farm/+/#",
    ]);
  });

  test(`${protocol}: under load each message comes once while filters are replaced`, { skip }, async (t) => {
    const mosquitto = await startMosquitto(t, { conf: ["max_queued_messages 0"] });
    const printer = await publisher(t, mosquitto.url);
    const opened = await connected(t, mosquitto.url, { protocol });
    const stays = join(opened, "farm/mk3/#");
    await mosquitto.log.next(suback(opened));
    let count = 0;
    let stop = false;
    const load = (async () => {
      while (!stop) {
        const qos = ([0, 1, 2] as const)[count % 3] ?? 0;
        // MQTT keeps the order within a topic and QoS only [MQTT-4.6.0-6].
        await printer.publish(`farm/mk3/event/${qos}`, `${++count}`, { qos });
      }
    })();
    for (let round = 0; round < 5; round++) {
      await stays.messages.take(20);
      const comes = join(opened, "farm/+/event/#");
      await comes.messages.take(20);
      comes.leave();
      await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
      await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
      for (const qos of ["0", "1", "2"]) {
        // From its first message on, every third is of the same QoS.
        const numbers = numbersOf(comes).filter(({ topic }) => topic.endsWith(qos));
        const first = numbers[0]?.number ?? 0;
        assert.deepEqual(
          numbers.map(({ number }) => number),
          numbers.map((_, index) => first + 3 * index),
        );
      }
    }
    stop = true;
    await load;
    // The last word of each QoS: then nothing of it is still to come.
    for (const qos of [0, 1, 2] as const) {
      await printer.publish(`farm/mk3/event/${qos}`, "end", { qos });
      await stays.messages.next(({ text }) => text === "end");
    }
    const numbers = numbersOf(stays).map(({ number }) => number);
    assert.deepEqual(
      numbers.sort((a, b) => a - b),
      Array.from({ length: count }, (_, index) => index + 1),
    );
  });
}

test("MQTTv5: equal messages are told from copies by their subscription identifiers", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t, { conf: ["max_queued_messages 0"] });
  const printer = await publisher(t, mosquitto.url);
  const opened = await connected(t, mosquitto.url, { protocol: "MQTTv5" });
  const stays = join(opened, "farm/mk3/#");
  await mosquitto.log.next(suback(opened));
  let count = 0;
  let stop = false;
  const load = (async () => {
    while (!stop) {
      count++;
      await printer.publish("farm/mk3/event/ZChange", `${Math.floor(count / 10)}`, { qos: 1 });
    }
  })();
  for (let round = 0; round < 5; round++) {
    await stays.messages.take(20);
    const comes = join(opened, "farm/+/event/#");
    await comes.messages.take(20);
    comes.leave();
    await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
    await mosquitto.log.next((line) => line.includes("Sending UNSUBACK"));
  }
  stop = true;
  await load;
  await printer.publish("farm/mk3/event/ZChange", "end", { qos: 1 });
  await stays.messages.next(({ text }) => text === "end");
  assert.equal(stays.messages.items.length, count + 1);
});
