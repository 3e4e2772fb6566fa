import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "node:test";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { type FlowNode, loadFlow } from "../support/runtime.ts";
import { publisher } from "../support/wire.ts";
import { brokerNode, connected, inNode, printerNode, tab } from "./flow.ts";

/*
 * The broker keeps the subscriptions of a session, and a full deploy makes a new connection: what the flow before had
 * subscribed must neither stay there for ever nor bring messages twice.
 */
describe("a session that the broker keeps, over a full deploy", { skip: withoutMosquitto() }, () => {
  for (const protocol of ["MQTTv311", "MQTTv5"]) {
    const flow = (url: string, settings: Record<string, unknown>): FlowNode[] => [
      tab,
      brokerNode(url, { protocol, clientId: "kept", cleanSession: false }),
      printerNode(),
      ...inNode("in", settings),
    ];

    test(`what is received is widened: each message comes once (${protocol})`, async (t) => {
      const mosquitto = await startMosquitto(t);
      const runtime = await loadFlow(t, flow(mosquitto.url, { kind: "event" }));
      await mosquitto.log.next((line) => line.endsWith("kept 2 octoprint/event/#"));
      await runtime.deploy(flow(mosquitto.url, { kind: "all" }), "full");
      await mosquitto.log.next((line) => line.endsWith("kept octoprint/event/#"));
      const printer = await publisher(t, mosquitto.url);
      for (const n of [1, 2, 3]) await printer.publish("octoprint/event/Home", { n }, { qos: 1 });
      await printer.publish("octoprint/mqtt", "connected");
      await runtime.sink("to-in").next(({ kind }) => kind === "connection");
      equal(runtime.sink("to-in").items.length, 4);
    });

    test(`and narrowed: the broker is told (${protocol})`, async (t) => {
      const mosquitto = await startMosquitto(t);
      const runtime = await loadFlow(t, flow(mosquitto.url, { kind: "all" }));
      await mosquitto.log.next((line) => line.endsWith("kept 2 octoprint/#"));
      await runtime.deploy(flow(mosquitto.url, { kind: "event" }), "full");
      await runtime.status("in", connected);
      await mosquitto.log.next((line) => line.endsWith("kept octoprint/#"));
      const printer = await publisher(t, mosquitto.url);
      await printer.publish("octoprint/event/Home", {}, { qos: 1 });
      await runtime.sink("to-in").next();
      deepEqual(runtime.log.items, []);
    });
  }

  test("a group's subscription that nobody wants any more is left", async (t) => {
    const mosquitto = await startMosquitto(t);
    const flow = (group: string): FlowNode[] => [
      tab,
      brokerNode(mosquitto.url, { protocol: "MQTTv5", clientId: "kept", cleanSession: false }),
      printerNode(),
      ...inNode("in", { kind: "event", group }),
    ];
    const runtime = await loadFlow(t, flow("before"));
    await mosquitto.log.next((line) => line.endsWith("kept 2 $share/before/octoprint/event/#"));
    await runtime.deploy(flow("after"), "full");
    await mosquitto.log.next((line) => line.endsWith("kept 2 $share/after/octoprint/event/#"));
    await mosquitto.log.next((line) => line.endsWith("kept $share/before/octoprint/event/#"));
  });
});
