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
}

/** The settings of a new node; older flows lack some of them. */
export const printerDefaults: PrinterSettings = {
  name: "",
  source: "broker",
  broker: "",
  server: "",
  ...schemeDefaults,
  staleAfter: "5",
};

/** True for a number of minutes, `0` for never; at most ten years. */
export function isStaleAfter(text: string): boolean {
  return text.trim() !== "" && Number(text) >= 0 && Number(text) <= 5_256_000;
}
