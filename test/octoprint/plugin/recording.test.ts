import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { decode } from "../../../nodes/octoprint/messages/decode.ts";
import { encode } from "../../../nodes/octoprint/messages/encode.ts";
import { compileScheme, schemeDefaults } from "../../../nodes/octoprint/topics/scheme.ts";
import { besidePushRecording, readPushRecording } from "../../support/push-recording.ts";
import { readRecording } from "../../support/recordings.ts";
import { Player } from "./play.ts";

// The plugin 0.8.16 and a push socket of one OctoPrint 1.11.8: what the function makes of the one is the other.

interface Said {
  readonly at: number;
  readonly topic: string;
  readonly message: Record<string, unknown>;
  readonly timestamp: number | undefined;
  readonly retain: boolean;
  readonly qos: number;
}

const compiled = compileScheme({ ...schemeDefaults, baseTopic: "octoPrint/" });
if (!compiled.ok) throw new Error(compiled.problem.code);
const { scheme } = compiled;

function said(at: number, topic: string, payload: Buffer, qos: number, retain: boolean): Said {
  const channel = scheme.match(topic);
  assert.ok(channel, topic);
  const decoded = decode(channel, payload, "_timestamp");
  assert.ok(decoded.ok && !("ignored" in decoded), topic);
  const message = typeof decoded.message === "string" ? { status: decoded.message } : { ...Object(decoded.message) };
  message._timestamp = undefined;
  return { at, topic, message: JSON.parse(JSON.stringify(message)), timestamp: decoded.timestamp, retain, qos };
}

const byPlugin = readRecording(besidePushRecording).messages.map(({ t, topic, payload, qos, retain }) =>
  said(t, topic, payload, qos, retain),
);

const player = new Player();
for (const { t, data } of readPushRecording()) player.play(t, { frame: data });
const byFunction = player.published.map(({ at, kind, name, payload, timestamp }) => {
  const filled = scheme.fill({ kind, name, printer: undefined });
  const encoded = encode({ kind, name, payload, texts: {}, timestamp, timestampField: "_timestamp" });
  assert.ok(filled.ok && encoded.ok, name);
  return said(at, filled.topic, Buffer.from(encoded.payload), encoded.qos, encoded.retain);
});

function below(messages: readonly Said[], level: string, without: RegExp = /^$/): Said[] {
  return messages.filter(({ topic }) => topic.startsWith(`octoPrint/${level}/`) && !without.test(topic));
}

function assertStamped(ours: readonly Said[], theirs: readonly Said[]): void {
  ours.forEach(({ timestamp, topic }, index) => {
    const off = Math.abs((timestamp ?? 0) - (theirs[index]?.timestamp ?? 0));
    assert.ok(off <= 1000, `${topic} is ${off} ms off`);
  });
}

describe("a print, beside the plugin itself", () => {
  test("all events, with equal payload, retain and QoS, in equal order", () => {
    // Only the plugin has the first two, only a socket the last one.
    const theirs = below(byPlugin, "event", /GcodeScript|Shutdown/);
    const ours = below(byFunction, "event", /FileDeselected/);
    const plain = ({ topic, message, retain, qos }: Said) => ({ topic, message, retain, qos });
    assert.deepEqual(ours.map(plain), theirs.map(plain));
    assert.ok(ours.length > 140);
    assertStamped(ours, theirs);
  });

  test("all temperatures, each with the time of its data point", () => {
    const plain = ({ topic, message, timestamp, retain }: Said) => ({ topic, message, timestamp, retain });
    const byTopic = (topic: string, from: readonly Said[]) => from.filter((one) => one.topic === topic).map(plain);
    for (const topic of ["octoPrint/temperature/tool0", "octoPrint/temperature/bed"]) {
      assert.deepEqual(byTopic(topic, byFunction), byTopic(topic, byPlugin));
    }
    assert.equal(below(byFunction, "temperature").length, below(byPlugin, "temperature").length);
  });

  test("all progress, at most 1 % off where it moved between two frames", () => {
    const ours = below(byFunction, "progress", /slicing/).slice(1);
    const theirs = below(byPlugin, "progress", /slicing/);
    assert.ok(theirs.length > 20);
    const matched = theirs.filter(({ message, at }) =>
      ours.some(
        (one) =>
          Math.abs(one.at - at) < 1000 &&
          one.message.path === message.path &&
          one.message.location === message.location &&
          Math.abs(Number(one.message.progress) - Number(message.progress)) <= 1,
      ),
    );
    assert.equal(matched.length, theirs.length);
    assert.ok(Math.abs(ours.length - theirs.length) <= 1);
    assert.deepEqual(keysOf(ours[0]), keysOf(theirs[0]));
  });

  test("what it adds: the start, FileDeselected, nothing of our own socket", () => {
    assert.deepEqual(
      byFunction.slice(0, 3).map(({ topic, message, retain, qos }) => [topic, message, retain, qos]),
      [
        ["octoPrint/mqtt", { status: "connected" }, true, 1],
        ["octoPrint/progress/printing", { ...byFunction[1]?.message, location: "", path: "", progress: 0 }, true, 0],
        [
          "octoPrint/progress/slicing",
          {
            slicer: "",
            source_location: "",
            source_path: "",
            destination_location: "",
            destination_path: "",
            progress: 0,
          },
          true,
          0,
        ],
      ],
    );
    assert.equal(below(byFunction, "event").filter(({ topic }) => topic.endsWith("/FileDeselected")).length, 1);
    assert.equal(below(byFunction, "event").filter(({ topic }) => topic.includes("/Client")).length, 0);
  });
});

function keysOf(message: Said | undefined): unknown {
  const data = message?.message.printer_data;
  return [Object.keys(message?.message ?? {}), Object.keys(Object(data)).sort()];
}
