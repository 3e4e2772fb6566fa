import type { TypeOf } from "../messages/schema-type.ts";
import type { CommandRow } from "./command-row.ts";
import { fileCommands } from "./file-commands.ts";
import { heatCommands } from "./heat-commands.ts";
import { jobCommands } from "./job-commands.ts";
import { lookCommands } from "./look-commands.ts";
import { machineCommands } from "./machine-commands.ts";
import { motionCommands } from "./motion-commands.ts";

/** Every command, in the order in which the dialog and the docs show them. */
const table = {
  ...jobCommands,
  ...heatCommands,
  ...motionCommands,
  ...machineCommands,
  ...fileCommands,
  ...lookCommands,
} as const;

/** The names of the commands. */
export type CommandName = keyof typeof table;

/** What each command takes. */
export type CommandParameters = {
  readonly [name in CommandName]: TypeOf<(typeof table)[name]["parameters"]>;
};

/** The table of commands, by name. */
export const commands: { readonly [name in CommandName]: CommandRow } = table;

/** The names of the commands, in the table's order. */
export const commandNames = Object.keys(table).filter(isCommand);

/** Whether something is the name of a command. */
export function isCommand(name: unknown): name is CommandName {
  return typeof name === "string" && Object.hasOwn(table, name);
}

/** What a msg may ask for unless the node says otherwise: nothing that destroys or surprises. */
export const harmlessCommands = commandNames.filter((name) => commands[name].marked !== true);
