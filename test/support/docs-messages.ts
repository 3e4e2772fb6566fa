import { retainedEvents } from "../../nodes/octoprint/events/events.ts";
import { decode } from "../../nodes/octoprint/messages/decode.ts";
import { encode } from "../../nodes/octoprint/messages/encode.ts";
import { schemas } from "../../nodes/octoprint/messages/schemas.ts";
import { kinds, kindTable } from "../../nodes/octoprint/topics/kinds.ts";
import { compileScheme, schemeDefaults } from "../../nodes/octoprint/topics/scheme.ts";

/** One message of each topic; all else in the table follows from it. */
const examples: readonly [subTopic: string, payload: string][] = [
  ["event/PrintDone", '{"name": "benchy.gcode", "path": "benchy.gcode", "origin": "local", "time": 5252.2}'],
  ["progress/printing", '{"location": "local", "path": "benchy.gcode", "progress": 42}'],
  ["progress/printing", '{"location": "sdcard", "path": "benchy.gco", "progress": -100}'],
  [
    "progress/slicing",
    '{"slicer": "cura", "source_location": "local", "source_path": "benchy.stl", "destination_location": "local", "destination_path": "benchy.gcode", "progress": 42}',
  ],
  ["temperature/tool0", '{"actual": 211.8, "target": 210}'],
  ["temperature/soc", '{"temperature": 48.3}'],
  ["metadata/layer_height", "0.2"],
  ["metadata/material", ""],
  ["mqtt", "connected"],
  ["plugin/psu/state", '{"on": true}'],
  ["hass/is_printing", "True"],
];

export function messagesPage(): string {
  return `# Messages

What OctoPrint-MQTT publishes, by the kinds that \`msg.kind\` names. A topic is the printer's base topic and one of its templates, and the template's placeholder is a
property of the msg: \`octoprint-in\` sets it, \`octoprint-mqtt-out\` reads it.

${kindsTable()}

The templates are those of the defaults; each is a setting of the printer, and its placeholder may stand anywhere in it. In a base topic with \`{printer}\` that level is
\`msg.printer\`. A progress topic that is neither \`printing\` nor \`slicing\` is of kind \`other\`; so is everything else below the base topic.

## Examples

Value is what \`msg.payload\` contains with *only its value* chosen in the node. QoS and retain are those with which \`octoprint-mqtt-out\` publishes, as the plugin does. Of the events, only
${[...retainedEvents].join(", ")} are retained.

${examplesTable()}

A progress of -100 says that the size of the file is unknown; in the message it is \`null\`, and \`null\` is published as -100.
A zero-length payload clears a retained topic: \`null\`. For an event it means nothing: nothing happened.

## Fields

Payloads are open: a field that a version of OctoPrint or of a plugin adds is kept. The fields of each event are in [events.md](events.md).

${Object.entries(schemas).map(fieldsOf).join("\n\n")}

This page is made from the tables in the code: \`node --import tsx test/support/write-docs.ts\`.
`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return lines.join("\n");
}

function code(text: string): string {
  return text === "" ? "" : `\`${text}\``;
}

function kindsTable(): string {
  const rows = kinds.map((kind) => {
    const { field, placeholder, state, stamped } = kindTable[kind];
    const topic = kind === "other" ? `${schemeDefaults.baseTopic}…` : schemeDefaults.baseTopic + schemeDefaults[field];
    const name = placeholder === undefined ? "" : code(`msg.${placeholder}`);
    return [code(kind), code(topic), code(field), name, state ? "state" : "event", stamped ? "yes" : ""];
  });
  return table(["Kind", "Topic", "Setting", "Name", "Retained means", "Timestamp in the payload"], rows);
}

function examplesTable(): string {
  const compiled = compileScheme(schemeDefaults);
  if (!compiled.ok) throw new Error("the defaults do not compile");
  const { scheme } = compiled;
  const rows = examples.map(([subTopic, payload]) => {
    const topic = schemeDefaults.baseTopic + subTopic;
    const channel = scheme.match(topic);
    const decoded = channel && decode(channel, Buffer.from(payload), schemeDefaults.timestampField);
    if (channel === undefined || decoded === undefined || !("message" in decoded)) throw new Error(topic);
    const { kind, name } = channel;
    const encoded = encode({
      kind,
      name,
      payload: decoded.message,
      texts: {},
      timestamp: undefined,
      timestampField: "",
    });
    if (!encoded.ok) throw new Error(encoded.problem.code);
    const { message, value } = decoded;
    const whole = typeof message === "object" && message !== null && value === message;
    return [
      code(topic),
      code(kind),
      payload === "" ? "zero-length" : code(payload),
      whole ? "the message" : code(JSON.stringify(value)),
      String(encoded.qos),
      encoded.retain ? "yes" : "",
    ];
  });
  return table(["Topic", "Kind", "Payload", "Value", "QoS", "Retain"], rows);
}

interface FieldSchema {
  readonly type: string | readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

function fieldsOf([name, schema]: [name: string, schema: (typeof schemas)[keyof typeof schemas]]): string {
  const required: readonly string[] = "required" in schema ? schema.required : [];
  const rows = Object.entries<FieldSchema>(schema.properties).map(([field, { type, minimum, maximum }]) => {
    const types = [type].flat().join(" or ");
    const range = minimum === undefined ? "" : `, ${minimum} to ${maximum}`;
    return [code(field), types + range, required.includes(field) ? "always" : ""];
  });
  const alternatives = "anyOf" in schema ? schema.anyOf.flatMap((one) => one.required.map(code)) : [];
  const note = alternatives.length === 0 ? "" : `\n\nAt least one of ${alternatives.join(", ")}.`;
  return `### ${name}\n\n${table(["Field", "Type", "Present"], rows)}${note}`;
}
