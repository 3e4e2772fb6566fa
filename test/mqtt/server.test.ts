import assert from "node:assert/strict";
import { test } from "node:test";
import { addressOf, parseServer, type Server } from "../../nodes/mqtt/server.ts";

interface Given {
  readonly url: string;
  readonly port?: number;
  readonly useTls?: boolean;
}

const mqtt = { scheme: "mqtt", host: "broker.local", port: 1883, path: "", tls: false } as const;

const good: readonly [Given, Server][] = [
  [{ url: "broker.local" }, mqtt],
  [{ url: "  broker.local\t" }, mqtt],
  [{ url: "BROKER.local" }, mqtt],
  [{ url: "broker.local:1884" }, { ...mqtt, port: 1884 }],
  [
    { url: "broker.local", port: 1885 },
    { ...mqtt, port: 1885 },
  ],
  [
    { url: "broker.local:1884", port: 1885 },
    { ...mqtt, port: 1884 },
  ],
  [{ url: "broker.local:80" }, { ...mqtt, port: 80 }],
  [
    { url: "broker.local", useTls: true },
    { ...mqtt, scheme: "mqtts", port: 8883, tls: true },
  ],
  [
    { url: "broker.local:1883", useTls: true },
    { ...mqtt, scheme: "mqtts", tls: true },
  ],
  [{ url: "mqtt://broker.local" }, mqtt],
  [{ url: "MQTT://broker.local/" }, mqtt],
  [{ url: "mqtts://broker.local" }, { ...mqtt, scheme: "mqtts", port: 8883, tls: true }],
  [
    { url: "mqtts://broker.local", useTls: true },
    { ...mqtt, scheme: "mqtts", port: 8883, tls: true },
  ],
  [{ url: "ws://broker.local" }, { ...mqtt, scheme: "ws", port: 80 }],
  [{ url: "ws://broker.local/mqtt" }, { ...mqtt, scheme: "ws", port: 80, path: "/mqtt" }],
  [{ url: "ws://broker.local:9001/a/b?c=d" }, { ...mqtt, scheme: "ws", port: 9001, path: "/a/b?c=d" }],
  [{ url: "ws://broker.local?token=1" }, { ...mqtt, scheme: "ws", port: 80, path: "/?token=1" }],
  [{ url: "wss://broker.local" }, { ...mqtt, scheme: "wss", port: 443, tls: true }],
  [
    { url: "wss://broker.local", port: 8443, useTls: true },
    { ...mqtt, scheme: "wss", port: 8443, tls: true },
  ],
  [{ url: "127.0.0.1" }, { ...mqtt, host: "127.0.0.1" }],
  [{ url: "[::1]" }, { ...mqtt, host: "[::1]" }],
  [{ url: "::1" }, { ...mqtt, host: "[::1]" }],
  [{ url: "2001:db8::7" }, { ...mqtt, host: "[2001:db8::7]" }],
  [{ url: "mqtt://[::1]:1884" }, { ...mqtt, host: "[::1]", port: 1884 }],
  [{ url: "ws://[::1]/mqtt" }, { ...mqtt, scheme: "ws", host: "[::1]", port: 80, path: "/mqtt" }],
];
for (const [given, server] of good) {
  test(`${JSON.stringify(given)} is ${addressOf(server)}`, () => {
    assert.deepEqual(parseServer({ port: undefined, useTls: false, ...given }), { ok: true, server });
  });
}

const bad: readonly [Given, object][] = [
  [{ url: "" }, { code: "url-missing" }],
  [{ url: "   " }, { code: "url-missing" }],
  [{ url: "http://broker.local" }, { code: "url-scheme", scheme: "http" }],
  [{ url: "tcp://broker.local" }, { code: "url-scheme", scheme: "tcp" }],
  [{ url: "constructor://broker.local" }, { code: "url-scheme", scheme: "constructor" }],
  [
    { url: "mqtt://broker.local", useTls: true },
    { code: "url-tls-contradiction", scheme: "mqtt" },
  ],
  [
    { url: "ws://broker.local", useTls: true },
    { code: "url-tls-contradiction", scheme: "ws" },
  ],
  [{ url: "mqtt://joe:secret@broker.local" }, { code: "url-credentials" }],
  [{ url: "joe@broker.local" }, { code: "url-credentials" }],
  [{ url: "mqtt://" }, { code: "url-invalid", url: "mqtt://" }],
  [{ url: "my broker" }, { code: "url-invalid", url: "my broker" }],
  [{ url: "broker.local/mqtt" }, { code: "url-invalid", url: "broker.local/mqtt" }],
  [{ url: "mqtts://broker.local/mqtt" }, { code: "url-invalid", url: "mqtts://broker.local/mqtt" }],
  [{ url: "mqtt://broker.local?x=1" }, { code: "url-invalid", url: "mqtt://broker.local?x=1" }],
  [{ url: "mqtt://broker.local#x" }, { code: "url-invalid", url: "mqtt://broker.local#x" }],
  [{ url: "ws://broker.local/mqtt#x" }, { code: "url-invalid", url: "ws://broker.local/mqtt#x" }],
  [{ url: "broker.local:99999" }, { code: "url-invalid", url: "broker.local:99999" }],
  [{ url: "broker.local:abc" }, { code: "url-invalid", url: "broker.local:abc" }],
  [{ url: "broker.local:0" }, { code: "port-invalid", port: 0 }],
  [
    { url: "broker.local", port: 0 },
    { code: "port-invalid", port: 0 },
  ],
  [
    { url: "broker.local", port: 65_536 },
    { code: "port-invalid", port: 65_536 },
  ],
  [
    { url: "broker.local", port: 18.83 },
    { code: "port-invalid", port: 18.83 },
  ],
  [
    { url: "broker.local", port: Number.NaN },
    { code: "port-invalid", port: Number.NaN },
  ],
];
for (const [given, problem] of bad) {
  test(`${JSON.stringify(given)} is refused: ${JSON.stringify(problem)}`, () => {
    assert.deepEqual(parseServer({ port: undefined, useTls: false, ...given }), { ok: false, problem });
  });
}

test("a refused url does not repeat its password", () => {
  const result = parseServer({ url: "mqtt://joe:secret@broker.local", port: undefined, useTls: false });
  assert.doesNotMatch(JSON.stringify(result), /secret/);
});
