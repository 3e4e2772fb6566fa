import { textsOf } from "../node-red/text-settings.ts";
import type { Limits } from "../octoprint/commands/command-row.ts";
import { type SchemeSettings, schemeDefaults } from "../octoprint/topics/scheme.ts";

/** The printer node's settings as the editor stores them. */
export interface PrinterSettings extends SchemeSettings {
  readonly name: string;
  /**
   * `broker`: the MQTT plugin's messages come over a broker. `server`: they are made from what OctoPrint itself says.
   */
  readonly source: string;
  /** The id of an `octoprint-broker` node. */
  readonly broker: string;
  /** The id of an `octoprint-server` node; if the source is a broker, it serves only commands and pictures. */
  readonly server: string;
  /** Minutes without a message after which a printer that prints counts as stale; `0`: never. */
  readonly staleAfter: string;
  /** Where there is no server: `homeassistant`, by the topics of the OctoPrint-HomeAssistant plugin, or `none`, not at all. */
  readonly commands: string;
  /** Highest temperatures that a command may ask for, degrees C. */
  readonly maxTool: string;
  readonly maxBed: string;
  readonly maxChamber: string;
}

/** The settings of a new node; older flows lack some of them. */
export const printerDefaults: PrinterSettings = {
  name: "",
  source: "broker",
  broker: "",
  server: "",
  ...schemeDefaults,
  staleAfter: "5",
  commands: "none",
  maxTool: "300",
  maxBed: "120",
  maxChamber: "80",
};

/** The settings as Node-RED gives them, with the defaults for what an older flow lacks. */
export function readSettings(definition: Partial<PrinterSettings>): PrinterSettings {
  return { ...printerDefaults, ...definition, ...textsOf(printerDefaults, definition) };
}

/** True for a number of minutes, `0` for never; at most ten years. */
export function isStaleAfter(text: string): boolean {
  return text.trim() !== "" && Number(text) >= 0 && Number(text) <= 5_256_000;
}

/** True for a limit in degrees C that a heater can have; 0 if it must never be heated. */
export function isTemperature(text: string): boolean {
  return text.trim() !== "" && Number(text) >= 0 && Number(text) <= 1000;
}

/** The highest temperatures; a setting that is none counts as the default. */
export function limitsOf({ maxTool, maxBed, maxChamber }: PrinterSettings): Limits {
  const degrees = (text: string, otherwise: string): number => Number(isTemperature(text) ? text : otherwise);
  return {
    tool: degrees(String(maxTool), printerDefaults.maxTool),
    bed: degrees(String(maxBed), printerDefaults.maxBed),
    chamber: degrees(String(maxChamber), printerDefaults.maxChamber),
  };
}
