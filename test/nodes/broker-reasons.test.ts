import { deepEqual, equal, match, ok } from "node:assert/strict";
import { createServer, type Server } from "node:net";
import { describe, test } from "node:test";
import type { Packet } from "mqtt";
import { type BrokerOptions, startAedes } from "../support/broker.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { freePort, portOf } from "../support/ports.ts";
import { connack, startRaw } from "../support/raw-server.ts";
import { type Credentials, type FlowNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { startStrictBroker } from "../support/strict-broker.ts";
import { brokerNode, connected, inNode, outNode, printerNode, startOut, tab } from "./flow.ts";

const users: FlowNode[] = [...inNode("in1"), ...inNode("in2"), outNode("out")];

function load(t: Scope, url: string, settings: object, credentials: Credentials = {}): Promise<Runtime> {
  return loadFlow(t, [tab, brokerNode(url, { ...settings }), printerNode(), ...users], { credentials });
}

/** Every node that uses the connection says why there is none. */
async function allSay(runtime: Runtime, wanted: string | RegExp): Promise<void> {
  for (const id of ["in1", "in2", "out"]) {
    const { fill, shape } = await runtime.status(id, wanted);
    deepEqual([fill, shape], ["red", "ring"]);
  }
}

/** A server that is no MQTT broker. */
async function startServer(t: Scope, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanup(t, () => void server.close());
  return portOf(server);
}

/** Answers each CONNECT with this return code [MQTT-3.2.2]. */
function refusing(code: number): BrokerOptions {
  return {
    authenticate: (_client, _username, _password, callback) =>
      callback(Object.assign(new Error("refused"), { returnCode: code }), null),
  };
}

describe("why there is no connection, on every node that uses it", () => {
  test("nobody listens", async (t) => {
    const port = await freePort();
    const runtime = await load(t, `mqtt://127.0.0.1:${port}`, {});
    await allSay(runtime, `connection refused: 127.0.0.1:${port}`);
    // Once in the log, however often it is tried.
    match(String((await runtime.log.next(({ id }) => id === "b")).msg), /connection refused/);
  });

  test("a server that takes the connection and drops it, again and again: one line in the log", async (t) => {
    const server = await startRaw(t, (socket) => void socket.once("data", () => socket.end(connack)));
    const runtime = await load(t, server.url, {});
    await allSay(runtime, "connection lost, reconnecting");
    await server.sockets.take(4);
    equal(runtime.log.items.filter(({ id }) => id === "b").length, 1);
  });

  test("the port of a host name", async (t) => {
    const port = await freePort();
    const runtime = await load(t, "localhost", { port: `${port}` });
    await allSay(runtime, `connection refused: localhost:${port}`);
  });

  test("the host is not known", async (t) => {
    const runtime = await load(t, "nowhere.invalid", {});
    await allSay(runtime, "host not found: nowhere.invalid:1883");
  });

  const codes: [number, string | RegExp][] = [
    [2, /^client ID refused: nodered_/],
    [3, /^broker not available/],
    [4, "The broker refused the login"],
    [5, "The broker refused the login"],
  ];
  for (const [code, text] of codes) {
    test(`the broker answers with return code ${code}`, async (t) => {
      const broker = await startAedes(t, refusing(code));
      const runtime = await load(t, broker.url, {}, { b: { username: "joe", password: "wrong" } });
      await allSay(runtime, text);
    });
  }

  test("the password is mended in the broker: nobody has to deploy", async (t) => {
    let good = false;
    const broker = await startAedes(t, {
      authenticate: (_client, _username, _password, callback) =>
        good ? callback(null, true) : callback(Object.assign(new Error("no"), { returnCode: 4 }), null),
    });
    const runtime = await load(t, broker.url, {});
    await allSay(runtime, "The broker refused the login");
    good = true;
    await runtime.status("in1", connected);
  });

  test("a wrong password, over MQTT 5", { skip: withoutMosquitto() }, async (t) => {
    const broker = await startMosquitto(t, { anonymous: false });
    const runtime = await load(t, broker.url, { protocol: "MQTTv5" }, { b: { username: "joe", password: "wrong" } });
    await allSay(runtime, "The broker refused the login");
  });

  test("the client id is taken over", async (t) => {
    const connack = Buffer.from([0x20, 3, 0, 0, 0]);
    const takenOver = Buffer.from([0xe0, 1, 0x8e]);
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", () => socket.end(Buffer.concat([connack, takenOver])));
    });
    const port = await startServer(t, server);
    const runtime = await load(t, `127.0.0.1:${port}`, { protocol: "MQTTv5", clientId: "mine" });
    await allSay(runtime, /^client ID in use elsewhere/);
  });

  test("something else listens there", async (t) => {
    const port = await startServer(
      t,
      createServer((socket) => socket.end("220 mail.example\r\n")),
    );
    const runtime = await load(t, `127.0.0.1:${port}`, {});
    await allSay(runtime, `127.0.0.1:${port} answers, but not as MQTT`);
    const text = `127.0.0.1:${port} answers, but not as an MQTT broker`;
    equal((await runtime.log.next(({ id }) => id === "b")).msg, text);
  });
});

