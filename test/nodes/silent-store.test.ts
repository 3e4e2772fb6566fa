import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import type { Node, NodeInitializer } from "node-red";
import type { OctoPrintBroker } from "../../nodes/octoprint-broker/api.ts";
import type { FlowNode } from "../support/runtime.ts";
import { addSlowStore, type SlowStore } from "../support/slow-store.ts";
import { ended, until } from "./completion.ts";
import { brokerNode, inNode, outNode, printerNode, type Started, startOut, tab } from "./flow.ts";

const nodes = (url: string, ...others: FlowNode[]): FlowNode[] => [
  tab,
  brokerNode(url, { queueStore: "slow" }),
  printerNode(),
  ...others,
];

/** A flow whose queue is kept in a store that has not answered yet. */
async function startWithStore(
  t: Parameters<typeof startOut>[0],
  options: Parameters<typeof startOut>[2] = {},
): Promise<Started & { readonly store: SlowStore }> {
  const started = await startOut(t, {}, options);
  const store = await addSlowStore(t);
  await started.runtime.deploy(nodes(started.broker.url, outNode("out")), "full");
  await until(() => store.waiting === 1);
  return { ...started, store };
}

test("a store that never answers holds publishing up for 2 s, and the status says so", async (t) => {
  const { runtime, published } = await startWithStore(t);
  const msg = runtime.inject("out", { kind: "event", event: "Home" });
  const { fill } = await runtime.status("out", "store slow does not answer");
  equal(fill, "yellow");
  equal(await ended(runtime, msg), "published");
  equal((await published.next()).topic, "octoprint/event/Home");
  await runtime.log.next(({ msg: line }) => String(line).includes("could not be read (store slow does not answer)"));
});

test("removed is removed, also while the store is waited for", async (t) => {
  const { runtime, broker, published, subscribed, store } = await startWithStore(t);
  const msg = runtime.inject("out", { kind: "event", event: "Home" });
  await until(() => msg._msgid !== undefined);
  await runtime.deploy(nodes(broker.url, ...inNode("in")), "nodes");
  equal(await ended(runtime, msg), "node-removed");
  store.answer([]);
  await subscribed.next();
  await broker.publish("octoprint/mqtt", "connected");
  await runtime.sink("to-in").next();
  deepEqual(published.items, []);
});

test("publish() of the broker node says whether the broker has it, or a store", async (t) => {
  const outcomes: Promise<string>[] = [];
  const isBroker = (node: Node | null): node is Node & OctoPrintBroker => node !== null && "publish" in node;
  const asking: NodeInitializer = (RED) => {
    RED.nodes.registerType("asking", function (this: Node, definition) {
      RED.nodes.createNode(this, definition);
      this.on("input", (_msg, _send, done) => {
        const broker = RED.nodes.getNode("b");
        if (isBroker(broker)) outcomes.push(broker.publish("shop/light", "on"));
        done();
      });
    });
  };
  const { runtime, broker } = await startOut(t, {}, { nodes: [asking] });
  const store = await addSlowStore(t);
  const flow = nodes(broker.url, outNode("out"), { id: "asks", z: "tab", type: "asking", wires: [] });
  await runtime.deploy(flow, "full");
  await until(() => store.waiting === 1);
  store.answer([]);
  await runtime.send("asks", {});
  equal(await outcomes[0], "published");
  await broker.down();
  await runtime.status("out", ({ fill }) => fill === "red");
  await runtime.send("asks", {});
  await runtime.deploy(flow, "full");
  equal(await outcomes[1], "stored");
});
