import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runInNewContext } from "node:vm";
import { json, refused, text, write, writeWell } from "../tracking/make.ts";

const at = 1_790_000_000_999;

/** What a function node makes in its sandbox, where Object, Date and Uint8Array are others than ours. */
function fromSandbox(code: string): unknown {
  return runInNewContext(`(${code})`);
}

describe("a temperature", () => {
  const rows: readonly [payload: unknown, published: unknown][] = [
    [210.5, { actual: 210.5, target: null }],
    [0, { actual: 0, target: null }],
    [
      { actual: 210.5, target: 210 },
      { actual: 210.5, target: 210 },
    ],
    [
      { actual: null, target: null },
      { actual: null, target: null },
    ],
    [{ temperature: 48.3 }, { temperature: 48.3 }],
    [
      { actual: 1, target: 2, offset: 3 },
      { actual: 1, target: 2, offset: 3 },
    ],
  ];
  for (const [payload, published] of rows) {
    it(JSON.stringify(payload), () =>
      assert.deepEqual(json({ kind: "temperature", name: "tool0", payload }), published),
    );
  }

  for (const [payload, found] of [
    ["21.5", "string"],
    [false, "boolean"],
    [[21.5], "array"],
  ]) {
    it(`is not ${JSON.stringify(payload)}`, () =>
      refused({ kind: "temperature", name: "tool0", payload }, { code: "temperature-payload", found }));
  }

  const unfit: readonly [payload: unknown, path: string][] = [
    [{}, "payload"],
    [{ target: "210" }, "target"],
    [{ actual: Number.NaN }, "actual"],
    [Number.NaN, "actual"],
  ];
  for (const [payload, path] of unfit) {
    it(`is not ${String(payload)} with a wrong ${path}`, () => {
      const encoded = write({ kind: "temperature", name: "tool0", payload });
      assert.ok(!encoded.ok);
      assert.deepEqual([encoded.problem.code, encoded.problem.path], ["schema", path]);
    });
  }
});

describe("metadata is written as Python writes it", () => {
  const rows: readonly [payload: unknown, published: string][] = [
    ["PLA – rosé", "PLA – rosé"],
    ["", ""],
    [null, ""],
    [0.2, "0.2"],
    [7, "7"],
    [true, "True"],
    [false, "False"],
    [{ a: 1 }, '{"a":1}'],
    [["PLA"], '["PLA"]'],
  ];
  for (const [payload, published] of rows) {
    it(JSON.stringify(payload), () => assert.equal(text({ kind: "metadata", name: "x", payload }), published));
  }
  for (const [payload, found] of [
    [Number.NaN, "number"],
    [1n, "bigint"],
    [Buffer.from("x"), "Buffer"],
    [new Date(at), "object"],
  ]) {
    it(`is not ${String(payload)}`, () =>
      refused({ kind: "metadata", name: "x", payload }, { code: "metadata-payload", found }));
  }
});

describe("the status", () => {
  for (const [payload, published] of [
    ["connected", "connected"],
    ["Disconnected", "disconnected"],
    [true, "connected"],
    [false, "disconnected"],
    [null, ""],
  ]) {
    it(JSON.stringify(payload), () => assert.equal(text({ kind: "connection", payload }), published));
  }
  for (const [payload, found] of [
    ["online", "online"],
    [1, "number"],
    [{}, "object"],
  ]) {
    it(`is not ${JSON.stringify(payload)}`, () =>
      refused({ kind: "connection", payload }, { code: "connection-payload", found }));
  }
});

