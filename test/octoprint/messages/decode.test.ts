import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { read, readWell } from "../tracking/make.ts";
import { type Sample, same, samples } from "./samples.ts";

const printing = "octoprint/progress/printing";
const slicing = "octoprint/progress/slicing";
const tool0 = "octoprint/temperature/tool0";
const event = "octoprint/event/plugin_x_y";

describe("samples of the field are read as they are", () => {
  for (const [id, baseTopic, subTopic, payload, value] of samples) {
    it(`${id}: ${subTopic} is ${value === same ? "as published" : JSON.stringify(value)}`, () => {
      const decoded = readWell(baseTopic + subTopic, payload, { baseTopic });
      const message = subTopic.startsWith("metadata/") || !/^[[{]/.test(payload) ? payload : JSON.parse(payload);
      assert.deepEqual(decoded.message, message);
      assert.deepEqual(decoded.value, value === same ? message : value);
      const seconds = /"_timestamp": ?(\d+)/.exec(payload)?.[1];
      assert.equal(decoded.timestamp, seconds === undefined ? undefined : Number(seconds) * 1000);
    });
  }
});

describe("payloads that the sources tell of", () => {
  const rows: readonly Sample[] = [
    [
      "2.0: every message of a printer names its connector",
      "",
      "event/Connected",
      '{"connector": "serial", "port": "VIRTUAL", "baudrate": 0, "_event": "Connected", "_timestamp": 1790000000}',
      "Connected",
    ],
    [
      "2.0: location is printer for its SD card",
      "",
      "progress/printing",
      '{"location": "printer", "path": "a.gco", "progress": 1}',
      1,
    ],
    ["SD card", "", "progress/printing", '{"location": "sdcard", "path": "A~1.GCO", "progress": 1}', 1],
    [
      "PausedForUser",
      "",
      "event/PausedForUser",
      '{"_event": "PausedForUser", "_timestamp": 1790000000}',
      "PausedForUser",
    ],
    ["an event without a payload before 0.6", "", "event/PrintDone", '{"_event": "PrintDone"}', "PrintDone"],
    [
      "PrintFailed with a fraction for progress",
      "",
      "event/PrintFailed",
      '{"reason": "error", "error": "", "progress": 0.0776, "_event": "PrintFailed"}',
      "PrintFailed",
    ],
    ["hass/is_printing", "", "hass/is_printing", "True", "True"],
    ["hass/psu_on", "", "hass/psu_on", "False", "False"],
    ["hassControl/stop", "", "hassControl/stop", "PRESS", "PRESS"],
    ["hassControl/commands", "", "hassControl/commands", "G29", "G29"],
    ["hassControl/home", "", "hassControl/home", '["x", "y", "z"]', same],
    ["hassControl/jog", "", "hassControl/jog", '{"x": 0.1, "speed": 1.0 }', same],
    [
      "MQTTPublish",
      "",
      "plugin/mqttpublish/pub",
      "OctoPrint-MQTTPublish publishing.",
      "OctoPrint-MQTTPublish publishing.",
    ],
    ["a list of metadata", "", "metadata/materials", '["PLA", "PETG"]', '["PLA", "PETG"]'],
    ["a flag of metadata, as Python writes it", "", "metadata/strength", "True", "True"],
    ["an empty object of a plugin", "", "plugin/x", "{}", same],
  ];
  for (const [title, , subTopic, payload, value] of rows) {
    it(title, () => {
      const decoded = readWell(`octoprint/${subTopic}`, payload);
      assert.deepEqual(decoded.value, value === same ? JSON.parse(payload) : value);
    });
  }
});

describe("traps", () => {
  it("NaN, Infinity and -Infinity, which Python writes bare, are null", () => {
    const text = '{"z": NaN, "a": [Infinity, -Infinity], "s": "NaN \\" -Infinity \\\\", "_event": "plugin_x_y"}';
    assert.deepEqual(readWell(event, text).message, {
      z: null,
      a: [null, null],
      s: 'NaN " -Infinity \\',
      _event: "plugin_x_y",
    });
    assert.deepEqual(readWell(tool0, '{"actual": NaN, "target": 0.0}').message, { actual: null, target: 0 });
    assert.deepEqual(readWell("octoprint/plugin/x", "[NaN]").message, [null]);
    assert.equal(readWell(printing, '{"location": "", "path": "", "progress": NaN}').value, null);
  });

  it("a key or a part of a word named NaN is still no JSON", () => {
    for (const text of ["{NaN: 1}", '{"a": xNaN}', '{"a": -NaN}', '{"a": NaN', "{NaN"]) {
      const decoded = read(event, text);
      assert.equal(!decoded.ok && decoded.problem.code, "not-json", text);
    }
  });

  it("23.0, a percentage of Python 2, is 23", () =>
    assert.equal(readWell(printing, '{"location": "local", "path": "a.gco", "progress": 23.0}').value, 23));

  it("OP#1810, PrintTimeGenius#227: an estimator's percentage is brought to 0 to 100", () => {
    for (const [written, read] of [
      [105, 100],
      [100.4, 100],
      [-1, 0],
    ]) {
      const decoded = readWell(printing, `{"location": "local", "path": "a.gco", "progress": ${written}}`);
      assert.equal(decoded.value, read);
    }
  });

  it("-100 % means that the size is unknown: null", () => {
    const decoded = readWell(printing, '{"location": "local", "path": "a.gco", "progress": -100}');
    assert.deepEqual(decoded.message, { location: "local", path: "a.gco", progress: null });
    assert.equal(decoded.value, null);
  });

  it("the reset with an empty path is a message like any other", () => {
    const reset = '{"location": "", "path": "", "progress": 0, "_timestamp": 1790000000}';
    assert.deepEqual(readWell(printing, reset).message, JSON.parse(reset));
    const texts = '"slicer": "", "source_location": "", "source_path": "", "destination_location": ""';
    assert.equal(readWell(slicing, `{${texts}, "destination_path": "", "progress": 0}`).value, 0);
  });

  it("soc has temperature instead of actual and target", () => {
    const soc = "octoprint/temperature/soc";
    assert.equal(readWell(soc, '{"temperature": 48.3, "_timestamp": 1790000000}').value, 48.3);
    assert.equal(readWell(soc, '{"temperature": null}').value, null);
  });

  it("chamber without a heater: actual and target may be null", () => {
    const chamber = "octoprint/temperature/chamber";
    assert.equal(readWell(chamber, '{"actual": null, "target": null}').value, null);
    assert.equal(readWell(chamber, '{"actual": 31.5, "target": null}').value, 31.5);
    assert.equal(readWell(chamber, '{"actual": null, "target": 60.0}').value, null);
  });

  it("fields that a version adds are kept", () => {
    const text = '{"location": "local", "path": "a", "progress": 1, "printer_data": {"health": {}}, "eta": "7:00"}';
    assert.deepEqual(readWell(printing, text).message, JSON.parse(text));
  });

  it("numeric strings stay strings, and are no numbers where one is needed", () => {
    const layers = '{"currentLayer": "7", "progress": "0%", "_event": "plugin_x_y"}';
    assert.deepEqual(readWell(event, layers).message, JSON.parse(layers));
    assert.equal(readWell("octoprint/metadata/layer_height", "0.2").message, "0.2");
    assert.equal(readWell("octoprint/topic", "21.5").message, "21.5");
    assert.deepEqual(read(tool0, '{"actual": "21.5", "target": 0}'), {
      ok: false,
      problem: { code: "schema", path: "actual", rule: "must be number,null" },
    });
  });

  it("__proto__ is a field like any other", () => {
    const text = '{"__proto__": {"polluted": true}, "_event": "plugin_x_y"}';
    const { message } = readWell(event, text);
    assert.equal(JSON.stringify(message), JSON.stringify(JSON.parse(text)));
    assert.equal(Object.getPrototypeOf(message), Object.prototype);
    assert.equal("polluted" in {}, false);
  });

  it("the camera's JPEG is a Buffer, byte for byte", () => {
    const jpeg = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10, 0x4a, 0x46, 0x49, 0x46]);
    const { message, value } = readWell("octoprint/camera", jpeg);
    assert.ok(Buffer.isBuffer(message) && message.equals(jpeg));
    assert.equal(value, message);
  });

  it("what only looks like JSON is text", () => {
    for (const text of ["[G-code]", "{", "{'a': True}", " [1,", "null", "true", '"x"', "1e3", "\ufeff{}", "\0"]) {
      assert.equal(readWell("octoprint/plugin/x", text).message, text);
    }
  });

  describe("the status in capitals or quotes", () => {
    for (const text of ["connected", "Connected", "CONNECTED", '"connected"', " connected\n", '"Connected"']) {
      it(JSON.stringify(text), () => {
        const { message, value } = readWell("octoprint/mqtt", text);
        assert.deepEqual([message, value], ["connected", true]);
      });
    }
    it("disconnected", () => {
      const { message, value } = readWell("octoprint/mqtt", '"Disconnected"');
      assert.deepEqual([message, value], ["disconnected", false]);
    });
  });

  describe("a zero-length payload clears a retained topic, and is never an error", () => {
    const states = [printing, slicing, tool0, "octoprint/metadata/material", "octoprint/mqtt", "octoprint/camera"];
    for (const topic of states) {
      it(`${topic} is null`, () => {
        assert.deepEqual(read(topic, ""), { ok: true, message: null, value: null, timestamp: undefined });
      });
    }
    it("an event that is cleared did not happen", () =>
      assert.deepEqual(read("octoprint/event/ZChange", ""), { ok: true, ignored: "cleared-event" }));
  });

  describe("the timestamp", () => {
    const at = (fields: string, timestampField = "_timestamp") =>
      readWell(event, `{${fields}}`, { timestampField }).timestamp;

    it("is milliseconds, of the plugin's seconds", () =>
      assert.equal(at('"_timestamp": 1790000000'), 1_790_000_000_000));
    it("may have another name", () => assert.equal(at('"_timestamp": 1, "ts": 1790000000', "ts"), 1_790_000_000_000));
    it("is not read where its name is empty", () => assert.equal(at('"": 1790000000, "_timestamp": 1', ""), undefined));
    it("may be missing, as before 0.6", () => assert.equal(at('"a": 1'), undefined));
    it("is none where no Date can hold it", () => {
      assert.equal(at('"_timestamp": 8640000000000'), 8.64e15);
      assert.equal(at('"_timestamp": 8640000000001'), undefined);
      assert.equal(at('"_timestamp": -1e300'), undefined);
    });
    it("is none where it is not a number", () => assert.equal(at('"ts": "now"', "ts"), undefined));
    it("is read in what other plugins publish", () =>
      assert.equal(readWell("octoprint/hass/printing", '{"_timestamp": 5}').timestamp, 5000));
    it("is none in text and lists", () => {
      assert.equal(readWell("octoprint/metadata/x", '{"_timestamp": 5}').timestamp, undefined);
      assert.equal(readWell("octoprint/plugin/x", '[{"_timestamp": 5}]').timestamp, undefined);
    });
  });

  describe("JSON of 64 levels is read, of 65 is a problem", () => {
    const nested = (levels: number, open: string, close: string) =>
      `{"a": ${open.repeat(levels - 1)}0${close.repeat(levels - 1)}}`;
    for (const [open, close] of [
      ["[", "]"],
      ['{"b":', "}"],
    ] as const) {
      it(`of ${open}`, () => {
        assert.equal(readWell(event, nested(64, open, close)).value, "plugin_x_y");
        const problem = { code: "too-deep", limit: 64 };
        assert.deepEqual(read(event, nested(65, open, close)), { ok: false, problem });
        assert.deepEqual(read("octoprint/plugin/x", nested(65, open, close)), { ok: false, problem });
        assert.deepEqual(read(event, nested(100_000, open, close)), { ok: false, problem });
      });
    }
    it("bare, with nothing else in it", () => {
      const bare = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
      assert.equal(JSON.stringify(readWell("octoprint/plugin/x", bare(64)).message), bare(64));
      assert.equal(read("octoprint/plugin/x", bare(65)).ok, false);
    });
    it("side by side is not deep", () => {
      const text = `{"a": [${'[],{"b": []},'.repeat(100)}0]}`;
      assert.deepEqual(readWell(event, text).message, JSON.parse(text));
    });
    it("brackets in strings are no levels", () => {
      const text = `{"a": "${"[".repeat(100)}", "b\\"${"{".repeat(100)}": "\\\\", "c": ["]"]}`;
      assert.deepEqual(readWell(event, text).message, JSON.parse(text));
    });
    it("a string does not hide the levels behind it", () =>
      assert.equal(read(event, `{"\\\\": ${"[".repeat(64)}${"]".repeat(64)}}`).ok, false));
    it("metadata is text, however deep", () => {
      const text = "[".repeat(100) + "]".repeat(100);
      assert.equal(readWell("octoprint/metadata/x", text).message, text);
    });
  });
});

