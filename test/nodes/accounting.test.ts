import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { brokerNode, inNode, printerNode, startIn, tab } from "./flow.ts";

const level = fc.oneof(
  fc.constantFrom(
    "event",
    "progress",
    "temperature",
    "metadata",
    "mqtt",
    "plugin",
    "printing",
    "slicing",
    "bed",
    "Home",
  ),
  fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => text.replace(/[+#\0]/g, "")),
);
const kindTopic = fc.constantFrom(
  "event/Home",
  "event/PausedForUser",
  "progress/printing",
  "progress/slicing",
  "temperature/bed",
  "metadata/k",
  "mqtt",
  "camera",
);
const topic = fc.oneof(
  kindTopic,
  fc.array(level, { minLength: 1, maxLength: 5 }).map((levels) => levels.join("/")),
);

const printing = fc.record(
  { location: fc.constant("local"), path: fc.string(), progress: fc.oneof(fc.integer(), fc.double()) },
  { requiredKeys: [] },
);
const temperature = fc.record(
  { actual: fc.oneof(fc.double(), fc.constant(null), fc.string()), target: fc.double() },
  { requiredKeys: [] },
);
const deep = fc.integer({ min: 1, max: 200 }).map((depth) => "[".repeat(depth) + "]".repeat(depth));
const payload = fc.oneof(
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
  fc.oneof(printing, temperature, fc.jsonValue()).map((value) => Buffer.from(JSON.stringify(value))),
  fc
    .oneof(fc.json(), fc.string(), deep, fc.constantFrom("connected", "NaN", '{"a": NaN}'))
    .map((text) => Buffer.from(text)),
);

/** The named reasons to ignore a message of the wire: an event that was cleared, the base topic itself. */
function isIgnored(topic: string, payload: Buffer): boolean {
  return topic === "" || (payload.length === 0 && /^event\/./s.test(topic));
}

test("every message is sent, reported singly or counted, or ignored for a reason that has a name", async (t) => {
  const { broker, runtime } = await startIn(t);
  const messages = fc.sample(fc.record({ topic, payload }), { numRuns: 4000, seed: 20_261_122 });
  let ignored = 0;
  let published = 0;
  for (const message of messages) {
    const whole = `octoprint/${message.topic}`;
    if (Buffer.byteLength(whole) > 65_535 || !whole.isWellFormed()) continue;
    await broker.publish(whole, message.payload);
    published++;
    if (isIgnored(message.topic, message.payload)) ignored++;
  }
  await broker.publish("octoprint/plugin/the/end", "");
  await runtime.sink("to-in").next((msg) => msg.subtopic === "plugin/the/end");
  // A changed node says how many it has counted.
  await runtime.deploy([tab, brokerNode(broker.url), printerNode(), ...inNode("in", { output: "value" })], "nodes");

  await broker.publish("octoprint/mqtt", "neither");
  await runtime.caught.next((msg) => String(msg.payload) === "neither");
  const sent = runtime.sink("to-in").items.length - 1;
  const reported = runtime.caught.items.slice(0, -1).map((msg) => (typeof msg.count === "number" ? msg.count : 1));
  const inAll = reported.reduce((sum, count) => sum + count, 0);
  ok(sent > 100 && inAll > 100 && ignored > 10, `${sent} sent, ${inAll} reported, ${ignored} ignored`);
  equal(sent + inAll + ignored, published);
});
