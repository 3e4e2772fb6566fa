import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { adapted, readExample } from "../demo/flows.ts";
import { startAedes } from "../support/broker.ts";
import { goodKey, startStandIn } from "../support/octoprint-stand-in.ts";
import { coreNode, loadFlow } from "../support/runtime.ts";
import { inNode, watchTraffic } from "./flow.ts";
import { startServer } from "./octoprint.ts";

const core = ["common/25-status.js", "function/10-switch.js", "function/15-change.js"].map(coreNode);

describe("the plugin as a flow", () => {
  it("says how OctoPrint is after the broker was away, and after the broker node's own word", async (t) => {
    const [broker, octoprint] = [await startAedes(t), await startStandIn(t)];
    const { published } = watchTraffic(broker);
    const surroundings = { brokerUrl: broker.url, recorded: {}, prefix: "", speed: 1 };
    const reached = { url: octoprint.url, apiKey: goodKey };
    const example = readExample("OctoPrint itself/The MQTT plugin as a flow");
    const flow = adapted(example, { ...surroundings, octoprint: reached }).filter(({ type }) => type !== "comment");
    const server = flow.find(({ type }) => type === "octoprint-server")?.id ?? "";
    await loadFlow(t, flow, { nodes: core, credentials: { [server]: { apiKey: goodKey } } });
    const said: string[] = [];
    const listen = async (count: number): Promise<void> => {
      while (said.length < count) {
        const { text, qos, retain } = await published.next(({ topic }) => topic === "octoprint/mqtt");
        assert.deepEqual([qos, retain], [1, true]);
        said.push(text);
      }
    };
    // The broker node's own word, then what the plugin would say.
    await listen(2);
    await octoprint.stop();
    await listen(3);
    broker.cut();
    await listen(6);
    const lastWill = "disconnected";
    assert.deepEqual(said, ["connected", "connected", "disconnected", lastWill, "connected", "disconnected"]);
  });
});

describe("what OctoPrint's plugins say", () => {
  it("nested too deeply it is an error, with what came", async (t) => {
    const chosen = inNode("in", { kind: "other", select: ["plugin/#"] });
    const { octoprint, runtime } = await startServer(t, chosen);
    await runtime.status("in", /connected/);
    const deep: object = JSON.parse(`${'{"a":'.repeat(80)}1${"}".repeat(80)}`);
    octoprint.push({ plugin: { plugin: "deep", data: deep } });
    octoprint.push({ plugin: { plugin: "a+b", data: {} } });
    octoprint.push({ plugin: { plugin: "plain", data: { on: true } } });
    const caught = await runtime.caught.next();
    assert.match(String(Object(caught.error).message), /nested more than 64 levels deep/);
    assert.equal(caught.topic, "octoprint/plugin/deep");
    assert.deepEqual((await runtime.sink("to-in").next()).payload, { on: true });
  });
});
