import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Kind } from "../../../nodes/octoprint/topics/kinds.ts";
import { json, type Message, refused, schemeWith, text, writeWell } from "../tracking/make.ts";

const at = 1_790_000_000_999;

describe("with the defaults", () => {
  const published = (message: Message) => {
    const { kind, name = "" } = message;
    const { payload, qos, retain } = writeWell(message);
    return {
      ...schemeWith().fill({ kind, name, printer: undefined }),
      payload: JSON.parse(String(payload)),
      qos,
      retain,
    };
  };

  it("event Connected is published to octoprint/event/Connected with _event, not retained", () =>
    assert.deepEqual(published({ kind: "event", name: "Connected", payload: { baudrate: 250000, port: "VIRTUAL" } }), {
      ok: true,
      topic: "octoprint/event/Connected",
      payload: { baudrate: 250000, port: "VIRTUAL", _event: "Connected" },
      qos: 0,
      retain: false,
    }));

  it("progress of a print is published to octoprint/progress/printing, retained", () => {
    const payload = { progress: 23, location: "local", path: "test.gco" };
    assert.deepEqual(published({ kind: "progress", name: "printing", payload }), {
      ok: true,
      topic: "octoprint/progress/printing",
      payload,
      qos: 0,
      retain: true,
    });
  });

  it("progress of slicing is published to octoprint/progress/slicing with its six fields, retained", () => {
    const payload = {
      progress: 42,
      source_location: "local",
      source_path: "test.stl",
      destination_location: "local",
      destination_path: "test.gcode",
      slicer: "cura",
    };
    assert.deepEqual(published({ kind: "progress", name: "slicing", payload }), {
      ok: true,
      topic: "octoprint/progress/slicing",
      payload,
      qos: 0,
      retain: true,
    });
  });
});

describe("QoS and retain are the plugin's", () => {
  const rows: readonly [kind: Kind, name: string, payload: unknown, qos: 0 | 1, retain: boolean][] = [
    ["event", "PrintStarted", {}, 0, false],
    ["event", "zchange", {}, 0, false],
    ["event", "ZChange", {}, 0, true],
    ["event", "FirmwareData", {}, 0, true],
    ["event", "PausedForUser", {}, 0, true],
    ["progress", "printing", 1, 0, true],
    ["progress", "slicing", 1, 0, true],
    ["progress", "printing", null, 0, true],
    ["temperature", "tool0", 1, 0, true],
    ["temperature", "ZChange", null, 0, true],
    ["metadata", "material", "PLA", 0, true],
    ["metadata", "material", null, 0, true],
    ["connection", "", "connected", 1, true],
    ["connection", "", false, 1, true],
    ["other", "hassControl/stop", "PRESS", 0, false],
    ["other", "ZChange", null, 0, false],
  ];
  for (const [kind, name, payload, qos, retain] of rows) {
    it(`${kind} ${name} ${JSON.stringify(payload)}: QoS ${qos}, ${retain ? "retained" : "not retained"}`, () => {
      const encoded = writeWell({ kind, name, payload });
      assert.deepEqual([encoded.qos, encoded.retain], [qos, retain]);
    });
  }
});

describe("an event", () => {
  for (const payload of [undefined, null, "", {}]) {
    it(`with nothing (${JSON.stringify(payload)}) is only its name`, () =>
      assert.deepEqual(json({ kind: "event", name: "PrintDone", payload }), { _event: "PrintDone" }));
  }

  it("says its own name, whatever the payload said", () =>
    assert.deepEqual(json({ kind: "event", name: "PrintDone", payload: { _event: "PrintFailed", a: 1 } }), {
      _event: "PrintDone",
      a: 1,
    }));

  it("does not change the payload that it was given", () => {
    const payload = Object.freeze({ a: 1 });
    writeWell({ kind: "event", name: "X", payload, timestamp: at });
    assert.deepEqual(payload, { a: 1 });
  });

  it("keeps __proto__ as a field", () =>
    assert.match(text({ kind: "event", name: "X", payload: JSON.parse('{"__proto__": 1}') }), /"__proto__":1/));

  const wrong: readonly [payload: unknown, found: string][] = [
    [at, "number"], // Inject's default
    ["text", "string"],
    [true, "boolean"],
    [[1], "array"],
    [Buffer.from("{}"), "Buffer"],
  ];
  for (const [payload, found] of wrong) {
    it(`is not ${found}`, () => refused({ kind: "event", name: "X", payload }, { code: "event-payload", found }));
  }

  it("has no timestamp that is none", () =>
    refused(
      { kind: "event", name: "X", payload: { _timestamp: "now" } },
      {
        code: "schema",
        path: "_timestamp",
        rule: "must be number",
      },
    ));
});

