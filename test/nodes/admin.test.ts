import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { type InProcessBroker, startAedes } from "../support/broker.ts";
import type { Scope } from "../support/cleanup.ts";
import { freePort } from "../support/ports.ts";
import { startRaw } from "../support/raw-server.ts";
import { coreNode, loadFlow, type Runtime } from "../support/runtime.ts";
import { convert, findPrinters, granted, refusalOf, testConnection } from "./asking.ts";
import { brokerNode, connected, inNode, start, tab, watchTraffic } from "./flow.ts";

const secret = "s3cret-Passw0rd";

/** A broker that wants a user name and a password. */
function locked(t: Scope): Promise<InProcessBroker> {
  return startAedes(t, {
    authenticate: (_client, username, password, done) => {
      const ok = username === "octo" && String(password) === secret;
      // 4: bad user name or password [MQTT-3.2.2.3].
      done(ok ? null : Object.assign(new Error("no"), { returnCode: 4 }), ok);
    },
  });
}

/** Node-RED with nothing deployed. */
const empty = (t: Scope): Promise<Runtime> => loadFlow(t, [tab]);

const variable = (name: string): string => `\${${name}}`;

describe("Test connection", () => {
  it("works for a broker that is not deployed", async (t) => {
    const broker = await startAedes(t);
    const { answer } = await testConnection(await empty(t), { id: "new", settings: { url: broker.url } });
    assert.deepEqual(answer, { ok: true, server: `127.0.0.1:${broker.port}`, tls: false });
  });

  it("says that the password is wrong, and not what it is", async (t) => {
    const broker = await locked(t);
    const credentials = { username: "octo", password: "wr0ng" };
    const reply = await testConnection(await empty(t), { settings: { url: broker.url }, credentials });
    assert.deepEqual(refusalOf(reply), {
      code: "bad-credentials",
      text: "The broker refused the login: check user name and password",
    });
    assert.ok(!reply.wire.includes("wr0ng"));
  });

  it("says that nobody is there", async (t) => {
    const settings = { url: "127.0.0.1", port: String(await freePort()) };
    const { code, text } = refusalOf(await testConnection(await empty(t), { settings }));
    assert.equal(code, "connection-refused");
    assert.match(text, /^connection refused: no broker is listening at 127\.0\.0\.1:\d+\./);
  });

  it("says what is wrong with the form", async (t) => {
    const runtime = await empty(t);
    const codeOf = async (settings: object): Promise<string> =>
      refusalOf(await testConnection(runtime, { settings: { url: "broker.local", ...settings } })).code;
    assert.equal(await codeOf({ url: "" }), "url-missing");
    assert.equal(await codeOf({ url: "http://broker.local" }), "url-scheme");
    assert.equal(await codeOf({ port: "many" }), "port-invalid");
    assert.equal(await codeOf({ useTls: true, tls: "a-new-one" }), "tls-not-deployed");
    assert.equal(await codeOf({ cleanSession: false }), "clean-session-client-id");
    assert.equal(refusalOf(await testConnection(runtime, {})).code, "url-missing");
  });

  it("__PWRD__ is the stored password, and so is none", async (t) => {
    const broker = await locked(t);
    const credentials = { b: { username: "octo", password: secret } };
    const runtime = await loadFlow(t, [tab, brokerNode(broker.url)], { credentials });
    for (const entered of [{ username: "octo", password: "__PWRD__" }, {}]) {
      const reply = await testConnection(runtime, { id: "b", settings: { url: broker.url }, credentials: entered });
      granted(reply);
      assert.ok(!reply.wire.includes(secret));
    }
    const emptied = { username: "octo", password: "" };
    const without = await testConnection(runtime, { id: "b", settings: { url: broker.url }, credentials: emptied });
    assert.equal(refusalOf(without).code, "bad-credentials");
  });

  it("the stored password of another node is not to be had", async (t) => {
    const broker = await locked(t);
    const other = { id: "other", type: "mqtt-broker", broker: "127.0.0.1", port: "1" };
    const credentials = { other: { user: "octo", username: "octo", password: secret } };
    const runtime = await loadFlow(t, [tab, other], { credentials, nodes: [coreNode("network/10-mqtt.js")] });
    const entered = { username: "octo", password: "__PWRD__" };
    const reply = await testConnection(runtime, { id: "other", settings: { url: broker.url }, credentials: entered });
    assert.equal(refusalOf(reply).code, "bad-credentials");
  });

  it("a variable is taken from the environment, as when it is deployed", async (t) => {
    const broker = await locked(t);
    const environment = { TEST_BROKER_URL: broker.url, TEST_BROKER_PASSWORD: secret };
    Object.assign(process.env, environment);
    t.after(() => {
      for (const name of Object.keys(environment)) delete process.env[name];
    });
    const credentials = { username: "octo", password: variable("TEST_BROKER_PASSWORD") };
    granted(await testConnection(await empty(t), { settings: { url: variable("TEST_BROKER_URL") }, credentials }));
  });

  it("does not throw out the deployed connection, nor speak in its place", async (t) => {
    const settings = { clientId: "workshop", cleanSession: false, statusTopic: "flow/mqtt" };
    const { runtime, broker, clients, published } = await start(t, inNode("in"), { broker: settings });
    await runtime.status("in", connected);
    assert.equal(await clients.next(), "workshop");
    await published.next();
    granted(await testConnection(runtime, { id: "b", settings: { url: broker.url, ...settings } }));
    assert.match(await clients.next(), /^nodered_[0-9a-f]{12}$/);
    assert.equal(broker.aedes.connectedClients, 1);
    assert.equal(published.items.length, 1, "neither connected nor disconnected was published");
  });
});

