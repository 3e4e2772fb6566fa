import { deepEqual, equal, match } from "node:assert/strict";
import { describe, test } from "node:test";
import { coreBrokerSettings } from "../../nodes/octoprint-broker/core-broker.ts";
import { type BrokerOptions, type InProcessBroker, startAedes } from "../support/broker.ts";
import type { Scope } from "../support/cleanup.ts";
import { coreNode, type FlowNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { findPrinters, granted, refusalOf, testConnection } from "./asking.ts";
import { brokerNode, inNode, printerNode, tab } from "./flow.ts";

const usual = { port: "", useTls: false, tls: "", protocol: "MQTTv311", keepalive: "60" };

describe("the settings of core's mqtt-broker node, as ours", () => {
  const rows: { core: object; ours: object }[] = [
    { core: { broker: "broker.local", port: "1884" }, ours: { url: "broker.local", port: "1884" } },
    { core: { broker: "broker.local", port: 1884, keepalive: 15 }, ours: { port: "1884", keepalive: "15" } },
    { core: { broker: "", port: "" }, ours: { url: "localhost", port: "1883" } },
    // 1883 with TLS too, for so core connects.
    { core: { broker: "b", usetls: true, tls: "t" }, ours: { useTls: true, port: "1883", tls: "t" } },
    { core: { broker: "b", usetls: false, tls: "t" }, ours: { useTls: false, tls: "" } },
    { core: { broker: "ws://b:9001/mqtt", port: "1883" }, ours: { url: "ws://b:9001/mqtt", port: "" } },
    {
      core: { broker: "wss://b/mqtt", usetls: true, tls: "t" },
      ours: { url: "wss://b/mqtt", useTls: false, tls: "t" },
    },
    { core: { broker: "tcp://b" }, ours: { url: "mqtt://b" } },
    { core: { broker: "ssl://b:8883" }, ours: { url: "mqtts://b:8883" } },
    { core: { broker: "b", protocolVersion: "5" }, ours: { protocol: "MQTTv5" } },
    { core: { broker: "b", protocolVersion: 3 }, ours: { protocol: "MQTTv31" } },
    { core: { broker: "b", protocolVersion: 4, compatmode: true }, ours: { protocol: "MQTTv31" } },
    { core: { broker: "b", keepalive: "" }, ours: { keepalive: "0" } },
  ];
  for (const { core, ours } of rows) {
    test(JSON.stringify(core), () => {
      const found = coreBrokerSettings(core);
      deepEqual({ ...found, ...ours }, found);
      deepEqual(Object.keys(found).sort(), ["url", ...Object.keys(usual)].sort());
    });
  }
});

interface Seen {
  readonly clientId: string;
  readonly username: string | undefined;
  readonly password: string | undefined;
}

/** A broker that notes who comes; `octo` with `secret` may. */
async function gatekeeper(t: Scope): Promise<{ broker: InProcessBroker; seen: Seen[] }> {
  const seen: Seen[] = [];
  const authenticate: BrokerOptions["authenticate"] = ({ id }, username, password, done) => {
    seen.push({ clientId: id, username: username ?? undefined, password: password?.toString() });
    const ok = username === "octo" && password?.toString() === "secret";
    done(ok ? null : Object.assign(new Error("no"), { returnCode: 4 }), ok);
  };
  return { broker: await startAedes(t, { authenticate }), seen };
}

function coreBroker(port: number, settings: object = {}): FlowNode {
  return { id: "core", type: "mqtt-broker", name: "Home broker", broker: "127.0.0.1", port: `${port}`, ...settings };
}

const ours = brokerNode("", { coreBroker: "core" });
const login = { core: { user: "octo", password: "secret" } };
const nodes = [coreNode("network/10-mqtt.js"), coreNode("network/05-tls.js")];

function load(t: Scope, core: readonly FlowNode[], credentials = login): Promise<Runtime> {
  // Ours first: Node-RED makes what a configuration node refers to before the node itself.
  return loadFlow(t, [tab, ours, printerNode(), ...core, ...inNode("in")], { nodes, credentials });
}

describe("connected as core's mqtt-broker node", () => {
  test("server and login are its own, the connection and its client id are ours", async (t) => {
    const { broker, seen } = await gatekeeper(t);
    const runtime = await load(t, [coreBroker(broker.port, { clientid: "core-id" })]);
    await runtime.status("in", ({ fill }) => fill === "green");
    equal(seen.length, 1);
    match(String(seen[0]?.clientId), /^nodered_/);
    deepEqual([seen[0]?.username, seen[0]?.password], ["octo", "secret"]);
  });

  test("what is changed there counts from the next deploy of modified nodes", async (t) => {
    const { broker } = await gatekeeper(t);
    const other = await gatekeeper(t);
    const runtime = await load(t, [coreBroker(broker.port)]);
    await runtime.status("in", ({ fill }) => fill === "green");
    const changed = [tab, ours, printerNode(), coreBroker(other.broker.port), ...inNode("in")];
    await runtime.deploy(changed, "nodes", login);
    await runtime.status("in", ({ fill }) => fill === "green");
    equal(other.seen.length, 1);
  });

  const gone: { of: string; core: FlowNode[]; text: string | RegExp }[] = [
    { of: "deleted", core: [], text: "mqtt-broker node is missing" },
    { of: "disabled", core: [coreBroker(1, { d: true })], text: "disabled: Home broker" },
    { of: "of one flow", core: [coreBroker(1, { z: "tab" })], text: "not for all flows: Home broker" },
    { of: "without a scheme of ours", core: [coreBroker(1, { broker: "http://b" })], text: /^http:\/\/ is not supp/ },
    { of: "with a port that is none", core: [coreBroker(1, { port: "abc" })], text: "port invalid: abc" },
    {
      of: "with a tls-config that is gone",
      core: [coreBroker(1, { usetls: true, tls: "x" })],
      text: /^TLS settings un/,
    },
  ];
  for (const { of, core, text } of gone) {
    test(`${of}: the status says so`, async (t) => {
      const runtime = await load(t, core);
      const { fill, shape } = await runtime.status("in", text);
      deepEqual([fill, shape], ["red", "ring"]);
    });
  }
});

describe("the dialogs' buttons, as core's mqtt-broker node", () => {
  const form = { id: "new", settings: { url: "elsewhere.invalid", coreBroker: "core" } };

  test("Test connection and Find printers connect as it does; the password stays in Node-RED", async (t) => {
    const { broker, seen } = await gatekeeper(t);
    await broker.publish("octoPrint/mqtt", "connected", { retain: true });
    const runtime = await loadFlow(t, [tab, coreBroker(broker.port)], { nodes, credentials: login });
    const tested = await testConnection(runtime, form);
    equal(granted(tested).server, `127.0.0.1:${broker.port}`);
    const found = await findPrinters(runtime, { ...form, credentials: { username: "x", password: "y" } });
    deepEqual(
      granted(found).candidates.map(({ baseTopic }) => baseTopic),
      ["octoPrint/"],
    );
    equal(tested.wire.includes("secret") || found.wire.includes("secret"), false);
    deepEqual(
      seen.map(({ password }) => password),
      ["secret", "secret"],
    );
  });

  test("say that it is not deployed", async (t) => {
    const runtime = await loadFlow(t, [tab], { nodes });
    equal(refusalOf(await testConnection(runtime, form)).code, "core-broker-missing");
  });
});
