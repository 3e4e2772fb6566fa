import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "node:test";
import { startAedes } from "../support/broker.ts";
import type { Scope } from "../support/cleanup.ts";
import { coreNode, type FlowNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { findPrinters, granted, refusalOf, testConnection } from "./asking.ts";
import { brokerNode, connected, inNode, outNode, printerNode, tab, watchTraffic } from "./flow.ts";

/** A setting that the environment has, in the way of Node-RED's older and newer versions. */
const ways = { "$(NAME)": (name: string) => `$(${name})`, "${NAME}": (name: string) => `\${${name}}` };

/** The environment of all flows, in which values may be numbers. */
function environment(values: Readonly<Record<string, string | number>>): FlowNode {
  const env = Object.entries(values).map(([name, value]) => ({
    name,
    value: String(value),
    type: typeof value === "number" ? "num" : "str",
  }));
  return { id: "environment", type: "global-config", env };
}

const load = (t: Scope, nodes: readonly FlowNode[], credentials = {}): Promise<Runtime> =>
  loadFlow(t, nodes, { nodes: [coreNode("common/91-global-config.js")], credentials });

for (const [way, variable] of Object.entries(ways)) {
  describe(`settings as ${way}, where the environment has numbers`, () => {
    test("work deployed, each of them", async (t) => {
      const logins: string[] = [];
      const broker = await startAedes(t, {
        authenticate: (_client, username, password, done) => {
          logins.push(`${username} ${password}`);
          done(null, true);
        },
      });
      const { clients, published } = watchTraffic(broker);
      const values = { HOST: "127.0.0.1", PORT: broker.port, ID: 815, STATUS: 7, USER: 42, PASS: 1234, ALIVE: 30 };
      const more = { BASE: 3, PRINTER: 5, EVENT: 6, LIMIT: 9 };
      const settings = {
        port: variable("PORT"),
        clientId: variable("ID"),
        statusTopic: variable("STATUS"),
        keepalive: variable("ALIVE"),
        queueLimit: variable("LIMIT"),
      };
      const runtime = await load(
        t,
        [
          tab,
          environment({ ...values, ...more }),
          brokerNode(variable("HOST"), settings),
          printerNode({ baseTopic: "{printer}/", timestampField: variable("BASE"), name: variable("PRINTER") }),
          ...inNode("in", { kind: "event", printers: [variable("PRINTER")], select: [variable("EVENT")] }),
          outNode("out", { kind: "event", printerName: variable("PRINTER"), target: variable("EVENT") }),
        ],
        { b: { username: variable("USER"), password: variable("PASS") } },
      );
      await runtime.status("in", connected);
      equal(await clients.next(), "815");
      deepEqual(logins, ["42 1234"]);
      equal((await published.next()).topic, "7");
      equal((await runtime.send("out", { payload: {}, timestamp: 2_000 })).error, undefined);
      const { topic, payload } = await runtime.sink("to-in").next();
      deepEqual([topic, payload], ["5/event/6", { _event: "6", 3: 2 }]);
    });

    test("work in the dialogs too, deployed or not", async (t) => {
      const broker = await startAedes(t);
      const nodes = [tab, environment({ HOST: "127.0.0.1", PORT: broker.port }), brokerNode(broker.url)];
      const runtime = await load(t, nodes);
      const settings = { url: variable("HOST"), port: variable("PORT") };
      for (const id of ["b", "new"]) {
        equal(granted(await testConnection(runtime, { id, settings })).server, `127.0.0.1:${broker.port}`);
      }
      granted(await findPrinters(runtime, { id: "b", settings }));
      const unset = await testConnection(runtime, { id: "b", settings: { ...settings, port: variable("NOT_SET") } });
      equal(refusalOf(unset).code, "port-invalid");
    });
  });
}