describe("Find printers", () => {
  it("lists what is stored and what comes, as it is", async (t) => {
    const broker = await startAedes(t);
    const { subscribed, gone } = watchTraffic(broker);
    await broker.publish("farm/<img src=x onerror=alert(1)>/mqtt", "connected", { retain: true });
    const runtime = await empty(t);
    const reply = findPrinters(runtime, { settings: { url: broker.url } });
    await subscribed.next();
    await broker.publish("shop/temperature/bed", '{"actual": 60, "target": 60}');
    await broker.publish("weather/today", "sun");
    const { candidates, messages, incomplete } = granted(await reply);
    assert.deepEqual(
      candidates.map(({ baseTopic, live }) => ({ baseTopic, live })),
      [
        { baseTopic: "farm/<img src=x onerror=alert(1)>/", live: false },
        { baseTopic: "shop/", live: true },
      ],
    );
    assert.ok(messages >= 3);
    assert.equal(incomplete, false);
    await gone.next();
  });

  it("says that nothing was heard at all", async (t) => {
    const broker = await startAedes(t);
    const found = granted(await findPrinters(await empty(t), { settings: { url: broker.url } }));
    assert.deepEqual(found, { ok: true, candidates: [], messages: 0, incomplete: false });
  });

  it("says that reading is not allowed", async (t) => {
    const broker = await startAedes(t, { authorizeSubscribe: (_client, _subscription, done) => done(null, null) });
    const reply = await findPrinters(await empty(t), { settings: { url: broker.url } });
    assert.deepEqual(refusalOf(reply), { code: "subscription-refused", text: "not allowed to read #" });
  });

  it("hears those that it may read, where it may not read everything", async (t) => {
    const broker = await startAedes(t, {
      authorizeSubscribe: (_client, subscription, done) => done(null, subscription.topic === "#" ? null : subscription),
    });
    await broker.publish("octoPrint/mqtt", "connected", { retain: true });
    const { candidates } = granted(await findPrinters(await empty(t), { settings: { url: broker.url } }));
    assert.deepEqual(
      candidates.map(({ baseTopic }) => baseTopic),
      ["octoPrint/"],
    );
  });

  for (const [name, packet] of [
    ["messages", Buffer.from([0x30, 4, 0, 1, 97, 49])],
    // 256 MB announced.
    [
      "one endless message",
      Buffer.concat([Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1]), Buffer.alloc(60_000, 97)]),
    ],
  ] as const) {
    it(`a flood of ${name} is cut off`, async (t) => {
      const server = await startRaw(t, (socket) => {
        socket.once("data", () => {
          socket.write(Buffer.from([0x20, 2, 0, 0]));
          socket.once("data", () => {
            const chunk = name === "messages" ? Buffer.concat(Array.from({ length: 5_000 }, () => packet)) : packet;
            const pour = (): void => {
              while (!socket.destroyed && socket.write(chunk));
            };
            socket.on("drain", pour);
            pour();
          });
        });
      });
      const found = granted(await findPrinters(await empty(t), { settings: { url: server.url } }));
      assert.equal(found.incomplete, true);
      assert.ok(found.messages <= 20_000);
      const [socket] = server.sockets.items;
      if (socket && !socket.destroyed) await once(socket, "close");
    });
  }

  it("at most four at once", async (t) => {
    const broker = await startAedes(t);
    const { subscribed } = watchTraffic(broker);
    const runtime = await empty(t);
    const form = { settings: { url: broker.url } };
    const four = Array.from({ length: 4 }, () => findPrinters(runtime, form));
    await subscribed.take(4);
    const fifth = await findPrinters(runtime, form);
    assert.equal(fifth.status, 429);
    assert.equal(refusalOf(fifth).code, "busy");
    for (const reply of await Promise.all(four)) granted(reply);
    granted(await testConnection(runtime, form));
  });
});