describe("what does not fit is a problem that says why", () => {
  const rows: readonly [title: string, topic: string, payload: string | Buffer, problem: object][] = [
    ["invalid UTF-8", event, Buffer.from('{"a": "\xfc"}', "latin1"), { code: "not-utf8" }],
    ["invalid UTF-8 in metadata", "octoprint/metadata/x", Buffer.from([0xff]), { code: "not-utf8" }],
    ["invalid UTF-8 for a status", "octoprint/mqtt", Buffer.from([0xc3]), { code: "not-utf8" }],
    ["text instead of a temperature", tool0, "21.5", { code: "not-an-object", found: "number" }],
    ["a list instead of an event", event, "[1]", { code: "not-an-object", found: "array" }],
    ["null instead of an event", event, "null", { code: "not-an-object", found: "null" }],
    ["another status", "octoprint/mqtt", "online", { code: "not-a-status", found: "online" }],
    ["half a status", "octoprint/mqtt", '"connected', { code: "not-a-status", found: '"connected' }],
    [
      "a long status is shown in part",
      "octoprint/mqtt",
      "x".repeat(99),
      { code: "not-a-status", found: "x".repeat(40) },
    ],
    [
      "neither actual nor target",
      tool0,
      "{}",
      { code: "schema", path: "payload", rule: "must have required property 'actual'" },
    ],
    [
      "the names that only 0.3 had while it was made",
      slicing,
      '{"_progress": 100, "_slicer": "cura"}',
      { code: "schema", path: "payload", rule: "must have required property 'slicer'" },
    ],
    [
      "a number too great for a number",
      tool0,
      '{"actual": 1e999}',
      { code: "schema", path: "actual", rule: "must be number,null" },
    ],
    [
      "a timestamp that is none",
      event,
      '{"_timestamp": "now"}',
      { code: "schema", path: "_timestamp", rule: "must be number" },
    ],
  ];
  for (const [title, topic, payload, problem] of rows) {
    it(title, () => assert.deepEqual(read(topic, payload), { ok: false, problem }));
  }

  it("broken JSON, with the parser's reason", () => {
    for (const text of [
      "{",
      '{"a":',
      "{'a': 1}",
      "\ufeff{}",
      "undefined",
      '{"status" : 204, "response" : , "data" : 1}',
    ]) {
      const decoded = read(event, text);
      assert.ok(!decoded.ok && decoded.problem.code === "not-json");
      assert.equal(typeof decoded.problem.reason, "string");
    }
  });
});
