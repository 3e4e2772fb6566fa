import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type PluginConfig, readPluginConfig, reasons } from "../../../nodes/octoprint/setup/plugin-config.ts";
import { schemeDefaults } from "../../../nodes/octoprint/topics/scheme.ts";

function read(mqtt: object): PluginConfig {
  const result = readPluginConfig({ plugins: { mqtt } });
  assert.ok(result.ok);
  return result.config;
}

const broker = (settings: object) => read({ broker: { url: "broker.local", ...settings } }).broker;
const printer = (publish: object) => read({ publish }).printer;
/** The reason by the plugin's key. */
const remarks = (mqtt: object) => {
  const { notCarried, check } = read(mqtt);
  return Object.fromEntries([...notCarried, ...check].map(({ key, code }) => [key, code]));
};

it("an untouched plugin has its own defaults, not ours", () => {
  assert.deepEqual(read({ broker: { url: "broker.local" } }), {
    broker: {
      url: "broker.local",
      port: "1883",
      keepalive: "60",
      protocol: "MQTTv31",
      useTls: false,
      ciphers: "",
      tlsInsecure: false,
    },
    credentials: {},
    printer: { ...schemeDefaults, baseTopic: "octoPrint/" },
    notCarried: [],
    check: [{ key: "publish.baseTopic", code: "default-base-topic" }],
  });
});

describe("wherever the paste begins", () => {
  const mqtt = { broker: { url: "broker.local" } };
  const table: Readonly<Record<string, unknown>> = {
    "the whole file": { api: { key: "secret" }, plugins: { mqtt, discovery: {} }, server: { firstRun: false } },
    "plugins:": { plugins: { mqtt } },
    "mqtt:": { mqtt },
    "broker:": mqtt,
    "broker: and publish:": { ...mqtt, publish: {} },
  };
  for (const [name, parsed] of Object.entries(table)) {
    it(name, () => {
      const result = readPluginConfig(parsed);
      assert.equal(result.ok && result.config.broker.url, "broker.local");
    });
  }
  for (const parsed of [
    null,
    undefined,
    "",
    "mqtt",
    1,
    [],
    {},
    { plugins: {} },
    { plugins: { mqtt: 1 } },
    { url: "x" },
  ]) {
    it(`not in ${JSON.stringify(parsed)}`, () => {
      assert.deepEqual(readPluginConfig(parsed), { ok: false, problem: { code: "config-without-mqtt" } });
    });
  }
});

describe("the broker", () => {
  const table: readonly (readonly [settings: object, expected: object])[] = [
    [{ port: 8883 }, { port: "8883" }],
    [{ port: "8883" }, { port: "8883" }],
    [{ keepalive: 30 }, { keepalive: "30" }],
    [{ protocol: "MQTTv311" }, { protocol: "MQTTv311" }],
    [{ protocol: "MQTTv5" }, { protocol: "MQTTv31" }],
    // The plugin takes 1883 with TLS too.
    [{ tls_active: true }, { useTls: true, port: "1883" }],
    [{ tls_active: "yes" }, { useTls: true }],
    [{ tls_active: false, tls: { ca_certs: "/ca.pem" } }, { useTls: false }],
    [{ tls: { ca_certs: "/ca.pem" } }, { useTls: true }],
    [{ tls: {} }, { useTls: false }],
    [{ tls: { ciphers: "ECDHE" }, tls_active: true }, { ciphers: "ECDHE" }],
    [{ tls_insecure: true }, { tlsInsecure: true }],
  ];
  for (const [settings, expected] of table) {
    it(JSON.stringify(settings), () => {
      const found = broker(settings);
      assert.deepEqual({ ...found, ...expected }, found);
    });
  }
});

it("user name and password are carried over, also such as YAML takes for numbers", () => {
  assert.deepEqual(read({ broker: { username: "octo", password: 1234 } }).credentials, {
    username: "octo",
    password: "1234",
  });
  assert.deepEqual(read({ broker: { username: null, password: "" } }).credentials, {});
});

