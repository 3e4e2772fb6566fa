import { Buffer } from "node:buffer";
import type { NodeMessage } from "node-red";
import { checkParameters, type Parameters } from "../octoprint/commands/check-parameters.ts";
import { type CommandName, commands, isCommand } from "../octoprint/commands/commands-table.ts";
import { type ParameterType, typesOf } from "../octoprint/commands/parameter-schema.ts";
import { isRecord } from "../octoprint/messages/json.ts";
import { type Failure, failure } from "../octoprint/problem.ts";
import type { ControlSettings } from "./settings.ts";

/** A command that may be carried out: its parameters are checked. */
export interface RequestedCommand {
  readonly command: CommandName;
  readonly parameters: Parameters;
  /** The file to upload. */
  readonly content: Buffer | undefined;
}

/** The command that a msg asks for, or why it is refused. */
export type Requested = { readonly ok: true; readonly requested: RequestedCommand } | Failure;

/** Which command a msg asks for, where it may. */
export function commandOf(
  { command, allowed, maxAge }: ControlSettings,
  msg: NodeMessage,
  now: number,
): { readonly ok: true; readonly command: CommandName } | Failure {
  const name = command === "msg" ? msg.command : command;
  if (name === undefined || name === "") return failure("command-missing");
  if (!isCommand(name)) return failure("command-unknown", { command: shortName(name) });
  if (command === "msg" && !allowed.includes(name)) return failure("command-not-allowed", { command: name });
  // What a broker had stored may be years old.
  if (commands[name].marked === true && msg.retain === true) return failure("command-retained", { command: name });
  return tooOld(msg, Number(maxAge), now) ?? { ok: true, command: name };
}

/** For the text; a msg may hold anything. */
function shortName(name: unknown): string {
  return typeof name === "string" ? name.slice(0, 40).toWellFormed() : typeof name;
}

function tooOld({ timestamp }: NodeMessage, limit: number, now: number): Failure | undefined {
  if (!(limit > 0) || typeof timestamp !== "number" || !Number.isFinite(timestamp)) return undefined;
  const age = (now - timestamp) / 1000;
  return age > limit ? failure("command-too-old", { age: Math.round(age), limit }) : undefined;
}

/**
 * The command with its parameters: the node's own first, what is left from the msg.
 *
 * @param own what the typed settings gave; one that is empty is not in it
 */
export function requestedOf(
  settings: ControlSettings,
  command: CommandName,
  own: Parameters,
  msg: NodeMessage,
): Requested {
  const fromMsg = parametersOf(command, own, msg);
  if (!fromMsg.ok) return fromMsg;
  const checked = checkParameters(command, { ...fromMsg.parameters, ...own });
  if (!checked.ok) return checked;
  const { parameters } = checked;
  // An upload that starts a print is as marked as the start of one: chosen in the node, or allowed by name.
  if (command === "upload" && parameters.print === true) {
    const chosen = own.print !== undefined || settings.allowed.includes("start");
    if (!chosen) return failure("command-not-allowed", { command: "start" });
    if (msg.retain === true) return failure("command-retained", { command: "start" });
  }
  const content = commands[command].fromMsg === true ? contentOf(msg.payload) : undefined;
  return { ok: true, requested: { command, parameters, content } };
}

function parametersOf(
  command: CommandName,
  own: Parameters,
  msg: NodeMessage,
): { readonly ok: true; readonly parameters: Parameters } | Failure {
  const { parameters, single, fromMsg } = commands[command];
  const names = Object.keys(parameters.properties);
  if (fromMsg === true) return { ok: true, parameters: pick(msg, names) };
  const { payload } = msg;
  if (names.length === 0 || payload === undefined || payload === null || payload === "")
    return { ok: true, parameters: {} };
  const chosen = Object.keys(own).length > 0;
  if (isRecord(payload) && !isBytes(payload)) {
    // Where the node says what to do, the msg may be about anything.
    return { ok: true, parameters: chosen ? pick(payload, names) : payload };
  }
  const required = parameters.required ?? [];
  const complete = chosen && required.every((name) => own[name] !== undefined);
  if (single === undefined) {
    return complete || chosen
      ? { ok: true, parameters: {} }
      : failure("parameters-payload", { found: kindOf(payload) });
  }
  if (own[single] !== undefined) return { ok: true, parameters: {} };
  // A parameter that may be left out is not taken from whatever an Inject node sends: its time is no axis.
  const kind = kindOf(payload);
  const fits = kind !== "object" && typesOf(parameters.properties[single] ?? {}).includes(kind);
  return { ok: true, parameters: fits || required.includes(single) ? { [single]: payload } : {} };
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Parameters {
  return Object.fromEntries(names.flatMap((name) => (Object.hasOwn(from, name) ? [[name, from[name]]] : [])));
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function contentOf(payload: unknown): Buffer | undefined {
  if (typeof payload === "string") return Buffer.from(payload);
  // A copy: the flow may change its own while this one waits.
  return isBytes(payload) ? Buffer.from(payload) : undefined;
}

function kindOf(value: unknown): ParameterType | "object" {
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return "number";
  if (typeof value === "boolean") return "boolean";
  return typeof value === "string" ? "string" : "object";
}
