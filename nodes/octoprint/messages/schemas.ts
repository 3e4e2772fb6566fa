import { Ajv, type ValidateFunction } from "ajv";
import type { EventName, EventPayloads } from "../events/events.ts";
import { type Failure, failure } from "../problem.ts";
import type { ProgressName } from "../topics/kinds.ts";
import type { TypeOf } from "./schema-type.ts";

const text = { type: "string" } as const;
const number = { type: "number" } as const;
const degrees = { type: ["number", "null"] } as const;
const percent = { type: ["number", "null"], minimum: 0, maximum: 100 } as const;

/**
 * The payloads that are JSON objects, one schema each. They are open: a field that a version of OctoPrint or of the
 * plugin adds is kept. `_timestamp` (seconds since the epoch) is the default name of the timestamp field.
 */
export const schemas = {
  event: { type: "object", properties: { _event: text, _timestamp: number } },
  printing: {
    type: "object",
    properties: {
      location: text,
      path: text,
      progress: percent,
      printer_data: { type: ["object", "null"] },
      _timestamp: number,
    },
    required: ["location", "path", "progress"],
  },
  slicing: {
    type: "object",
    properties: {
      slicer: text,
      source_location: text,
      source_path: text,
      destination_location: text,
      destination_path: text,
      progress: percent,
      _timestamp: number,
    },
    required: ["slicer", "source_location", "source_path", "destination_location", "destination_path", "progress"],
  },
  /** Degrees Celsius; `temperature` alone is what the HomeAssistant plugin publishes on `temperature/soc`. */
  temperature: {
    type: "object",
    properties: { actual: degrees, target: degrees, temperature: degrees, _timestamp: number },
    anyOf: [{ required: ["actual"] }, { required: ["target"] }, { required: ["temperature"] }],
  },
} as const;

/** The names of the schemas. */
export type SchemaName = keyof typeof schemas;

/** The payload of an event whose fields are not known. */
export type EventPayload = TypeOf<typeof schemas.event>;
/** The progress of a print: `{ location: "local", path: "benchy.gcode", progress: 42 }`. */
export type PrintingProgress = TypeOf<typeof schemas.printing>;
/** The progress of slicing. */
export type SlicingProgress = TypeOf<typeof schemas.slicing>;
/** A sensor's temperature, °C: `{ actual: 211.8, target: 210 }`. */
export type Temperature = TypeOf<typeof schemas.temperature>;
/** OctoPrint's connection to the broker, as the plugin publishes it. */
export type ConnectionStatus = "connected" | "disconnected";

const ajv = new Ajv({ allowUnionTypes: true, strictRequired: false });
const validators: { readonly [name in SchemaName]: ValidateFunction } = {
  event: ajv.compile(schemas.event),
  printing: ajv.compile(schemas.printing),
  slicing: ajv.compile(schemas.slicing),
  temperature: ajv.compile(schemas.temperature),
};

/** `undefined` where the value fits the schema. */
export function checkSchema(name: SchemaName, value: unknown): Failure | undefined {
  const validate = validators[name];
  if (validate(value)) return undefined;
  const error = validate.errors?.[0];
  const path = error?.instancePath.slice(1).replaceAll("/", ".") || "payload";
  return failure("schema", { path, rule: error?.message ?? "does not fit" });
}

/** The text fields of a progress message, in the plugin's order. */
export const progressTexts = {
  printing: ["location", "path"],
  slicing: ["slicer", "source_location", "source_path", "destination_location", "destination_path"],
} as const satisfies Record<ProgressName, readonly string[]>;

interface Envelope {
  /** The MQTT topic. */
  topic: string;
  /** The topic's `{printer}` level, else the printer node's name, else the last level of its base topic. */
  printer: string;
  /** Milliseconds since the epoch. */
  timestamp: number;
  /** True for what the broker had stored before we subscribed. */
  retain: boolean;
  qos: 0 | 1 | 2;
}

/** A payload of `null` means that the retained topic was cleared. */
type ByKind =
  | { kind: "event"; event: string; payload: EventPayload }
  | { kind: "progress"; progress: "printing"; payload: PrintingProgress | null }
  | { kind: "progress"; progress: "slicing"; payload: SlicingProgress | null }
  | { kind: "temperature"; temp: string; payload: Temperature | null }
  | { kind: "metadata"; key: string; payload: string | null }
  | { kind: "connection"; payload: ConnectionStatus | null }
  | { kind: "other"; subtopic: string; payload: unknown };

/** A msg of `octoprint-in` that is one message of the printer. */
export type ReceivedMessage = Envelope & ByKind;

/**
 * The payload of one of OctoPrint's own events, as OctoPrint documents it; only that it is an object is checked.
 *
 * @example const done = msg.payload as OctoPrintEvent<"PrintDone">; // done.time: seconds
 */
export type OctoPrintEvent<Name extends EventName> = EventPayloads[Name] & EventPayload;
