import type { TypeOf } from "../messages/schema-type.ts";
import type { Failure, Problem } from "../problem.ts";
import type { Phase } from "../tracking/observation.ts";
import type { Observed } from "./observed.ts";
import type { ParametersSchema } from "./parameter-schema.ts";

/** OctoPrint's names of what a key may do, as its settings show them. */
export type Permission =
  | "Status"
  | "Connection"
  | "Print"
  | "Control"
  | "List files"
  | "Upload files"
  | "Select files"
  | "Delete files"
  | "Settings read"
  | "Webcam"
  | "System"
  | "PSUControl: Control";

/** A request to OctoPrint's API. `path` begins with `/` and is below the server's address. */
export interface ApiRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly upload?: Upload;
}

/** A file, sent as a form. */
export interface Upload {
  readonly filename: string;
  readonly content: Uint8Array;
  readonly fields: Readonly<Record<string, string>>;
}

/** A message to the OctoPrint-HomeAssistant plugin: QoS 1, never retained. */
export interface ControlMessage {
  /** The value of `{control}` in `hassControl/{control}`. */
  readonly control: string;
  readonly payload: string;
}

/** What must be known before a command can be planned. */
export type FactName = "job" | "temperatures" | "profile" | "presets" | "entry" | "connection" | "power" | "major";

/** Highest temperatures, degrees C. */
export interface Limits {
  readonly tool: number;
  readonly bed: number;
  readonly chamber: number;
}

/** A length for each axis, mm. */
export interface Axes {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** One of OctoPrint's temperature profiles, degrees C. */
export interface Preset {
  readonly name: string;
  readonly extruder: number | null;
  readonly bed: number | null;
  readonly chamber: number | null;
}

/** What is known of the printer when a command is planned. */
export interface Facts {
  readonly now: Observed;
  readonly limits: Limits;
  /** The printer's size, mm; `undefined`: it could not be read. */
  readonly volume?: Axes | undefined;
  /** What the printer's profile says that can be heated; `undefined`: it could not be read. */
  readonly heaters?: readonly string[] | undefined;
  readonly presets?: readonly Preset[] | undefined;
  /** What is at the path that the command names; `undefined`: nothing. */
  readonly entry?: { readonly folder: boolean } | undefined;
  readonly connection?: { readonly port: string | null; readonly baudrate: number | null } | undefined;
  /** OctoPrint's major version: 1 or 2. */
  readonly major?: number | undefined;
  /** The file to upload. */
  readonly content?: Uint8Array | undefined;
}

/** What to send; or that the printer has to be waited for first: it is on its way to a state in which it listens. */
export type Plan<Request> =
  | { readonly ok: true; readonly requests: readonly Request[]; readonly targets?: Readonly<Record<string, number>> }
  | { readonly ok: true; readonly waitFor: string }
  | Failure;

/** How a command is said by one way: over the API, or over MQTT. */
export interface Way<Request, P> {
  readonly reads?: readonly FactName[];
  plan(parameters: P, facts: Facts): Plan<Request>;
}

/** What was seen of the printer since a command was sent. */
export interface Seen {
  readonly before: Observed;
  readonly now: Observed;
  /** Every phase since the request. */
  readonly phases: ReadonlySet<Phase>;
  /** The temperatures that were asked for. */
  readonly targets: Readonly<Record<string, number>>;
}

/** Whether it has happened; a problem where it will not any more. */
export type Verdict = "yes" | "no" | Problem;

/** The answer to a command, or why there is none. */
export type Answer = { readonly ok: true; readonly payload: unknown } | Failure;

/** All that is to be known of one command. */
export interface CommandRow<S extends ParametersSchema = ParametersSchema, P = TypeOf<S>> {
  readonly parameters: S;
  /** The parameter that a payload gives which is no object. */
  readonly single?: string;
  /** It destroys or surprises: a msg may ask for it only where it is allowed by name. */
  readonly marked?: true;
  /** What the key must be allowed. */
  readonly permissions: readonly Permission[];
  /** These are properties of the msg, for its payload is a file. */
  readonly fromMsg?: true;
  /** It goes past everything, and is tried twice. */
  readonly urgent?: true;
  readonly api: Way<ApiRequest, P> | undefined;
  readonly mqtt: Way<ControlMessage, P> | undefined;
  /** What tells that it has happened; without it, that OctoPrint has accepted it. */
  readonly happened?: {
    /** What to read for it over the API. */
    readonly reads: readonly FactName[];
    judge(parameters: P, seen: Seen): Verdict;
    /** In words, for the docs. */
    readonly words: string;
  };
  /** What of it a newer command makes pointless while both wait: `"tool0"`. */
  replaces?(parameters: P): readonly string[];
  /** The answer, from OctoPrint's. */
  answer?(reply: unknown, parameters: P): Answer;
  /** Where OctoPrint knows no such thing (404). */
  notFound?(parameters: P): Failure;
  /** What 400 means, which OctoPrint says of a plugin that is not there. */
  badRequest?(parameters: P): Failure;
  /** Where OctoPrint is not in the state for it (409), though the printer is connected. */
  conflict?(parameters: P, now: Observed): Failure;
  /** For the docs: parameters, and how the printer is meanwhile. */
  readonly example: { readonly parameters: P; readonly facts?: Partial<Facts> };
}

/** Keeps a row's own types: what `plan` gets is what the schema says. */
export function command<const S extends ParametersSchema>(row: CommandRow<S>): CommandRow<S> {
  return row;
}

/** The schema of a command without parameters. */
export const noParameters = { type: "object", properties: {}, additionalProperties: false } as const;

/** A plan of these requests, one after the other. */
export function send<Request>(...requests: readonly Request[]): Plan<Request> {
  return { ok: true, requests };
}

/** A POST with a JSON body: `post("/api/job", { command: "cancel" })`. */
export function post(path: string, body: unknown): ApiRequest {
  return { method: "POST", path, body };
}
