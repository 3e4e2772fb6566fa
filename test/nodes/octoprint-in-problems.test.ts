import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import type { Message } from "../support/runtime.ts";
import { brokerNode, connected, inNode, printerNode, start, startIn, tab } from "./flow.ts";

describe("a message that does not fit", () => {
  const deep = "[".repeat(65) + "]".repeat(65);
  const rows: { of: string; topic: string; payload: string | Buffer; code: string; text: RegExp }[] = [
    { of: "JSON cut short", topic: "event/Home", payload: '{"a": ', code: "not-json", text: /JSON/ },
    { of: "no object", topic: "event/Home", payload: "[]", code: "not-an-object", text: /array/ },
    { of: "a wrong type", topic: "temperature/bed", payload: '{"actual": "60"}', code: "schema", text: /actual/ },
    {
      of: "a missing field",
      topic: "progress/printing",
      payload: '{"progress": 5}',
      code: "schema",
      text: /location/,
    },
    {
      of: "a percentage as text",
      topic: "progress/printing",
      payload: '{"progress": "42", "path": "", "location": ""}',
      code: "schema",
      text: /progress/,
    },
    { of: "bytes", topic: "metadata/x", payload: Buffer.from([0xff]), code: "not-utf8", text: /UTF-8|text/ },
    { of: "an unknown status", topic: "mqtt", payload: "perhaps", code: "not-a-status", text: /perhaps/ },
    { of: "deep JSON", topic: "plugin/x", payload: deep, code: "too-deep", text: /64/ },
  ];
  for (const { of, topic, payload, code, text } of rows) {
    test(`${of} is an error that a Catch node gets, with the raw payload`, async (t) => {
      const { broker, runtime } = await startIn(t);
      await broker.publish(`octoprint/${topic}`, payload);
      const caught = await runtime.caught.next();
      const { error } = caught;
      ok(isError(error));
      match(error.message, text);
      deepEqual([error.code, error.source.id], [code, "in"]);
      deepEqual([caught.payload, caught.topic, caught.printer], [Buffer.from(payload), `octoprint/${topic}`, "Prusa"]);
      ok(!("count" in caught));
      await runtime.status("in", ({ fill, text: shown }) => fill === "red" && shown !== "");

      // The flow lives on.
      await broker.publish("octoprint/mqtt", "connected");
      equal((await runtime.sink("to-in").next()).payload, "connected");
    });
  }

  test("a flood: ten singly, then one error with the count at the end of the minute", async (t) => {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const { broker, runtime } = await startIn(t);
    for (let sent = 0; sent < 25; sent++) await broker.publish("octoprint/event/Home", `{${sent}`);
    // Another sort of problem, and another kind, have a count of their own.
    await broker.publish("octoprint/event/Home", "[]");
    await broker.publish("octoprint/temperature/bed", "{");
    await runtime.caught.next((msg) => msg.kind === "temperature");
    equal(runtime.caught.items.length, 12);
    ok(runtime.caught.items.every((msg) => msg.count === undefined));

    t.mock.timers.tick(60_000);
    const counted = await runtime.caught.next((msg) => msg.count !== undefined);
    deepEqual([counted.count, counted.kind, isError(counted.error) && counted.error.code], [15, "event", "not-json"]);
    match(
      isError(counted.error) ? counted.error.message : "",
      /The message is not valid JSON .* \(and 14 more like it/,
    );
    equal(runtime.caught.items.length, 13);

    // The next minute begins anew.
    await broker.publish("octoprint/event/Home", "{again");
    const again = await runtime.caught.next((msg) => String(msg.payload) === "{again");
    ok(!("count" in again));
  });

  test("what a flood has counted is reported when the node is deployed anew", async (t) => {
    const { broker, runtime } = await startIn(t);
    for (let sent = 0; sent < 12; sent++) await broker.publish("octoprint/event/Home", "{");
    await runtime.caught.take(10);
    await broker.publish("octoprint/mqtt", "connected");
    await runtime.sink("to-in").next();
    const changed = inNode("in", { output: "value" });
    await runtime.deploy([tab, brokerNode(broker.url), printerNode(), ...changed], "nodes");
    equal((await runtime.caught.next()).count, 2);
  });
});

describe("a zero-length payload clears what is stored", () => {
  const rows = [
    { topic: "event/ZChange", comes: false },
    { topic: "progress/printing", comes: true },
    { topic: "temperature/bed", comes: true },
    { topic: "metadata/layer_height", comes: true },
    { topic: "mqtt", comes: true },
    { topic: "plugin/x/state", comes: true },
  ];
  for (const { topic, comes } of rows) {
    test(`${topic}: ${comes ? "a payload of null" : "nothing, for nothing happened"}`, async (t) => {
      const { broker, runtime } = await startIn(t);
      await broker.publish(`octoprint/${topic}`, "", { retain: true });
      await broker.publish("octoprint/event/Home", "{}");
      const msg = await runtime.sink("to-in").next();
      equal(msg.topic, comes ? `octoprint/${topic}` : "octoprint/event/Home");
      if (comes) equal(msg.payload, null);
      deepEqual(runtime.caught.items, []);
    });
  }
});

describe("its own payload for each node", () => {
  for (const output of ["message", "value", "text"]) {
    test(`what one flow does to it (${output}), another does not see`, async (t) => {
      const { broker, runtime, subscribed } = await start(t, [
        ...inNode("spoiler"),
        ...inNode("a", { output }),
        ...inNode("b", { output }),
      ]);
      await runtime.status("b", connected);
      await subscribed.next();
      const spoil = (msg: Message) => {
        const { payload } = msg;
        if (Buffer.isBuffer(payload)) payload.fill(0);
        else if (typeof payload === "object" && payload !== null)
          Object.assign(payload, { on: "spoiled", spoiled: true });
      };
      runtime.node("to-spoiler").on("input", spoil);
      runtime.node("to-a").on("input", (msg: Message) => spoil({ ...msg, payload: msg.message ?? msg.payload }));
      await broker.publish("octoprint/plugin/x", '{"on": true, "in": {"it": 1}}');
      await broker.publish("octoprint/camera", Buffer.from([0xff, 1, 2]));
      for (const expected of [{ on: true, in: { it: 1 } }, Buffer.from([0xff, 1, 2])]) {
        const msg = await runtime.sink("to-b").next();
        deepEqual(output === "message" ? msg.payload : msg.message, expected);
      }
    });
  }
});

test("its own bytes for the nodes of two printers that are the same", async (t) => {
  const nodes = [printerNode({ id: "p2" }), ...inNode("spoiler"), ...inNode("in", { printer: "p2" })];
  const { broker, runtime, subscribed } = await start(t, nodes);
  await subscribed.next();
  runtime.node("to-spoiler").on("input", ({ payload }: Message) => Buffer.isBuffer(payload) && payload.fill(0));
  runtime.node("caught").on("input", ({ payload }: Message) => Buffer.isBuffer(payload) && payload.fill(0));
  const bytes = Buffer.from([0xff, 1, 2]);
  await broker.publish("octoprint/camera", bytes);
  deepEqual((await runtime.sink("to-in").next()).payload, bytes);
});

function isError(error: unknown): error is { message: string; code: string; source: { id: string } } {
  return typeof error === "object" && error !== null && "message" in error && "source" in error;
}