describe("config.yaml", () => {
  const yaml = [
    "plugins:",
    "    mqtt:",
    "        broker:",
    "            url: broker.local",
    "            username: octo",
    `            password: ${secret}`,
    "        publish:",
    "            baseTopic: shop/",
  ].join("\n");

  it("is read, with the credentials for the form", async (t) => {
    const { config } = granted(await convert(await empty(t), yaml));
    assert.equal(config.broker.url, "broker.local");
    assert.equal(config.printer.baseTopic, "shop/");
    assert.deepEqual(config.credentials, { username: "octo", password: secret });
  });

  it("also from the middle of a line on", async (t) => {
    const { config } = granted(await convert(await empty(t), yaml.slice(yaml.indexOf("broker:"))));
    assert.equal(config.printer.baseTopic, "shop/");
  });

  it("also out of a whole file, however long", async (t) => {
    const others = Array.from({ length: 20_000 }, (_, index) => `    other${index}: {mqtt: "{{ [["}`);
    const whole = ["api:", "    key: x", "plugins:", "    first:", "        mqtt:", "            on: true", ...others];
    const text = [...whole, ...yaml.split("\n").slice(1), "    zzz: 1", "server: {}"].join("\r\n");
    const { config } = granted(await convert(await empty(t), text));
    assert.equal(config.broker.url, "broker.local");
    assert.equal(config.printer.baseTopic, "shop/");
  });

  it("a tag makes nothing but text", async (t) => {
    const tagged = 'broker:\n  url: !!python/object/apply:os.system ["touch x"]\n  username: !!js/function "f"';
    const { config } = granted(await convert(await empty(t), tagged));
    assert.equal(config.broker.url, "");
    assert.equal(config.credentials.username, "f");
  });

  const refused: readonly (readonly [what: string, text: string, code: string])[] = [
    ["nothing", "", "config-without-mqtt"],
    ["another file", "a: 1", "config-without-mqtt"],
    ["no YAML", `broker:\n  password: "${secret}\n  url: x: y`, "config-not-yaml"],
    ["a bomb of aliases", bomb(), "config-too-complex"],
    ["too long a text", "#".repeat(1_000_001), "config-too-long"],
    ["what nests without end", `broker: ${"[".repeat(9_000)}`, "config-too-complex"],
    ["what nests without end in one line", "? ".repeat(4_000), "config-too-complex"],
    ["what nests in many lines", "- - - - -\n".repeat(900), "config-too-complex"],
  ];
  for (const [what, text, code] of refused) {
    it(`${what} is refused`, async (t) => {
      const reply = await convert(await empty(t), text);
      assert.equal(refusalOf(reply).code, code);
      assert.ok(!reply.wire.includes(secret));
    });
  }
});

function bomb(): string {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    const alias = `*a${level - 1}`;
    lines.push(`a${level}: &a${level} [${Array.from({ length: 9 }, () => alias).join(", ")}]`);
  }
  return `${lines.join("\n")}\nbroker: {url: *a8}`;
}

it("what is not JSON is not taken: any website can send a form", async (t) => {
  const runtime = await empty(t);
  const { status } = await runtime.request().post("/octoprint-broker/test").type("form").send("id=b");
  assert.equal(status, 415);
});
