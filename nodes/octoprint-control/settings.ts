import { textOf, textsOf } from "../node-red/text-settings.ts";
import { type Typed, type TypedInput, typedInputs } from "../node-red/typed-value.ts";
import { type CommandName, harmlessCommands, isCommand } from "../octoprint/commands/commands-table.ts";

/** The node's settings as the editor stores them. */
export interface ControlSettings {
  name: string;
  /** The id of an `octoprint-printer` node. */
  printer: string;
  printerName: string;
  printerNameType: TypedInput;
  /** What to do, or `msg`: what `msg.command` says. */
  command: string;
  /** What a msg may ask for. */
  allowed: readonly CommandName[];
  /** The command's parameters, each a typed value; what is empty comes from the msg. */
  parameters: Readonly<Record<string, Typed>>;
  wait: "happened" | "accepted";
  /** Seconds. */
  timeout: string;
  /** Seconds; empty: off. */
  maxAge: string;
}

/** A new node: it pauses. */
export const controlDefaults: ControlSettings = {
  name: "",
  printer: "",
  printerName: "",
  printerNameType: "str",
  command: "pause",
  allowed: harmlessCommands,
  parameters: {},
  wait: "happened",
  timeout: "60",
  maxAge: "",
};

/** The settings of a node as it was deployed; what an older flow lacks, or holds in another form, is the default. */
export function readSettings(definition: { readonly [name in keyof ControlSettings]?: unknown }): ControlSettings {
  const { name, printer, printerName, timeout, maxAge } = controlDefaults;
  const { command, allowed, parameters, wait } = definition;
  return {
    ...textsOf({ name, printer, printerName, timeout, maxAge }, definition),
    printerNameType: typedInputs.find((type) => type === definition.printerNameType) ?? "str",
    // One that does not exist is refused, and not another one done.
    command: textOf(command, controlDefaults.command),
    allowed: Array.isArray(allowed) ? allowed.filter(isCommand) : harmlessCommands,
    parameters: storedParameters(parameters),
    wait: wait === "accepted" ? wait : "happened",
  };
}

/** The typed values that a node has stored, by parameter. */
export function storedParameters(value: unknown): Readonly<Record<string, Typed>> {
  const found: Record<string, Typed> = {};
  for (const [name, entry] of Object.entries(typeof value === "object" && value !== null ? value : {})) {
    const type = typedInputs.find((known) => known === entry?.type);
    const entered = textOf(entry?.value, "");
    if (type !== undefined && entered !== "") found[name] = { value: entered, type };
  }
  return found;
}

/** True for a time limit in seconds: more than 0, at most a day. */
export function isTimeout(text: string): boolean {
  return text.trim() !== "" && Number(text) > 0 && Number(text) <= 86_400;
}

/** True for an age in seconds, or an empty text. */
export function isMaxAge(text: string): boolean {
  return text.trim() === "" || isTimeout(text);
}
