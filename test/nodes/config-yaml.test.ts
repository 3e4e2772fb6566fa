import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PluginConfig } from "../../nodes/octoprint/setup/plugin-config.ts";
import { readConfigYaml } from "../../nodes/octoprint-broker/dialogs/config-yaml.ts";

function understood(text: string): PluginConfig {
  const result = readConfigYaml(text);
  assert.ok(result.ok, JSON.stringify(result));
  return result.config;
}

function refusal(text: string): string {
  const result = readConfigYaml(text);
  assert.ok(!result.ok, JSON.stringify(result));
  return result.problem.code;
}

/** As OctoPrint writes it, with what people write into it by hand. */
const files: Readonly<Record<string, string>> = {
  "as OctoPrint writes it": `
accessControl:
    salt: x
plugins:
    discovery:
        upnpUuid: y
    mqtt:
        _config_version: 1
        broker:
            password: s3cret
            port: 8884
            url: broker.local
            username: octo
        publish:
            baseTopic: shop/
    tracking:
        enabled: true
server:
    firstRun: false
`,
  "a comment at column 0": `
plugins:
    mqtt:
        broker:
            url: broker.local
# my own broker
#   port: 1
            port: 8884

            username: octo   # not root
            password: s3cret
#
        publish:
            baseTopic: shop/
    tracking: {}
`,
  "a comment that is deeper, right below mqtt:": `
plugins:
    mqtt:
                # the one in the cellar
        broker:
            url: broker.local
            port: 8884
            username: octo
            password: s3cret
        publish:
            baseTopic: shop/
`,
  "flow style": `
plugins:
    mqtt: {broker: {url: broker.local, port: 8884, username: octo, password: "s3cret"}, publish: {baseTopic: shop/}}
    tracking: {enabled: false}
`,
  "flow style over many lines, with braces in a text and in a comment": `
plugins: {discovery: {}, mqtt: {
    broker: {   # } not the end
        url: "broker.local", port: 8884,
        username: octo, password: 's3cret'},
    publish: {baseTopic: shop/, eventTopic: 'event/{event}'}
}, tracking: {enabled: true}}
`,
  "everything in flow style": `{plugins: {mqtt: {broker: {url: broker.local, port: 8884, username: octo, password: s3cret}, publish: {baseTopic: shop/}}}}`,
  "JSON, as the API answers": `{"plugins": {"mqtt": {"broker": {"url": "broker.local", "port": 8884, "username": "octo", "password": "s3cret"},
    "publish": {"baseTopic": "shop/"}}}}`,
  "tags of Python 2, anchors and quoted keys": `
plugins:
  "mqtt": &mine
    'broker':
      url: !!python/unicode 'broker.local'
      port: 8884
      username: !!str octo
      password: s3cret
    publish: {baseTopic: !!python/unicode "shop/"}
`,
  "a merged mapping": `
plugins:
    mqtt:
        broker:
            <<: &usual {port: 8884, username: octo, url: elsewhere}
            url: broker.local
            password: s3cret
        publish:
            baseTopic: shop/
`,
  "a comment of 20,000 characters": `
plugins:
    mqtt:
        broker:
            url: broker.local
${"            # - [{?\n".repeat(1_500)}
            port: 8884
            username: octo
            password: s3cret
        publish:
            baseTopic: shop/
`,
  "the part from broker: on, copied from the middle of its line": `broker:
# where it is
            url: broker.local
            port: 8884
            username: octo
            password: s3cret
        publish:
            baseTopic: shop/`,
  "a byte order mark and Windows' line ends":
    "\ufeffmqtt:\r\n  broker:\r\n    url: broker.local\r\n    port: 8884\r\n    username: octo\r\n    password: s3cret\r\n  publish:\r\n    baseTopic: shop/\r\n",
};

describe("the plugin's settings are found and read whole", () => {
  for (const [what, text] of Object.entries(files)) {
    it(what, () => {
      const { broker, credentials, printer } = understood(text);
      assert.deepEqual(
        [broker.url, broker.port, credentials, printer.baseTopic],
        ["broker.local", "8884", { username: "octo", password: "s3cret" }, "shop/"],
      );
    });
  }
});