describe("progress", () => {
  const printing = (payload: unknown, texts = {}) => ({ kind: "progress", name: "printing", payload, texts }) as const;
  const job = { location: "local", path: "a.gco" };

  it("of a number takes the texts of the msg, and empty ones where there are none", () => {
    assert.deepEqual(json(printing(50, job)), { ...job, progress: 50 });
    assert.deepEqual(json(printing(50, { path: 7 })), { location: "", path: "", progress: 50 });
    assert.deepEqual(json({ kind: "progress", name: "slicing", payload: 5, texts: { slicer: "cura", path: "x" } }), {
      slicer: "cura",
      source_location: "",
      source_path: "",
      destination_location: "",
      destination_path: "",
      progress: 5,
    });
  });

  it("of an object keeps its own texts and takes the missing ones of the msg", () =>
    assert.deepEqual(json(printing({ progress: 1, path: "b.gco" }, job)), { ...job, path: "b.gco", progress: 1 }));

  it("takes undefined and null for missing, as a function node leaves them", () =>
    assert.deepEqual(json(printing({ progress: 1, location: null, path: undefined }, job)), { ...job, progress: 1 }));

  it("keeps further fields", () => {
    const payload = { ...job, progress: 7, printer_data: { state: { text: "Printing" } }, eta: "7:00" };
    assert.deepEqual(json(printing(payload)), payload);
  });

  it("has its fields in the plugin's order", () =>
    assert.equal(
      text({ ...printing({ printer_data: null, progress: 7, path: "a", location: "local" }), timestamp: at }),
      '{"location":"local","path":"a","progress":7,"printer_data":null,"_timestamp":1790000000}',
    ));

  it("is rounded to a whole percentage", () => {
    for (const [given, published] of [
      [0, 0],
      [0.4, 0],
      [57.5, 58],
      [99.4, 99],
      [99.6, 100],
      [100, 100],
    ]) {
      assert.deepEqual(json(printing(given, job)), { ...job, progress: published });
    }
  });

  it("of unknown size, null, is -100", () =>
    assert.deepEqual(json(printing({ ...job, progress: null })), { ...job, progress: -100 }));

  it("that is null as a whole clears the topic", () => assert.equal(text(printing(null)), ""));

  for (const found of [-1, -100, 100.1, 1e9, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`of ${found} is out of range`, () => {
      refused(printing(found), { code: "progress-range", found });
      refused(printing({ ...job, progress: found }), { code: "progress-range", found });
    });
  }

  const wrong: readonly [payload: unknown, found: string][] = [
    ["42", "string"],
    [true, "boolean"],
    [[42], "array"],
    [{ ...job, progress: "42" }, "progress: string"],
    [{ ...job }, "progress: undefined"],
  ];
  for (const [payload, found] of wrong) {
    it(`is not ${JSON.stringify(payload)}`, () => refused(printing(payload), { code: "progress-payload", found }));
  }

  it("has texts that are texts", () =>
    refused(printing({ progress: 1, location: "", path: 7 }), {
      code: "schema",
      path: "path",
      rule: "must be string",
    }));

  it("has one of two topics: msg.progress names the topic, the percentage belongs into the payload", () => {
    for (const name of ["42", "left", "", "Printing"]) {
      refused({ kind: "progress", name, payload: 42 }, { code: "progress-name", name });
    }
  });
});

describe("the timestamp", () => {
  const stamped: readonly [kind: Kind, payload: object][] = [
    ["event", {}],
    ["progress", { location: "", path: "", progress: 1 }],
    ["temperature", { actual: 1, target: null }],
  ];
  for (const [kind, payload] of stamped) {
    const message = { kind, name: "printing", timestamp: at };
    const own = kind === "event" ? { _event: "printing" } : {};

    it(`of ${kind} is whole seconds, cut as the plugin cuts them`, () =>
      assert.deepEqual(json({ ...message, payload }), { ...payload, ...own, _timestamp: 1_790_000_000 }));
    it(`of ${kind} is kept where it has one`, () =>
      assert.deepEqual(json({ ...message, payload: { ...payload, _timestamp: 5 } }), {
        ...payload,
        ...own,
        _timestamp: 5,
      }));
    it(`of ${kind} may have another name`, () =>
      assert.deepEqual(json({ ...message, payload: { ...payload, _timestamp: 5 }, timestampField: "ts" }), {
        ...payload,
        ...own,
        _timestamp: 5,
        ts: 1_790_000_000,
      }));
    it(`of ${kind} is not written where its name is empty`, () =>
      assert.deepEqual(json({ ...message, payload, timestampField: "" }), { ...payload, ...own }));
    it(`of ${kind} is not added where none is wanted`, () =>
      assert.deepEqual(json({ ...message, payload, timestamp: undefined }), { ...payload, ...own }));
  }

  for (const kind of ["metadata", "other"] as const) {
    it(`is never added to ${kind}`, () => assert.deepEqual(json({ kind, payload: { a: 1 }, timestamp: at }), { a: 1 }));
  }

  it("comes last, after _event", () =>
    assert.equal(
      text({ kind: "event", name: "ZChange", payload: { _event: "x", old: 1, new: 2 }, timestamp: at }),
      '{"_event":"ZChange","old":1,"new":2,"_timestamp":1790000000}',
    ));
});
