import { deepEqual, equal } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { type NodeRedOptions, type NodeRedProcess, startNodeRed } from "../support/process.ts";
import { observe } from "../support/wire.ts";
import { brokerNode, outNode, printerNode, tab } from "./flow.ts";

const settings = { contextStorage: { default: { module: "memory" }, disk: { module: "localfilesystem" } } };

/** Presses of their buttons publish; the log says what stands below the node that publishes. */
function flows(url: string, queueStore = "disk"): object[] {
  const button = (id: string, payload: string, payloadType: string, more: object): object => ({
    id,
    type: "inject",
    z: "tab",
    props: [{ p: "payload" }, ...Object.entries(more).map(([p, v]) => ({ p, v, vt: "str" }))],
    payload,
    payloadType,
    wires: [["out"]],
  });
  const debug = { id: "to-log", type: "debug", z: "tab", active: true, console: true, tosidebar: false, wires: [] };
  return [
    tab,
    brokerNode(url, { queueStore }),
    printerNode(),
    outNode("out", { kind: "msg", timestamp: false }),
    { id: "out-status", type: "status", z: "tab", scope: ["out"], wires: [["to-log"]] },
    { ...debug, complete: "status.text", targetType: "msg" },
    button("press-event", '{"name":"a.gcode"}', "json", { kind: "event", event: "PrintDone" }),
    button("press-bytes", "[0,255,128]", "bin", { kind: "other", subtopic: "raw" }),
    button("press-state", "42", "num", { kind: "progress", progress: "printing" }),
    button("press-end", "the end", "str", { kind: "metadata", key: "end" }),
  ];
}

/** `other` is a command that waits for nobody, unless it is retained. */
async function publishThree(nodeRed: NodeRedProcess): Promise<void> {
  for (const [index, id] of ["press-event", "press-state", "press-end"].entries()) {
    await nodeRed.inject(id);
    await nodeRed.waitFor(new RegExp(`\\(${index + 1}\\)`));
  }
}

test("what waits for the broker is published after a restart of Node-RED, in its order and once", async (t) => {
  const broker = await startAedes(t);
  await broker.down();
  const options: NodeRedOptions = { flows: flows(broker.url), settings };
  const first = await startNodeRed(t, options);
  await publishThree(first);
  // Which may not wait is refused, and so nothing to be kept.
  await first.inject("press-bytes");
  await first.waitFor(/not connected: the message was not published/);
  await first.stop();
  deepEqual(
    first.warnings().filter((line) => line.includes("lost")),
    [],
  );

  await broker.up();
  const published = await observe(t, broker.url, "octoprint/#", { protocolVersion: 4 });
  const again = { ...options, userDir: first.userDir };
  const second = await startNodeRed(t, again);
  deepEqual(
    (await published.take(3)).map(({ topic, text, qos }) => [topic, text, qos]),
    [
      ["octoprint/event/PrintDone", '{"name":"a.gcode","_event":"PrintDone"}', 0],
      ["octoprint/progress/printing", '{"location":"","path":"","progress":42}', 0],
      ["octoprint/metadata/end", "the end", 0],
    ],
  );
  await second.stop();
  equal(readStore(first.userDir), undefined);

  const third = await startNodeRed(t, again);
  await third.inject("press-event");
  equal((await published.next()).topic, "octoprint/event/PrintDone");
  await published.fence();
  equal(published.messages.length, 4);
});

test("a queue that is kept outlives a full deploy; what is published meanwhile comes behind it", async (t) => {
  const broker = await startAedes(t);
  await broker.down();
  const nodeRed = await startNodeRed(t, { flows: flows(broker.url), settings });
  await nodeRed.inject("press-event");
  await nodeRed.waitFor(/\(1\)/);
  await nodeRed.waitFor(/Started flows/);
  await nodeRed.deploy(flows(broker.url), "full");
  await nodeRed.waitFor(/Started flows/);
  await nodeRed.inject("press-end");
  await nodeRed.waitFor(/\(2\)/);
  await broker.up();
  const published = await observe(t, broker.url, "octoprint/#", { protocolVersion: 4 });
  const topics = (await published.take(2)).map(({ topic }) => topic);
  deepEqual(topics, ["octoprint/event/PrintDone", "octoprint/metadata/end"]);
});

test("a queue that is not kept is lost at the end, and the log says how much", async (t) => {
  const broker = await startAedes(t);
  await broker.down();
  const nodeRed = await startNodeRed(t, { flows: flows(broker.url, ""), settings });
  await publishThree(nodeRed);
  await nodeRed.stop();
  await nodeRed.waitFor(/3 queued messages were lost/);
});

/** What is in the file of the broker node's context. */
function readStore(userDir: string): unknown {
  const store: unknown = JSON.parse(readFileSync(join(userDir, "context", "b", "flow.json"), "utf8"));
  return typeof store === "object" && store !== null && "queue" in store ? store.queue : undefined;
}
