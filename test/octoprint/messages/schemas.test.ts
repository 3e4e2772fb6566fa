import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import type { OctoPrintEvent, ReceivedMessage } from "../../../nodes/octoprint/messages/schemas.ts";
import { generatedDocs } from "../../support/docs.ts";

it("docs/messages.md is what the tables make: node --import tsx test/support/write-docs.ts", () => {
  const page = readFileSync(join(__dirname, "../../../docs/messages.md"), "utf8");
  assert.equal(page, generatedDocs["messages.md"]?.());
});

// This is checked by the compiler.
it("a msg is narrowed by its kind", () => {
  const short = (msg: ReceivedMessage): string => {
    if (msg.payload === null) return `${msg.topic} cleared`;
    switch (msg.kind) {
      case "event":
        return msg.event;
      case "progress":
        return msg.progress === "printing" ? msg.payload.path : msg.payload.source_path;
      case "temperature":
        return `${msg.temp} ${(msg.payload.actual ?? msg.payload.temperature)?.toFixed(1)}`;
      case "metadata":
        return `${msg.key} ${msg.payload.trim()}`;
      case "connection":
        return msg.payload === "connected" ? "on" : "off";
      case "other":
        return msg.subtopic;
    }
  };
  const envelope = { topic: "t", printer: "p", timestamp: 1, retain: false, qos: 0 } as const;
  assert.equal(short({ ...envelope, kind: "temperature", temp: "bed", payload: { actual: 59.96 } }), "bed 60.0");
  assert.equal(short({ ...envelope, kind: "metadata", key: "material", payload: null }), "t cleared");
  const minutes = (done: OctoPrintEvent<"PrintDone">): number => done.time / 60;
  assert.equal(minutes({ origin: "local", time: 120, _event: "PrintDone" }), 2);
});
