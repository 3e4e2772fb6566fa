import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode } from "../../../nodes/octoprint/messages/decode.ts";
import { kindTable } from "../../../nodes/octoprint/topics/kinds.ts";
import { readRecording, recordingNames } from "../../support/recordings.ts";
import { schemeWith } from "../tracking/make.ts";

/** How many messages of each kind, counted in the files. */
const counts: { readonly [recording: string]: { readonly [kind: string]: number } } = {
  failures: { event: 154, progress: 13, temperature: 65, connection: 3 },
  "first-print": { event: 64, progress: 11, temperature: 44, connection: 3 },
  "octoprint-2": { event: 83, progress: 15, temperature: 52, connection: 5 },
  "pause-cancel-printer-data": { event: 149, progress: 30, temperature: 65, connection: 3 },
  "plugin-0.5": { event: 48, progress: 22, temperature: 3 },
  "plugin-0.8.13": { event: 70, progress: 34, temperature: 2, connection: 3 },
  "plugin-0.8.3": { event: 48, progress: 27, temperature: 2, connection: 3 },
  "sd-card": { connection: 3, event: 88, progress: 37, temperature: 9 },
  "slicing-plugins-restart": { event: 40, progress: 44, temperature: 4, connection: 8, other: 2 },
  "templates-metadata": { event: 52, progress: 8, temperature: 4, metadata: 8, connection: 6 },
  timelapse: { event: 60, progress: 6, temperature: 2, connection: 3 },
  "two-printers": { event: 97, progress: 15, temperature: 4, connection: 5 },
};
const outsideTheBaseTopic: { readonly [recording: string]: readonly string[] } = {
  "slicing-plugins-restart": ["somewhere/else"],
};
const withoutTimestamp = ["plugin-0.5"];

it("every recording is counted here", () => assert.deepEqual(Object.keys(counts).sort(), recordingNames()));

for (const { name, plugin, octoprint, scheme: settings, messages } of recordingNames().map(readRecording)) {
  describe(`${name} (OctoPrint ${octoprint}, OctoPrint-MQTT ${plugin})`, () => {
    const scheme = schemeWith(settings);
    const { timestampField } = scheme.settings;
    const read = messages.map(({ topic, payload }) => {
      const channel = scheme.match(topic);
      return { topic, channel, decoded: channel && decode(channel, payload, timestampField) };
    });

    it("is read without a problem, and nothing of it ignored", () =>
      assert.deepEqual(
        read.filter(({ decoded }) => decoded !== undefined && !("message" in decoded)),
        [],
      ));

    it("has so many messages of each kind", () => {
      const found: { [kind: string]: number } = {};
      for (const { channel } of read) if (channel) found[channel.kind] = (found[channel.kind] ?? 0) + 1;
      assert.deepEqual(found, counts[name]);
    });

    it("has no topic that belongs to no kind, but for what lies outside its base topic", () =>
      assert.deepEqual(
        read.flatMap(({ topic, channel }) => (channel ? [] : [topic])),
        outsideTheBaseTopic[name] ?? [],
      ));

    it("names in the payload the event that its topic names", () => {
      for (const { channel, decoded } of read) {
        if (channel?.kind !== "event" || decoded === undefined || !("message" in decoded)) continue;
        const { message } = decoded;
        assert.ok(typeof message === "object" && message !== null && "_event" in message);
        assert.equal(message._event, channel.name);
      }
    });

    it(withoutTimestamp.includes(name) ? "has no timestamps yet" : "says of each message when, but for text", () => {
      for (const { topic, channel, decoded } of read) {
        if (channel === undefined || decoded === undefined || !("message" in decoded)) continue;
        const stamped = kindTable[channel.kind].stamped && !withoutTimestamp.includes(name);
        const { timestamp } = decoded;
        // The recordings were made in these years.
        const plausible = timestamp !== undefined && timestamp > Date.UTC(2024) && timestamp < Date.UTC(2040);
        assert.equal(plausible, stamped, `${topic} at ${timestamp}`);
      }
    });
  });
}

describe("two-printers", () => {
  it("are told apart by the level of the base topic", () => {
    const { scheme: settings, messages } = readRecording("two-printers");
    const scheme = schemeWith(settings);
    const printers = new Set(messages.map(({ topic }) => scheme.match(topic)?.printer));
    assert.deepEqual([...printers].sort(), ["left", "right"]);
  });

  it("are nothing to a printer of another base topic", () => {
    const scheme = schemeWith({ baseTopic: "farm/middle/" });
    for (const { topic } of readRecording("two-printers").messages) assert.equal(scheme.match(topic), undefined);
  });
});
