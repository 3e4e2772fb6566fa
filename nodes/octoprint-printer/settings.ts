import { type SchemeSettings, schemeDefaults } from "../octoprint/scheme.ts";

/** The printer node's settings as the editor stores them. */
export interface PrinterSettings extends SchemeSettings {
  readonly name: string;
  /** The id of an `octoprint-broker` node. */
  readonly broker: string;
  /** Minutes without a message after which a printer that prints counts as stale; `0`: never. */
  readonly staleAfter: string;
}

export const printerDefaults: PrinterSettings = { name: "", broker: "", ...schemeDefaults, staleAfter: "5" };
