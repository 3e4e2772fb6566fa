import { catalogOf, entryOf, isEnvironment, storedFields } from "../node-red/editor-dialog.ts";
import type { Limits } from "../octoprint/commands/command-row.ts";
import { isTemperature, limitsOf, printerDefaults } from "./settings.ts";

const text = catalogOf("octoprint-printer");
const prefix = "node-config-input";

/** The fields of the highest temperatureFields. */
export const temperatureFields = ["maxTool", "maxBed", "maxChamber"] as const;

/** True for the name of a field that holds a highest temperature. */
export function isTemperatureField(field: string): boolean {
  return temperatureFields.some((known) => known === field);
}

/** By which way commands reach the printer that is chosen in the dialog of another node. */
export interface CommandWays {
  readonly way: "api" | "mqtt" | "none";
  readonly limits: Limits;
}

/** The way that the stored settings of a printer node give. */
export function commandWays(id: string): CommandWays {
  const node = RED.nodes.node(id);
  const fields = node ? storedFields(node) : undefined;
  const [maxTool, maxBed, maxChamber] = temperatureFields.map((field) => fields?.text(field) ?? "");
  const limits = limitsOf({
    ...printerDefaults,
    maxTool: maxTool ?? "",
    maxBed: maxBed ?? "",
    maxChamber: maxChamber ?? "",
  });
  const server = fields?.text("server") ?? "";
  if (server !== "" && server !== "_ADD_") return { way: "api", limits };
  return { way: fields?.text("commands") === "homeassistant" ? "mqtt" : "none", limits };
}

/** Opens the rows about commands if something in them differs from the defaults. */
export function prepareCommands(): void {
  const changed = temperatureFields.some((field) => entryOf($(`#${prefix}-${field}`)) !== printerDefaults[field]);
  $("#octoprint-printer-commands").prop("open", changed || entryOf($(`#${prefix}-commands`)) !== "none");
}

/** The validator of the three limits. */
export function validateTemperature(value: unknown): true | string {
  const entered = String(value ?? "");
  const fits = value === undefined || isTemperature(entered) || isEnvironment(entered);
  return fits || text("note.temperatureInvalid");
}
