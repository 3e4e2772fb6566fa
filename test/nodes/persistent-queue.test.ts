import { deepEqual, equal, ok } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { type NodeRedOptions, type NodeRedProcess, startNodeRed } from "../support/process.ts";
import { observe } from "../support/wire.ts";
import { brokerNode, outNode, printerNode, tab } from "./flow.ts";

const settings = {
  contextStorage: {
    default: "memory",
    memory: { module: "memory" },
    disk: { module: "localfilesystem" },
    other: { module: "localfilesystem", config: { base: "other" } },
  },
};

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

test("another store, or none: what waited in the old one is taken over", async (t) => {
  const broker = await startAedes(t);
  await broker.down();
  const nodeRed = await startNodeRed(t, { flows: flows(broker.url, "disk"), settings });
  await nodeRed.inject("press-event");
  await nodeRed.waitFor(/\(1\)/);
  await nodeRed.waitFor(/Started flows/);
  await nodeRed.deploy(flows(broker.url, "other"), "full");
  await nodeRed.waitFor(/Started flows/);
  await nodeRed.inject("press-end");
  await nodeRed.waitFor(/\(2\)/);
  await nodeRed.stop();
  equal(readStore(nodeRed.userDir), undefined);

  await broker.up();
  const published = await observe(t, broker.url, "octoprint/#", { protocolVersion: 4 });
  const again = { flows: flows(broker.url, ""), settings, userDir: nodeRed.userDir };
  const last = await startNodeRed(t, again);
  await last.inject("press-state");
  const topics = (await published.take(3)).map(({ topic }) => topic);
  deepEqual(topics, ["octoprint/event/PrintDone", "octoprint/metadata/end", "octoprint/progress/printing"]);
  await last.stop();
  equal(readStore(nodeRed.userDir, "other"), undefined);
});

test("another server does not get what waited for the one before; that one does, when it is back", async (t) => {
  const [first, second] = [await startAedes(t), await startAedes(t)];
  await first.down();
  const before = await startNodeRed(t, { flows: flows(first.url), settings });
  await before.inject("press-event");
  await before.waitFor(/\(1\)/);
  await before.stop();

  const { userDir } = before;
  const elsewhere = await observe(t, second.url, "octoprint/#", { protocolVersion: 4 });
  const during = await startNodeRed(t, { flows: flows(second.url), settings, userDir });
  await during.waitFor(new RegExp(`for another server, 127\\.0\\.0\\.1:${first.port}, are not published: 1`));
  await during.inject("press-end");
  equal((await elsewhere.next()).topic, "octoprint/metadata/end");
  await during.stop();

  await first.up();
  const published = await observe(t, first.url, "octoprint/#", { protocolVersion: 4 });
  await startNodeRed(t, { flows: flows(first.url), settings, userDir });
  equal((await published.next()).topic, "octoprint/event/PrintDone");
});

test("what is older than it may become is dropped, and counted", async (t) => {
  const broker = await startAedes(t);
  await broker.down();
  const before = await startNodeRed(t, { flows: flows(broker.url), settings });
  await publishThree(before);
  await before.stop();
  const { userDir } = before;
  const kept = readStore(userDir);
  ok(Array.isArray(kept) && kept.length === 3);
  const hour = 3_600_000;
  const aged = kept.map((message, index) => ({ ...message, at: message.at - (index === 1 ? 23 : 25) * hour }));
  writeFileSync(fileOf(userDir), JSON.stringify({ queue: aged }));

  await broker.up();
  const published = await observe(t, broker.url, "octoprint/#", { protocolVersion: 4 });
  const after = await startNodeRed(t, { flows: flows(broker.url), settings, userDir });
  await after.waitFor(/waited for more than 24 h: 2/);
  equal((await published.next()).topic, "octoprint/progress/printing");
  await published.fence();
  equal(published.messages.length, 1);
});

/** What is in the file of the broker node's context. */
function readStore(userDir: string, base = "context"): unknown {
  const store: unknown = JSON.parse(readFileSync(fileOf(userDir, base), "utf8"));
  return typeof store === "object" && store !== null && "queue" in store ? store.queue : undefined;
}

function fileOf(userDir: string, base = "context"): string {
  return join(userDir, base, "b", "flow.json");
}