/** What a connection that stands lacks; over MQTT 3.1.1 the broker only hangs up. */
const lacks: {
  readonly what: string;
  readonly conf?: readonly string[];
  readonly settings: object;
  readonly status: string;
  readonly log: RegExp;
  /** Not forwarded to the broker, which hangs up instead. */
  readonly forbids?: (packet: Packet) => boolean;
}[] = [
  {
    what: "takes no QoS above 0, so no last will",
    conf: ["max_qos 0"],
    settings: { statusTopic: "bridge/status" },
    status: "connected, without last will",
    log: /does not accept a last will on bridge\/status/,
  },
  {
    what: "hangs up at the status topic",
    settings: { statusTopic: "bridge/status" },
    status: "connected, status topic not allowed",
    log: /the status topic bridge\/status is published/,
    forbids: (packet) => packet.cmd === "publish",
  },
  {
    what: "takes no QoS 2 subscriptions",
    settings: {},
    status: "connected, topics one after the other",
    log: /closed the connection at larger subscriptions/,
    forbids: (packet) => packet.cmd === "subscribe" && packet.subscriptions.some(({ qos }) => qos === 2),
  },
];

describe("what a connection lacks, in yellow on every node that uses it", () => {
  for (const { what, conf = [], settings, status, log, forbids } of lacks) {
    test(`the broker ${what}`, { skip: withoutMosquitto() }, async (t) => {
      const mosquitto = await startMosquitto(t, { conf });
      const { url } = forbids ? await startStrictBroker(t, mosquitto.port, (packet) => !forbids(packet)) : mosquitto;
      const runtime = await load(t, url, { protocol: "MQTTv311", ...settings });
      for (const id of ["in1", "in2", "out"]) {
        const shown = await runtime.status(id, status);
        deepEqual([shown.fill, shown.shape], ["yellow", "dot"]);
      }
      match(String((await runtime.log.next(({ id, msg }) => id === "b" && log.test(String(msg)))).msg), log);
    });
  }
});