describe("the topics", () => {
  const table: readonly (readonly [publish: object, expected: object])[] = [
    [{ baseTopic: "shop/" }, { baseTopic: "shop/" }],
    [{ baseTopic: "octoLaser" }, { baseTopic: "octoLaser" }],
    [{ eventTopic: "foo/{event}/bar" }, { eventTopic: "foo/{event}/bar" }],
    [{ lwTopic: "status" }, { lwTopic: "status" }],
    [{ progressTopic: "" }, { progressTopic: "progress/{progress}" }],
    [{ temperatureTopic: null }, { temperatureTopic: "temperature/{temp}" }],
  ];
  for (const [publish, expected] of table) {
    it(JSON.stringify(publish), () => {
      const found = printer(publish);
      assert.deepEqual({ ...found, ...expected }, found);
    });
  }
  it("and the name of the timestamp field", () => {
    assert.equal(read({ broker: {}, timestamp_fieldname: "ts" }).printer.timestampField, "ts");
  });
});

describe("what cannot be carried over is listed, each with the reason", () => {
  const table: readonly (readonly [mqtt: object, key: string, code: string | undefined])[] = [
    [{ broker: { url: null } }, "broker.url", "no-url"],
    [{ broker: {} }, "broker.url", "no-url"],
    [{ broker: { url: "localhost" } }, "broker.url", "local-server"],
    [{ broker: { url: "127.0.0.1" } }, "broker.url", "local-server"],
    [{ broker: { port: "many" } }, "broker.port", "not-usable"],
    [{ broker: { username: ["a"] } }, "broker.username", "not-usable"],
    [{ broker: { tls: { ca_certs: "/ca.pem" } } }, "broker.tls.ca_certs", "file-elsewhere"],
    [{ broker: { tls: { certfile: "/c.pem" } } }, "broker.tls.certfile", "file-elsewhere"],
    [{ broker: { tls: { keyfile: "/k.pem" } } }, "broker.tls.keyfile", "file-elsewhere"],
    [{ broker: { tls: { ca_certs: "/ca.pem" } } }, "broker.tls", "tls-unclear"],
    [{ broker: { tls: { ca_certs: "/ca.pem" }, tls_active: true } }, "broker.tls", undefined],
    [{ broker: { retain: false } }, "broker.retain", "plugin-only"],
    [{ broker: { retain: true } }, "broker.retain", undefined],
    [{ broker: { lwRetain: false } }, "broker.lwRetain", "plugin-only"],
    [{ broker: { clean_session: false } }, "broker.clean_session", "needs-client-id"],
    [{ client: { client_id: "octopi" } }, "client.client_id", "own-client-id"],
    [{ client: { client_id: null } }, "client.client_id", undefined],
    [{ publish: { eventActive: false } }, "publish.eventActive", "switched-off"],
    [{ publish: { eventActive: true } }, "publish.eventActive", undefined],
    [{ publish: { lwActive: false } }, "publish.lwActive", "switched-off"],
    [{ publish: { lwTopic: "" } }, "publish.lwTopic", "switched-off"],
    [{ publish: { events: { comm: false } } }, "publish.events.comm", "switched-off"],
    [{ publish: { temperatureThreshold: 1 } }, "publish.temperatureThreshold", "plugin-only"],
    [{ publish: { metadataActive: true } }, "publish.metadataActive", "plugin-only"],
    [{ publish: { printerData: true } }, "publish.printerData", "plugin-only"],
    [{ publish: { hassTopic: "hass/{hass}" } }, "publish.hassTopic", "unknown"],
    [{ publish: {} }, "publish.baseTopic", "default-base-topic"],
    [{ publish: { baseTopic: "octoPrint/" } }, "publish.baseTopic", undefined],
  ];
  for (const [mqtt, key, code] of table) {
    it(`${JSON.stringify(mqtt)}: ${code}`, () => assert.equal(remarks(mqtt)[key], code));
  }
});

it("whatever is pasted, nothing throws and nothing grows", () => {
  const section = fc.dictionary(
    fc.constantFrom("url", "port", "tls", "eventTopic", "events", "client_id", "__proto__", "constructor", "toString"),
    fc.anything(),
  );
  const pasted = fc.oneof(fc.anything(), fc.record({ broker: section, publish: section, client: section }));
  fc.assert(
    fc.property(pasted, (parsed) => {
      const result = readPluginConfig(parsed);
      if (!result.ok) return;
      const { notCarried, check, printer } = result.config;
      for (const { code } of [...notCarried, ...check]) assert.ok(reasons.includes(code));
      assert.ok(Object.values(printer).every((text) => typeof text === "string" && text.length <= 1_000));
    }),
  );
  const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`${index}${"k".repeat(999)}`, 1]));
  assert.ok(JSON.stringify(read({ broker: many })).length < 20_000);
});
