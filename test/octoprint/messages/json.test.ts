import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { valueOfMessage } from "../../../nodes/octoprint/messages/decode.ts";
import { isTooDeep, parseJson } from "../../../nodes/octoprint/messages/json.ts";
import { summaryOf } from "../../../nodes/octoprint/messages/summary.ts";
import { withoutJson } from "../../../nodes/octoprint/messages/without-json.ts";
import type { Kind } from "../../../nodes/octoprint/topics/kinds.ts";
import { refused, text } from "../tracking/make.ts";

describe("JSON as Python writes it", () => {
  const table: readonly [text: string, value: unknown][] = [
    ['{"z": NaN}', { z: null }],
    ["[Infinity, -Infinity, NaN, -1]", [null, null, null, -1]],
    ['{"NaN": "Infinity \\" NaN", "x": NaN}', { NaN: 'Infinity " NaN', x: null }],
    ['["a\\\\", NaN]', ["a\\", null]],
    ["NaN", null],
  ];
  for (const [said, value] of table) it(said, () => assert.deepEqual(parseJson(said), { ok: true, value }));

  it("what is none says why, by the text that was sent", () => {
    for (const said of ["{", "{NaN}", "nan", '{"a": NaN', '"NaN']) {
      const parsed = parseJson(said);
      assert.throws(
        () => JSON.parse(said),
        ({ message }: Error) => {
          assert.deepEqual(parsed, { ok: false, problem: { code: "not-json", reason: message } });
          return true;
        },
      );
    }
  });
});

describe("how deep JSON may nest", () => {
  const nested = (open: string, close: string, levels: number, inside = "") =>
    open.repeat(levels) + inside + close.repeat(levels);
  const table: readonly [what: string, text: string, isTooDeep: boolean][] = [
    ["64 lists", nested("[", "]", 64), false],
    ["65 lists", nested("[", "]", 65), true],
    ["64 objects", nested('{"a":', "}", 64, "1"), false],
    ["65 objects", nested('{"a":', "}", 65, "1"), true],
    ["32 of each, and one more", nested('[{"a":', "}]", 32, "[]"), true],
    ["1,000 lists side by side", `[${"[],".repeat(1000)}[]]`, false],
    ["1,000 objects, then 65 levels", `[${"{},".repeat(1000)}${nested("[", "]", 64)}]`, true],
    ["brackets in a text", `["${"[".repeat(200)}"]`, false],
    ["brackets in a text after a quote in it", `["\\"${"[".repeat(200)}"]`, false],
    ["brackets after a text that ends in a backslash", `["\\\\",${nested("[", "]", 64)}]`, true],
    ["a text that does not end", `["${"[".repeat(200)}`, false],
    ["a text that ends at once", `["",${nested("[", "]", 64)}]`, true],
  ];
  for (const [what, said, expected] of table) it(what, () => assert.equal(isTooDeep(said), expected));
});

describe("what JSON would write wrongly", () => {
  const table: readonly [what: string, value: unknown, found: string | undefined][] = [
    ["nothing", null, undefined],
    ["a number", 5, undefined],
    ["a Map", new Map(), "Map"],
    ["a Map after what is fine", { a: {}, b: [1, {}], c: new Map() }, "Map"],
    ["a Set in a list after what is fine", [{}, [], new Set()], "Set"],
    ["an Error at depth", { a: [{ b: new Error("x") }] }, "Error"],
    ["numbers, texts and booleans as objects", [Object(5), Object("x"), Object(true)], undefined],
    ["a Date", { at: new Date(0) }, undefined],
    ["what is inherited is not written", { a: Object.create({ b: new Map() }) }, undefined],
  ];
  for (const [what, value, found] of table) it(what, () => assert.equal(withoutJson(value), found));

  it("the reason why it cannot be written, whatever was thrown", () => {
    const throwing = (thrown: unknown) => ({
      a: {
        toJSON() {
          throw thrown;
        },
      },
    });
    refused({ kind: "other", payload: throwing(new Error("no")) }, { code: "payload-not-json", reason: "no" });
    refused({ kind: "other", payload: throwing("never") }, { code: "payload-not-json", reason: "never" });
    assert.equal(text({ kind: "other", payload: [Object(5)] }), "[5]");
  });
});

describe("the value of a message", () => {
  const table: readonly [kind: Kind, name: string, message: unknown, value: unknown][] = [
    ["event", "Home", { _event: "Home" }, "Home"],
    ["connection", "", "connected", true],
    ["connection", "", "disconnected", false],
    ["connection", "", null, null],
    ["progress", "printing", { progress: 5 }, 5],
    ["progress", "printing", null, null],
    ["temperature", "soc", { temperature: 48 }, 48],
    ["temperature", "bed", { actual: 60, temperature: 48 }, 60],
    ["temperature", "bed", {}, null],
    ["other", "x", { actual: 60 }, { actual: 60 }],
    ["metadata", "x", "text", "text"],
  ];
  for (const [kind, name, message, value] of table) {
    it(`${kind} ${JSON.stringify(message)}`, () => {
      assert.deepEqual(valueOfMessage({ kind, name, printer: undefined }, message), value);
    });
  }
});

describe("a message in short, for a status", () => {
  const table: readonly [kind: Kind, name: string, value: unknown, short: string][] = [
    ["event", "Home", "Home", "Home"],
    ["progress", "printing", 42, "42 %"],
    ["progress", "printing", null, "– %"],
    ["temperature", "tool0", 210.6, "tool0 211 °C"],
    ["temperature", "tool0", null, "tool0 –"],
    ["connection", "", true, "connected"],
    ["connection", "", false, "disconnected"],
    ["connection", "", null, "disconnected"],
    ["metadata", "slicer", "Cura", "slicer"],
    ["other", "plugin/x", {}, "plugin/x"],
  ];
  for (const [kind, name, value, short] of table) {
    it(short, () => assert.equal(summaryOf({ kind, name, printer: undefined }, value), short));
  }
});