describe("settings with which nothing is connected", () => {
  const rows: { settings: Record<string, unknown>; text: RegExp }[] = [
    { settings: { url: "" }, text: /^no server entered/ },
    { settings: { url: "   " }, text: /^no server entered/ },
    { settings: { url: "a b" }, text: /^server invalid/ },
    { settings: { url: "http://broker" }, text: /^http:\/\/ is not supported/ },
    { settings: { url: "mqtt://joe:secret-marker@broker" }, text: /^username or password in the URL/ },
    { settings: { useTls: true }, text: /^TLS ticked, but mqtt:\/\// },
    { settings: { url: "ws://broker", useTls: true }, text: /^TLS ticked, but ws:\/\// },
    { settings: { url: "broker", port: "70000" }, text: /^port invalid: 70000/ },
    { settings: { keepalive: "-1" }, text: /^keep alive invalid: -1/ },
    { settings: { keepalive: "" }, text: /^keep alive invalid/ },
    { settings: { protocol: "MQTTv4" }, text: /^protocol invalid: MQTTv4/ },
    { settings: { queueLimit: "0" }, text: /^queue limit invalid: 0/ },
    { settings: { cleanSession: false }, text: /^client ID missing/ },
    { settings: { statusTopic: "a/#" }, text: /^topic invalid: a\/#/ },
    { settings: { url: "mqtts://127.0.0.1", tls: "gone" }, text: /^TLS settings unusable/ },
  ];
  for (const { settings, text } of rows) {
    test(`${JSON.stringify(settings)}: ${text.source}`, async (t) => {
      const broker = await startAedes(t);
      const runtime = await load(t, broker.url, settings);
      await allSay(runtime, text);
      const { error } = await runtime.send("out", { kind: "event", event: "Home" });
      ok(error);
      equal(broker.aedes.connectedClients, 0);
    });
  }
});

describe("user name and password", () => {
  const rows: { of: string; credentials: Record<string, string>; sent: [string | undefined, string | undefined] }[] = [
    { of: "both", credentials: { username: "joe", password: "pass" }, sent: ["joe", "pass"] },
    { of: "a user name alone", credentials: { username: "joe" }, sent: ["joe", undefined] },
    { of: "none", credentials: {}, sent: [undefined, undefined] },
    { of: "no password without a user name", credentials: { password: "pass" }, sent: [undefined, undefined] },
  ];
  for (const { of, credentials, sent } of rows) {
    test(of, async (t) => {
      const seen: [string | undefined, string | undefined][] = [];
      const authenticate: BrokerOptions["authenticate"] = (_client, username, password, callback) => {
        seen.push([username ?? undefined, password?.toString()]);
        callback(null, true);
      };
      await startOut(t, {}, { aedes: { authenticate }, credentials: { b: credentials } });
      deepEqual(seen, [sent]);
    });
  }

  test("stay when a deploy brings none", async (t) => {
    const seen: unknown[] = [];
    const authenticate: BrokerOptions["authenticate"] = (_client, username, password, callback) => {
      seen.push([username, password?.toString()]);
      callback(null, true);
    };
    const credentials = { b: { username: "joe", password: "pass" } };
    const { runtime, broker } = await startOut(t, {}, { aedes: { authenticate }, credentials });
    await runtime.deploy([tab, brokerNode(broker.url, { keepalive: "30" }), printerNode(), outNode("out")], "full");
    await runtime.status("out", connected);
    equal(seen.length, 2);
    deepEqual(seen[1], ["joe", "pass"]);
  });

  test("are never part of a log entry, a status or an error", async (t) => {
    const marker = "Pa55word-marker";
    const credentials = { b: { username: `user-${marker}`, password: marker } };
    const port = await freePort();
    const urls = [
      (await startAedes(t, refusing(4))).url,
      (await startAedes(t, refusing(5))).url,
      `mqtt://127.0.0.1:${port}`,
      `mqtts://127.0.0.1:${port}`,
      `mqtt://joe:${marker}@127.0.0.1:${port}`,
      `mqtt://${marker}@127.0.0.1:${port}`,
      `mqtt://joe:${marker}@127.0.0.1:${port}/a b`,
      `joe:${marker}@127.0.0.1`,
      `http://joe:${marker}@127.0.0.1`,
    ];
    for (const url of urls) {
      const runtime = await load(t, url, {}, credentials);
      await runtime.status("out", ({ fill }) => fill === "red");
      await runtime.send("out", { kind: "event", event: "a+b" });
      await runtime.send("out", { kind: "other", subtopic: "x", payload: "x" });
      await runtime.unload();
      const said = JSON.stringify(
        [runtime.log.items, runtime.statuses.items, runtime.completions.items, runtime.caught.items],
        (_key, value) => (value instanceof Error ? { ...value, message: value.message, stack: value.stack } : value),
      );
      ok(!said.includes(marker), `${url}: ${said}`);
    }
  });
});