describe("other is published as it is", () => {
  const rows: readonly [payload: unknown, published: string][] = [
    ["PRESS", "PRESS"],
    ["", ""],
    [null, ""],
    [["M104 S230"], '["M104 S230"]'],
    [{ x: 0.1, speed: 1 }, '{"x":0.1,"speed":1}'],
    [5, "5"],
    [true, "true"],
    [Buffer.from("bytes"), "bytes"],
    [new Uint8Array([0x61, 0x62]), "ab"],
    [new Uint8Array([0x61, 0x62, 0x63]).subarray(1), "bc"],
    [fromSandbox("new Uint8Array([0x61, 0x62])"), "ab"],
    [new Float32Array([2]), "\0\0\0@"],
    [new DataView(new Uint8Array([0x61, 0x62, 0x63]).buffer, 1), "bc"],
    [new Uint8Array([0x61, 0x62]).buffer, "ab"],
    [fromSandbox("new Uint8Array([0x61, 0x62]).buffer"), "ab"],
    [new Date(at), JSON.stringify(new Date(at))],
    [{ a: Buffer.from("a") }, '{"a":{"type":"Buffer","data":[97]}}'],
    [
      new (class Job {
        path = "a";
      })(),
      '{"path":"a"}',
    ],
  ];
  for (const [payload, published] of rows) {
    it(`${typeof payload} ${JSON.stringify(payload)}`, () => assert.equal(text({ kind: "other", payload }), published));
  }

  it("what was sent is what is published, whatever the flow does to its bytes afterwards", () => {
    for (const payload of [Buffer.from("abc"), new Uint8Array([0x61, 0x62, 0x63])]) {
      const { payload: published } = writeWell({ kind: "other", payload });
      payload.fill(0);
      assert.equal(String(published), "abc");
    }
  });

  for (const payload of [Number.NaN, { a: 1n }]) {
    it(`${String(payload)} cannot be`, () => {
      const encoded = write({ kind: "other", payload });
      assert.ok(!encoded.ok && encoded.problem.code === "payload-not-json");
    });
  }

  const formless: readonly [payload: unknown, found: string][] = [
    [() => 1, "function"],
    [Symbol("x"), "symbol"],
    [1n, "bigint"],
    [new Map([["a", 1]]), "Map"],
    [new Set([1]), "Set"],
    [new Error("x"), "Error"],
    [/x/, "RegExp"],
    [Promise.resolve(1), "Promise"],
    [{ deep: [{ in: new Map() }] }, "Map"],
    [[new Float32Array(1)], "Float32Array"],
    [{ a: new ArrayBuffer(1) }, "ArrayBuffer"],
    [fromSandbox("new Map()"), "Map"],
  ];
  for (const [payload, found] of formless) {
    it(`${found} has no JSON`, () => refused({ kind: "other", payload }, { code: "payload-without-json", found }));
  }
});

describe("for every kind", () => {
  const stateKinds = ["progress", "temperature", "metadata", "connection", "other"] as const;
  for (const kind of stateKinds) {
    it(`${kind} without a payload is refused, not taken for a cleared topic`, () =>
      refused({ kind, name: "printing", payload: undefined }, { code: "payload-missing" }));
  }

  class Job {
    progress = 1;
    actual = 2;
  }
  const foreign = [new Date(at), new Map([["progress", 1]]), new Job(), new Error("x"), fromSandbox("new Date()")];
  for (const payload of foreign) {
    for (const kind of ["event", "progress", "temperature", "metadata"] as const) {
      it(`${kind} is no ${Object.prototype.toString.call(payload)}, whose JSON would be something else`, () =>
        refused({ kind, name: "printing", payload }, { code: `${kind}-payload`, found: "object" }));
    }
  }

  it("an object of a function node's sandbox is as good as one of ours", () => {
    const { payload } = { payload: fromSandbox('{progress: 1, location: "local", path: "a", actual: 2}') };
    for (const kind of ["event", "progress", "temperature", "metadata", "other"] as const) {
      assert.equal(write({ kind, name: "printing", payload }).ok, true, kind);
    }
    assert.equal(text({ kind: "metadata", payload: fromSandbox("[1]") }), "[1]");
    assert.equal(text({ kind: "metadata", payload: Object.assign(Object.create(null), { a: 1 }) }), '{"a":1}');
  });

  const circular: Record<string, unknown> = { actual: 1, progress: 1 };
  circular.self = circular;
  for (const kind of ["event", "progress", "temperature", "metadata", "other"] as const) {
    it(`${kind}: a circle and a BigInt are no JSON`, () => {
      for (const payload of [circular, { progress: 1, actual: 1, big: 1n }]) {
        const encoded = write({ kind, name: "printing", payload });
        assert.ok(!encoded.ok);
        assert.equal(encoded.problem.code, "payload-not-json");
        assert.equal(typeof encoded.problem.reason, "string");
      }
    });

    it(`${kind}: 65 levels are too deep`, () => {
      let deep: unknown = 0;
      for (let level = 0; level < 64; level++) deep = [deep];
      refused({ kind, name: "printing", payload: { progress: 1, actual: 1, deep } }, { code: "too-deep", limit: 64 });
    });
  }
});
