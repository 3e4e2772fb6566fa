import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startNodeRed } from "../support/process.ts";
import type { FlowNode, Message } from "../support/runtime.ts";
import { loadFlow } from "../support/runtime.ts";
import { observe, publisher } from "../support/wire.ts";
import { brokerNode, connected, inNode, outNode, printerNode, start, tab } from "./flow.ts";

const skip = withoutMosquitto();

const group = "line";

/** One that shares events, and passes on below `other/` what comes to it; in the end the connection status too. */
function passingOn(url: string): FlowNode[] {
  const other: FlowNode = { ...printerNode({ baseTopic: "other/" }), id: "o", name: "" };
  return [
    tab,
    brokerNode(url, { protocol: "MQTTv5", clientId: "second" }),
    printerNode(),
    other,
    { id: "shared", z: "tab", type: "octoprint-in", printer: "p", kind: "event", group, wires: [["out"]] },
    { id: "end", z: "tab", type: "octoprint-in", printer: "p", kind: "connection", wires: [["out"]] },
    outNode("out", { printer: "o", timestamp: false, qos: "1" }),
  ];
}

const numberOf = (message: unknown): number =>
  typeof message === "object" && message !== null && "n" in message ? Number(message.n) : Number.NaN;
const sorted = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

test("two Node-REDs share the events of a printer: each goes to one of them; a node beside them gets all", {
  skip,
}, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const passed = await observe(t, mosquitto.url, "other/#");
  const second = await startNodeRed(t, { flows: passingOn(mosquitto.url) });
  await mosquitto.log.next((line) => line.includes(`: second 2 $share/${group}/octoprint/event/#`));
  const first = await loadFlow(t, [
    tab,
    brokerNode(mosquitto.url, { protocol: "MQTTv5", clientId: "first" }),
    printerNode(),
    ...inNode("shared", { kind: "event", group }),
    ...inNode("too", { kind: "event", group }),
    ...inNode("alone", { kind: "event" }),
    ...inNode("end", { kind: "connection" }),
  ]);
  await mosquitto.log.next((line) => line.includes(`: first 2 $share/${group}/octoprint/event/#`));
  await mosquitto.log.next((line) => line.includes(": first 2 octoprint/"));

  const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
  for (const n of numbers) await printer.publish("octoprint/event/ZChange", { n });
  await printer.publish("octoprint/mqtt", "connected");
  await first.sink("to-end").next();
  await passed.next(({ topic }) => topic === "other/mqtt");

  const of = (id: string): number[] => first.sink(id).items.map(({ payload }) => numberOf(payload));
  const there = passed.messages
    .filter(({ topic }) => topic === "other/event/ZChange")
    .map(({ text }) => numberOf(JSON.parse(text)));
  deepEqual(of("to-alone"), numbers);
  deepEqual(sorted([...of("to-shared"), ...there]), numbers);
  ok(of("to-shared").length > 0 && there.length > 0, "mosquitto takes turns");
  deepEqual(of("to-too"), of("to-shared"), "both nodes of the group in one Node-RED get its share");
  deepEqual(second.warnings(), []);
  deepEqual(first.log.items, []);
});

test("when one Node-RED of the group ends, the other gets all", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  const second = await startNodeRed(t, { flows: passingOn(mosquitto.url) });
  const first = await loadFlow(t, [
    tab,
    brokerNode(mosquitto.url, { protocol: "MQTTv5", clientId: "first" }),
    printerNode(),
    ...inNode("shared", { kind: "event", group }),
  ]);
  await mosquitto.log.next((line) => line.includes(`: first 2 $share/${group}/octoprint/event/#`));
  await second.stop();
  await mosquitto.log.next((line) => line.includes("Client second "));
  const numbers = Array.from({ length: 10 }, (_, index) => index + 1);
  for (const n of numbers) await printer.publish("octoprint/event/ZChange", { n });
  const received = await first.sink("to-shared").take(10);
  deepEqual(
    received.map(({ payload }) => numberOf(payload)),
    numbers,
  );
});

test("a group gets what happens, not what the broker has stored", { skip }, async (t) => {
  const mosquitto = await startMosquitto(t);
  const printer = await publisher(t, mosquitto.url);
  await printer.publish("octoprint/mqtt", "connected", { retain: true });
  const runtime = await loadFlow(t, [
    tab,
    brokerNode(mosquitto.url, { protocol: "MQTTv5" }),
    printerNode(),
    ...inNode("shared", { group, retained: "all" }),
    ...inNode("alone", { retained: "all" }),
  ]);
  equal((await runtime.sink("to-alone").next()).retain, true);
  await printer.publish("octoprint/mqtt", "disconnected", { retain: true });
  equal((await runtime.sink("to-shared").next()).payload, "disconnected");
  equal(runtime.sink("to-shared").items.length, 1);
});

describe("a group that cannot be", () => {
  const codeOf = ({ error }: Message): unknown =>
    typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  const textOf = ({ error }: Message): string =>
    typeof error === "object" && error !== null && "message" in error ? String(error.message) : "";

  test("over MQTT 3.1.1: a red status and one error that says what to do", async (t) => {
    const select = ["PrintDone", "PrintFailed"];
    const { runtime, broker, subscribed } = await start(t, [
      ...inNode("shared", { kind: "event", select, group }),
      ...inNode("alone", { kind: "event" }),
    ]);
    const { fill } = await runtime.status("shared", "a group needs MQTT 5");
    equal(fill, "red");
    const caught = await runtime.caught.next();
    equal(codeOf(caught), "shared-needs-mqtt5");
    match(textOf(caught), /MQTT 5\. Choose it/);
    await runtime.status("alone", connected);
    await subscribed.next((filters) => filters.includes("octoprint/event/#"));
    await broker.publish("octoprint/event/PrintDone", "{}");
    await runtime.sink("to-alone").next();
    const last = runtime.statuses.items.findLast(({ node }) => node === "shared");
    deepEqual(last?.status, { fill: "red", shape: "ring", text: "a group needs MQTT 5" });
    equal(runtime.caught.items.length, 1);
    deepEqual(runtime.sink("to-shared").items, []);
  });

  const refused = [
    { settings: { kind: "job", group }, status: "a group cannot receive this kind", text: /Empty the group/ },
    { settings: { kind: "printer", group }, status: "a group cannot receive this kind", text: /Empty the group/ },
    { settings: { kind: "event", group: "a/b" }, status: "group name invalid: a/b", text: /must not contain/ },
    { settings: { kind: "event", group: "  " }, status: /^group name invalid/, text: /must not contain/ },
  ];
  for (const { settings, status, text } of refused) {
    test(`${JSON.stringify(settings)}: a red status, one error, and nothing is subscribed`, async (t) => {
      const { runtime, subscribed } = await start(t, [
        ...inNode("in", settings),
        ...inNode("alone", { kind: "metadata" }),
      ]);
      equal((await runtime.status("in", status)).fill, "red");
      // A node that cannot begin is not caught, for the flow has not started.
      match(String((await runtime.log.next()).msg), text);
      equal(runtime.log.items.length, 1);
      await runtime.status("alone", connected);
      await subscribed.next((filters) => filters.includes("octoprint/metadata/#"));
      deepEqual(
        subscribed.items.flat().filter((filter) => filter.includes("event")),
        [],
      );
    });
  }
});
