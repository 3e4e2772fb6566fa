/**
 * The kinds of message on the wire. `field`: the printer's setting with the topic; `placeholder`: what the topic
 * names, also the msg's property; `state`: retained messages say how things are, not what once happened;
 * `stamped`: the plugin writes a timestamp into the payload.
 */
export const kindTable = {
  event: { field: "eventTopic", placeholder: "event", state: false, stamped: true },
  progress: { field: "progressTopic", placeholder: "progress", state: true, stamped: true },
  temperature: { field: "temperatureTopic", placeholder: "temp", state: true, stamped: true },
  metadata: { field: "metadataTopic", placeholder: "key", state: true, stamped: false },
  connection: { field: "lwTopic", placeholder: undefined, state: true, stamped: false },
  other: { field: "baseTopic", placeholder: "subtopic", state: true, stamped: false },
} as const;

/** A kind of message on the wire, as `msg.kind` names it. */
export type Kind = keyof typeof kindTable;

/** The kinds, in the order in which they are shown. */
export const kinds: readonly Kind[] = ["event", "progress", "temperature", "metadata", "connection", "other"];

/** Whether a value, such as `msg.kind`, is a kind on the wire. */
export function isKind(value: unknown): value is Kind {
  return typeof value === "string" && Object.hasOwn(kindTable, value);
}

/** The two progress topics of the plugin; any other below the template is a message of kind `other`. */
export const progressNames = ["printing", "slicing"] as const;
/** What a progress is about. */
export type ProgressName = (typeof progressNames)[number];

/** Whether a name is one of the plugin's two progress topics. */
export function isProgressName(name: string): name is ProgressName {
  return name === "printing" || name === "slicing";
}