describe("a text is what is written", () => {
  const rows: readonly (readonly [written: string, text: string | undefined])[] = [
    ["84e9", "84e9"],
    ["0123", "0123"],
    ["1_000", "1_000"],
    ["12:30:45", "12:30:45"],
    ["2020-01-01", "2020-01-01"],
    ["yes", "yes"],
    ["True", "True"],
    [".inf", ".inf"],
    ["0x1F", "0x1F"],
    ["'null'", "null"],
    ["null", undefined],
    ["~", undefined],
    ["", undefined],
    ['"a \\"b\\" #c"', 'a "b" #c'],
    ["a#b", "a#b"],
    ["=", "="],
  ];
  for (const [written, text] of rows) {
    it(`${written || "nothing"}: ${text}`, () => {
      const { credentials } = understood(`broker:\n    url: x\n    username: ${written}\n    password: ${written}\n`);
      assert.deepEqual(credentials, text === undefined ? {} : { username: text, password: text });
    });
  }
});

describe("a number is what it is in YAML 1.1", () => {
  const rows: readonly (readonly [written: string, port: string, usable: boolean])[] = [
    ["8884", "8884", true],
    ["'8884'", "8884", true],
    ["8_884", "8884", true],
    ["0x22b4", "8884", true],
    ["021264", "8884", true],
    ["0b10001010110100", "8884", true],
    ["2:28:04", "8884", true],
    ["8884.0", "8884", true],
    ["''", "1883", true],
    ["", "1883", true],
    ["~", "1883", true],
    ["many", "1883", false],
    ["0", "1883", false],
    ["88840", "1883", false],
    ["8e3", "1883", false],
  ];
  for (const [written, port, usable] of rows) {
    it(`${written || "nothing"}: ${port}`, () => {
      const { broker, notCarried } = understood(`broker:\n    url: x\n    port: ${written}\n`);
      assert.equal(broker.port, port);
      assert.equal(
        notCarried.some(({ key }) => key === "broker.port"),
        !usable,
      );
    });
  }
});

describe("yes and no are what they are in YAML 1.1", () => {
  for (const word of ["true", "True", "TRUE", "yes", "Yes", "on", "ON", "'true'"]) {
    it(word, () => assert.equal(understood(`broker: {url: x, tls_active: ${word}}`).broker.useTls, true));
  }
  for (const word of ["false", "no", "Off", "''", "~"]) {
    it(word, () => assert.equal(understood(`broker: {url: x, tls_active: ${word}}`).broker.useTls, false));
  }
});

describe("what is not understood is refused, and so changes nothing", () => {
  const rows: Readonly<Record<string, readonly [text: string, code: string]>> = {
    "url: beside broker:": ["mqtt:\n    broker:\n    url: broker.local\n", "config-misplaced"],
    "publish: below broker:": [
      "mqtt:\n    broker:\n        url: x\n        publish:\n            baseTopic: shop/\n",
      "config-misplaced",
    ],
    "topics beside publish:": ["broker:\n    url: x\npublish:\nbaseTopic: shop/\n", "config-misplaced"],
    "less and less deep": ["mqtt:\n    broker:\n        url: x\n      port: 1\n", "config-not-yaml"],
    "a tab": ["mqtt:\n\tbroker:\n\t\turl: x\n", "config-not-yaml"],
    "a quote that does not end": ['mqtt:\n    broker:\n        url: "x\n        port: 1\n', "config-not-yaml"],
    "braces that do not end": ["plugins:\n    mqtt: {broker: {url: x\n", "config-not-yaml"],
    "an alias for what it is in": ["mqtt: &a\n    broker:\n        tls: *a\n", "config-too-complex"],
  };
  for (const [what, [text, code]] of Object.entries(rows)) it(what, () => assert.equal(refusal(text), code));

  it("with the line in which it is wrong, counted in what was pasted", () => {
    const result = readConfigYaml(
      "a: 1\nplugins:\n    mqtt:\n# x\n        broker:\n            url: x\n          port: 1\n",
    );
    assert.deepEqual(result, { ok: false, problem: { code: "config-not-yaml", line: 7 } });
  });
});
