import fc from "fast-check";
import { decode } from "../../../nodes/octoprint/messages/decode.ts";
import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import { schemeWith } from "../tracking/make.ts";
import { begin } from "../tracking/story.ts";

const scheme = schemeWith();
const path = fc.constantFrom("", "a.gcode", "dir/b.gcode");
const odd = fc.oneof(
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 1 }) },
);
const stamp = fc.option(fc.integer({ min: begin / 1000 - 100, max: begin / 1000 + 1000 }), { nil: undefined });
const number = fc.option(fc.double({ min: -1, max: 300, noNaN: true }), { nil: null });

const events = [
  "PrintStarted",
  "PrintDone",
  "PrintFailed",
  "PrintCancelling",
  "PrintCancelled",
  "PrintPaused",
  "PrintResumed",
  "PrinterStateChanged",
  "FileSelected",
  "Disconnected",
  "Error",
  "ZChange",
  "Shutdown",
  "constructor",
] as const;

const states = [
  "STARTING",
  "PRINTING",
  "PAUSING",
  "PAUSED",
  "RESUMING",
  "CANCELLING",
  "FINISHING",
  "OPERATIONAL",
  "OFFLINE",
  "ERROR",
  "CONNECTING",
  "toString",
] as const;

const event = fc.tuple(
  fc.constantFrom(...events).map((name) => `event/${name}`),
  fc.record({
    path: fc.oneof(path, odd),
    state_id: fc.oneof(fc.constantFrom(...states), odd),
    state_string: fc.oneof(fc.constant("Words"), odd),
    reason: fc.oneof(fc.constantFrom("error", "cancelled"), odd),
    consequence: fc.oneof(fc.constantFrom("emergency", "cancel"), odd),
    error: fc.oneof(fc.constantFrom("", "unknown", "hot"), odd),
    progress: fc.oneof(number, odd),
    time: fc.oneof(number, odd),
    new: fc.oneof(number, odd),
    _timestamp: stamp,
  }),
);

const flags = fc.dictionary(fc.constantFrom("printing", "paused", "closedOrError", "operational"), fc.boolean());
const data = fc.oneof(
  odd,
  fc.record({
    state: fc.oneof(fc.record({ text: fc.constantFrom("Printing", ""), flags, error: odd }), odd),
    progress: fc.oneof(fc.record({ printTime: number, printTimeLeft: number }), odd),
    job: fc.oneof(fc.record({ file: fc.oneof(fc.record({ path, name: path, origin: odd }), odd) }), odd),
    currentZ: fc.oneof(number, odd),
  }),
);
const percent = fc.oneof(fc.constantFrom(0, 1, 42, 99, 100, null), fc.double({ min: 0, max: 100, noNaN: true }));

const said = fc.oneof(
  { weight: 5, arbitrary: event },
  {
    weight: 3,
    arbitrary: fc.tuple(
      fc.constant("progress/printing"),
      fc.record({
        path,
        location: fc.constant("local"),
        progress: percent,
        printer_data: fc.option(data, { nil: undefined }),
        _timestamp: stamp,
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("temperature/tool0", "temperature/constructor", "temperature/__proto__", "temperature/soc"),
      fc.record({ actual: number, target: number, _timestamp: stamp }),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom("hass/printing", "hassControl/stop"), data) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("mqtt"), fc.constantFrom("connected", "disconnected")) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      fc.constantFrom("progress/printing", "temperature/tool0", "mqtt", "metadata/a"),
      fc.constant(""),
    ),
  },
);

/** Whatever a printer, its plugins and the broker may say, in any order, each some ms after the other. */
export const anyInputs: fc.Arbitrary<Input[]> = fc
  .array(
    fc.tuple(
      fc.oneof({ weight: 9, arbitrary: said }, { weight: 1, arbitrary: fc.constantFrom("connected", "disconnected") }),
      fc.constantFrom(0, 1, 100, 1_999, 2_001, 12_000, 400_000),
      fc.boolean().map((retained) => retained),
    ),
    { maxLength: 40 },
  )
  .map((steps) => {
    let arrived = begin;
    return steps.flatMap(([what, pause, retain]): Input[] => {
      arrived += pause;
      if (what === "connected" || what === "disconnected") return [{ connection: what, arrived }];
      const [topic, payload] = what;
      const channel = scheme.match(`octoprint/${topic}`);
      const text = typeof payload === "string" ? payload : (JSON.stringify(payload) ?? "");
      const decoded = channel && decode(channel, Buffer.from(text), "_timestamp");
      if (channel === undefined || !decoded?.ok || !("message" in decoded)) return [];
      return [
        {
          channel,
          message: decoded.message,
          timestamp: decoded.timestamp,
          arrived,
          retain: retain && arrived % 3 === 0,
        },
      ];
    });
  });
