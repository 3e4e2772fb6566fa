import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decode } from "../../../nodes/octoprint/messages/decode.ts";
import { problems } from "../../../nodes/octoprint/problem.ts";
import { type Kind, kinds } from "../../../nodes/octoprint/topics/kinds.ts";
import type { Channel } from "../../../nodes/octoprint/topics/scheme.ts";
import { readRecording, recordingNames } from "../../support/recordings.ts";
import { meaning, schemeWith, write, writeWell } from "../tracking/make.ts";
import { samples } from "./samples.ts";

const channel = (kind: Kind, name: string): Channel => ({ kind, name, printer: undefined });

/** Reads a payload and writes it again, as a bridge does: no timestamp is added. */
function bridged(to: Channel, payload: string | Buffer) {
  const decoded = decode(to, Buffer.from(payload), "_timestamp");
  assert.ok(decoded.ok && "message" in decoded, `${payload}: ${JSON.stringify(decoded)}`);
  return writeWell({ kind: to.kind, name: to.name, payload: decoded.message });
}

function survives(to: Channel, payload: string | Buffer) {
  assert.deepEqual(meaning(bridged(to, payload).payload), meaning(payload));
}

describe("decode", () => {
  const jsonish = fc
    .array(
      fc.oneof(
        fc.constantFrom(...'{}[]",:\\ ', "NaN", "-Infinity", "1e999", "-100", "23.0", "null", "true", "\ufeff", "\0"),
        fc.constantFrom('"progress":', '"path":', '"actual":', '"_timestamp":', '"__proto__":', '"\\ud800"', '"a"'),
        fc.json(),
      ),
    )
    .map((parts) => Buffer.from(parts.join("")));
  const bytes = fc.oneof(
    fc.uint8Array().map((array) => Buffer.from(array)),
    jsonish,
    fc.json().map((text) => Buffer.from(text)),
  );
  const anyChannel = fc
    .record({ kind: fc.constantFrom(...kinds), name: fc.constantFrom("printing", "slicing", "x") })
    .map(({ kind, name }) => channel(kind, name));

  it("never throws: all bytes are a message, ignored for a reason, or a problem that has a text", () => {
    fc.assert(
      fc.property(anyChannel, bytes, fc.constantFrom("_timestamp", "", "__proto__", "a"), (of, payload, field) => {
        const decoded = decode(of, payload, field);
        if (!decoded.ok) {
          const { code, ...parameters } = decoded.problem;
          assert.deepEqual(Object.keys(parameters).sort(), [...problems[code]].sort());
        } else if ("ignored" in decoded) {
          assert.equal(decoded.ignored, "cleared-event");
        } else {
          assert.ok(decoded.message !== undefined && decoded.value !== undefined);
          assert.ok(decoded.timestamp === undefined || Number.isFinite(decoded.timestamp));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("what was read can be written, whatever it was", () => {
    fc.assert(
      fc.property(anyChannel, bytes, (of, payload) => {
        const decoded = decode(of, payload, "_timestamp");
        fc.pre(decoded.ok && "message" in decoded);
        fc.pre(of.kind !== "progress" || of.name !== "x");
        assert.equal(write({ kind: of.kind, name: of.name, payload: decoded.message }).ok, true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("encode(decode(m)) is m", () => {
  const name = fc.string({ minLength: 1 });
  const fields = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 }));
  const texts = (...keys: string[]) => fc.record(Object.fromEntries(keys.map((key) => [key, fc.string()])));
  const stamped = fc.oneof(
    fc.constant({}),
    fc.nat().map((seconds) => ({ _timestamp: seconds })),
  );
  const percent = fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constant(-100));
  const degrees = fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.constant(null));

  const messages: fc.Arbitrary<[Channel, string | Buffer]> = fc.oneof(
    fc.tuple(name, fields, stamped).map(([event, payload, time]): [Channel, string] => {
      return [channel("event", event), JSON.stringify({ ...payload, _event: event, ...time })];
    }),
    fc
      .tuple(fields, texts("location", "path"), percent, stamped)
      .map(([more, job, progress, time]): [Channel, string] => {
        return [channel("progress", "printing"), JSON.stringify({ ...more, ...job, progress, ...time })];
      }),
    fc
      .tuple(texts("slicer", "source_location", "source_path", "destination_location", "destination_path"), percent)
      .map(([job, progress]): [Channel, string] => [
        channel("progress", "slicing"),
        JSON.stringify({ ...job, progress }),
      ]),
    fc.tuple(name, degrees, degrees, stamped).map(([temp, actual, target, time]): [Channel, string] => {
      return [channel("temperature", temp), JSON.stringify({ actual, target, ...time })];
    }),
    fc.tuple(name, degrees).map(([temp, temperature]): [Channel, string] => {
      return [channel("temperature", temp), JSON.stringify({ temperature })];
    }),
    fc
      .tuple(name, fc.string({ unit: "binary" }))
      .map(([key, text]): [Channel, string] => [channel("metadata", key), text]),
    fc
      .constantFrom("connected", "disconnected", "")
      .map((status): [Channel, string] => [channel("connection", ""), status]),
    fc.constantFrom(...kinds.filter((kind) => kind !== "event")).map((kind): [Channel, string] => {
      return [channel(kind, "printing"), ""];
    }),
    fc.tuple(name, fc.json()).map(([subtopic, json]): [Channel, string] => [channel("other", subtopic), json]),
    fc
      .tuple(name, fc.string({ unit: "binary" }))
      .map(([subtopic, text]): [Channel, string] => [channel("other", subtopic), text]),
    fc
      .tuple(name, fc.uint8Array())
      .map(([subtopic, bytes]): [Channel, Buffer] => [channel("other", subtopic), Buffer.from(bytes)]),
  );

  it("for all that the plugin can send", () => {
    fc.assert(
      fc.property(messages, ([to, payload]) => survives(to, payload)),
      { numRuns: 1000 },
    );
  });

  for (const [id, baseTopic, subTopic, payload] of samples) {
    it(`for the sample ${id}, with _event where it had none`, () => {
      const to = schemeWith({ baseTopic }).match(baseTopic + subTopic);
      assert.ok(to);
      const added = to.kind === "event" ? { _event: to.name } : {};
      const expected = meaning(payload);
      const whole = typeof expected === "object" && !Array.isArray(expected) ? { ...expected, ...added } : expected;
      assert.deepEqual(meaning(bridged(to, payload).payload), whole);
    });
  }

  for (const recording of recordingNames().map(readRecording)) {
    it(`for ${recording.name}, as OctoPrint-MQTT ${recording.plugin} sent it`, () => {
      const scheme = schemeWith(recording.scheme);
      for (const { topic, payload, qos, retain } of recording.messages) {
        const to = scheme.match(topic);
        if (to === undefined) continue;
        survives(to, payload);
        // Older versions retained by other rules; what another plugin publishes is retained as that plugin likes.
        if (recording.plugin !== "0.8.16" || to.kind === "other") continue;
        const encoded = bridged(to, payload);
        assert.deepEqual({ topic, qos: encoded.qos, retain: encoded.retain }, { topic, qos, retain });
      }
    });
  }
});
