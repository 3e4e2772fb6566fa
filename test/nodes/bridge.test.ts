import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { parseJson } from "../../nodes/octoprint/messages/json.ts";
import { type Channel, compileScheme, type Scheme, schemeDefaults } from "../../nodes/octoprint/topics/scheme.ts";
import type { Scope } from "../support/cleanup.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { type RecordedMessage, type Recording, readRecording, recordingNames } from "../support/recordings.ts";
import { loadFlow } from "../support/runtime.ts";
import { observe, publisher, type WireMessage } from "../support/wire.ts";
import { brokerNode, printerNode, tab } from "./flow.ts";

type Settings = Partial<Scheme["settings"]>;

interface Carried {
  readonly topic: string;
  readonly payload: unknown;
  readonly qos: number;
  readonly retain: boolean;
}

/** Replays a recording to one base topic, bridges it to another in a flow, and returns what came out there. */
async function bridge(t: Scope, recording: Recording, to: Settings, protocol: string): Promise<Carried[]> {
  const broker = await startMosquitto(t, { conf: ["max_queued_messages 0"] });
  const nodes = [
    brokerNode(broker.url, { protocol }),
    printerNode({ ...recording.scheme }),
    printerNode({ id: "p2", ...to }),
    { id: "in", z: "tab", type: "octoprint-in", printer: "p", kind: "all", retained: "all", wires: [["out"]] },
    { id: "out", z: "tab", type: "octoprint-mqtt-out", printer: "p2", kind: "msg", timestamp: false, wires: [] },
  ];
  const runtime = await loadFlow(t, [tab, ...nodes]);
  await broker.log.next((line) => line.includes("Sending SUBACK"));
  const observer = await observe(t, broker.url, "copy/#");
  const printer = await publisher(t, broker.url);
  for (const { topic, payload, qos, retain } of recording.messages) {
    await printer.publish(topic, payload, { qos, retain });
  }
  const end = { kind: "event", name: "TheEnd", printer: "left" } as const;
  await printer.publish(fill(schemeOf(recording.scheme), end), '{"_event": "TheEnd"}', { qos: 0 });
  const last = fill(schemeOf(to), end);
  await observer.next(({ topic }) => topic === last);
  deepEqual(runtime.caught.items, []);
  deepEqual(runtime.log.items, []);
  return observer.messages.filter(({ topic }) => topic !== last).map(carriedOf);
}

function schemeOf(settings: Settings): Scheme {
  const compiled = compileScheme({ ...schemeDefaults, ...settings });
  ok(compiled.ok);
  return compiled.scheme;
}

function fill(scheme: Scheme, channel: Channel): string {
  const filled = scheme.fill(channel);
  ok(filled.ok);
  return filled.topic;
}

function carriedOf({ topic, payload, qos, retain }: WireMessage): Carried {
  return { topic, payload: parsed(payload), qos, retain };
}

/** JSON is compared after parsing. */
function parsed(payload: Buffer): unknown {
  const json = parseJson(payload.toString());
  return json.ok ? json.value : payload;
}

const retainedEvents = ["ZChange", "FirmwareData", "PausedForUser"];

/** What the newest plugin would have published on the other base topic; `undefined`: nothing of this printer. */
function expectedOf({ topic, payload }: RecordedMessage, from: Scheme, to: Scheme): Carried | undefined {
  const channel = from.match(topic);
  if (channel === undefined || (channel.kind === "event" && payload.length === 0)) return undefined;
  const { kind, name } = channel;
  return {
    topic: fill(to, channel),
    payload: parsed(payload),
    qos: kind === "connection" ? 1 : 0,
    // Messages of other plugins go out as `other`, whatever flags they had.
    retain: kind === "event" ? retainedEvents.includes(name) : kind !== "other",
  };
}

function byTopic(messages: readonly Carried[]): Map<string, Carried[]> {
  const topics = new Map<string, Carried[]>();
  for (const message of messages.toSorted((a, b) => (a.topic < b.topic ? -1 : 1))) {
    topics.set(message.topic, [...(topics.get(message.topic) ?? []), message]);
  }
  return topics;
}

/** Nothing lost, nothing added, in order per topic. */
function isBridged(recording: Recording, to: Settings, carried: readonly Carried[]): void {
  const [source, target] = [schemeOf(recording.scheme), schemeOf(to)];
  const expected = recording.messages.flatMap((message) => expectedOf(message, source, target) ?? []);
  ok(expected.length > 10);
  deepEqual(byTopic(carried), byTopic(expected));
  equal(carried.length, expected.length);
}

const copyOf = ({ scheme }: Recording): Settings => ({
  baseTopic: scheme.baseTopic?.includes("{printer}") ? "copy/{printer}/" : "copy/",
});

for (const protocol of ["MQTTv311", "MQTTv5"]) {
  describe(`every recording, bridged to another base topic over ${protocol}`, { skip: withoutMosquitto() }, () => {
    for (const name of recordingNames()) {
      test(name, async (t) => {
        const recording = readRecording(name);
        const to = copyOf(recording);
        isBridged(recording, to, await bridge(t, recording, to, protocol));
      });
    }
  });
}

describe("other templates", { skip: withoutMosquitto() }, () => {
  const changed: Settings = {
    baseTopic: "copy/of/",
    eventTopic: "happened/{event}/here",
    progressTopic: "{progress}/percent",
    temperatureTopic: "heat/{temp}",
    metadataTopic: "meta/{key}",
    lwTopic: "status/mqtt",
    timestampField: "ts",
  };
  for (const name of ["first-print", "slicing-plugins-restart", "templates-metadata"]) {
    test(`${name} to changed templates`, async (t) => {
      const recording = readRecording(name);
      isBridged(recording, changed, await bridge(t, recording, changed, "MQTTv311"));
    });
  }

  test("a farm to one printer that is many", async (t) => {
    const recording = readRecording("two-printers");
    const to: Settings = { baseTopic: "copy/all-of/{printer}/now/" };
    isBridged(recording, to, await bridge(t, recording, to, "MQTTv311"));
  });
});

test("with the default templates only the base topic is another", { skip: withoutMosquitto() }, async (t) => {
  const recording = readRecording("first-print");
  const carried = await bridge(t, recording, { baseTopic: "copy/" }, "MQTTv311");
  deepEqual(
    new Set(carried.map(({ topic }) => topic)),
    new Set(recording.messages.map(({ topic }) => topic.replace("octoPrint/", "copy/"))),
  );
});
