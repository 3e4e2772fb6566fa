import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isProgressName, type Kind, kinds } from "../../../nodes/octoprint/topics/kinds.ts";
import {
  type Channel,
  compileScheme,
  type Scheme,
  type SchemeSettings,
  type Selection,
  schemeDefaults,
  schemeWarnings,
} from "../../../nodes/octoprint/topics/scheme.ts";

/** MQTT's own rule of what a filter receives, level by level [MQTT-4.7.1]. */
function receives(filter: string, topic: string): boolean {
  const [wanted, levels] = [filter.split("/"), topic.split("/")];
  for (const [at, level] of wanted.entries()) {
    if (level === "#") return true;
    if (at >= levels.length || (level !== "+" && level !== levels[at])) return false;
  }
  return wanted.length === levels.length;
}

// Few and like each other, so that topics, templates and names often meet.
const front = fc.constantFrom("", "a", "a/", "b/", "a/b/", "-");
const back = fc.constantFrom("", "", "/a", "/b", "b");
const templateOf = (placeholder: string) => fc.tuple(front, back).map((ends) => ends.join(placeholder));

const settings: fc.Arbitrary<SchemeSettings> = fc.record({
  baseTopic: fc.oneof(
    front,
    fc.tuple(front, back).map(([head, rest]) => `${head}{printer}${rest}/`),
    fc.tuple(front, back).map(([head, rest]) => `${head}{printer}${rest}`),
  ),
  eventTopic: templateOf("{event}"),
  progressTopic: templateOf("{progress}"),
  temperatureTopic: templateOf("{temp}"),
  metadataTopic: templateOf("{key}"),
  lwTopic: fc.constantFrom("mqtt", "a", "a/b", "b/a/b", ""),
  timestampField: fc.constant("_timestamp"),
});

const anyName = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "b", "/"), minLength: 1, maxLength: 4 }),
  fc.string({ unit: fc.constantFrom("a", "/", "-", " ", "ü", "😀", "{", "{event}"), minLength: 1, maxLength: 6 }),
  // U+FEFF is a character like any other [MQTT-1.5.4-3].
  fc.string({ unit: "binary", minLength: 1 }).filter((name) => !/[+#\0]/.test(name)),
);
// A server keeps topics that begin with $ for itself [MQTT-4.7.2-1]; only {printer} could stand there.
const printerName = anyName.map((name) => name.replaceAll(/[/$]/g, "")).filter((name) => name !== "");

const channel: fc.Arbitrary<Channel & { readonly printer: string }> = fc
  .record({ kind: fc.constantFrom(...kinds), name: anyName, progress: fc.boolean(), printer: printerName })
  .map(({ kind, name, progress, printer }) => ({ kind, name: nameFor(kind, name, progress), printer }));

function nameFor(kind: Kind, name: string, printing: boolean): string {
  if (kind === "connection") return "";
  if (kind === "progress") return printing ? "printing" : "slicing";
  return name;
}

/** The scheme of the settings; other ones are tried where they cannot work. */
function compiled(of: SchemeSettings): Scheme {
  const scheme = compileScheme(of);
  fc.pre(scheme.ok);
  return scheme.scheme;
}

describe("laws", () => {
  it("match(fill(x)) is x, for any templates that do not overlap and any name", () => {
    fc.assert(
      fc.property(settings, channel, (of, { kind, name, printer }) => {
        const scheme = compiled(of);
        fc.pre(!schemeWarnings(of).some(({ code }) => code === "templates-overlap"));
        const x: Channel = { kind, name, printer: scheme.farm ? printer : undefined };
        const filled = scheme.fill(x);
        fc.pre(filled.ok);
        const matched = scheme.match(filled.topic);
        // Below the base topic one may also publish what a template has a name for.
        if (kind === "other" && matched?.kind !== "other") return;
        assert.deepEqual(matched, x);
      }),
      { numRuns: 400 },
    );
  });

  it("fill(match(topic)) is the topic, overlapping or not", () => {
    const topic = fc.string({ unit: fc.constantFrom("a", "b", "/", "-", "mqtt", "printing"), maxLength: 12 });
    fc.assert(
      fc.property(settings, topic, (of, rest) => {
        const scheme = compiled(of);
        const whole = of.baseTopic.replace("{printer}", "p") + rest;
        const matched = scheme.match(whole);
        if (matched !== undefined) assert.deepEqual(scheme.fill(matched), { ok: true, topic: whole });
      }),
      { numRuns: 1000 },
    );
  });

  it("every topic that is published is received by the filters of its selection", () => {
    fc.assert(
      fc.property(settings, channel, (of, { kind, name, printer }) => {
        const scheme = compiled(of);
        const x: Channel = { kind, name, printer: scheme.farm ? printer : undefined };
        const filled = scheme.fill(x);
        fc.pre(filled.ok);
        // The dialog says so.
        const split = schemeWarnings(of).some(({ code }) => code === "slash-names-not-received");
        fc.pre(!split || !name.includes("/"));
        const selections: Selection[] = [
          { kind },
          { kind: "all" },
          { kind, names: [name] },
          { kind, printers: [printer] },
          { kind, printers: ["another", printer], names: ["another", name] },
        ];
        for (const selection of selections) {
          const chosen = scheme.filters(selection);
          assert.ok(chosen.ok);
          assert.ok(
            chosen.filters.some((filter) => receives(filter, filled.topic)),
            `${chosen.filters.join(", ")} receive ${filled.topic}`,
          );
          assert.ok(!chosen.filters.includes("#"));
        }
      }),
      { numRuns: 1000 },
    );
  });

  it("whatever the name, the topic is one that MQTT allows, or it is refused", () => {
    const scheme = compiled({ ...schemeDefaults, baseTopic: "farm/{printer}/" });
    const anything = fc.string({ unit: fc.oneof(fc.constantFrom("+", "#", "\0", "/", "\udc00"), fc.string()) });
    fc.assert(
      fc.property(fc.constantFrom(...kinds), anything, anything, (kind, name, printer) => {
        const filled = scheme.fill({ kind, name, printer });
        if (!filled.ok) return;
        assert.doesNotMatch(filled.topic, /[+#\0]/);
        assert.ok(filled.topic.isWellFormed());
        assert.equal(filled.topic.split("/")[1], printer);
      }),
    );
  });

  it("a progress topic has one of two names", () => {
    fc.assert(
      fc.property(anyName, (name) => {
        const matched = compiled(schemeDefaults).match(`octoprint/progress/${name}`);
        assert.equal(matched?.kind, isProgressName(name) ? "progress" : "other");
      }),
    );
  });
});
