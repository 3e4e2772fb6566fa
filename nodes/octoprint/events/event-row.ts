/** The classes by which OctoPrint-MQTT switches events on and off, in its order. */
export const eventClasses = [
  "server",
  "comm",
  "files",
  "printjob",
  "gcode",
  "position",
  "timelapse",
  "slicing",
  "settings",
  "unclassified",
] as const;

/** A class of events. */
export type EventClass = (typeof eventClasses)[number];

/** What is to be known of one event. */
export interface EventRow {
  readonly class: EventClass;
  /** The OctoPrint release that brought it; "1.2": it was there. Where only a range is known, its upper end. */
  readonly since: `${number}.${number}` | `${number}.${number}.${number}` | "OctoPrint-MQTT 0.8.14";
  /** Required is what every release from 1.2 to 2.0 that knows the event sends. */
  readonly fields: Fields;
  /** The plugin (0.8.14 and later) publishes it retained. */
  readonly retained?: true;
  /** The trap to know before a flow is built on it; for the documentation. */
  readonly note?: string;
}

/**
 * The notation in which the table of events states payload fields, and the TypeScript type that follows from it.
 *
 * A key ending in `?` may be absent, a type ending in `|null` may be null:
 *
 * @example
 * type Done = PayloadOf<{ name: "string"; size: "integer|null"; "owner?": "string" }>;
 * // { name: string; size: number | null; owner?: string }
 */
export type Fields = { readonly [field: string]: Field };

/** The type of a field, in the notation of the table. */
export type Field = keyof JsonTypes | `${Exclude<keyof JsonTypes, "unknown">}|null`;

interface JsonTypes {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  object: { [key: string]: unknown };
  "string[]": string[];
  unknown: unknown;
}

type ValueOf<F> = F extends keyof JsonTypes
  ? JsonTypes[F]
  : F extends `${infer T extends keyof JsonTypes}|null`
    ? JsonTypes[T] | null
    : never;

type RequiredFields<F> = { -readonly [K in keyof F as K extends `${string}?` ? never : K]: ValueOf<F[K]> };
type OptionalFields<F> = { -readonly [K in keyof F as K extends `${infer Name}?` ? Name : never]?: ValueOf<F[K]> };
type Flat<T> = { [K in keyof T]: T[K] };

/** The TypeScript type of an event's payload, from its fields in the table. */
export type PayloadOf<F extends Fields> = Flat<RequiredFields<F> & OptionalFields<F>>;
