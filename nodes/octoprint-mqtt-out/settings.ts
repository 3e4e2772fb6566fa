import { textsOf } from "../node-red/text-settings.ts";
import type { TypedInput } from "../node-red/typed-value.ts";
import type { Kind } from "../octoprint/topics/kinds.ts";

/** What to publish: one kind, or the one that `msg.kind` names. */
export type Publishable = Kind | "msg";

/** The node's settings as the editor stores them. */
export interface OutSettings {
  name: string;
  /** The id of an `octoprint-printer` node. */
  printer: string;
  printerName: string;
  printerNameType: TypedInput;
  kind: Publishable;
  target: string;
  targetType: TypedInput;
  /** Empty: as the scheme does. */
  qos: "" | "0" | "1" | "2" | "msg";
  retain: "" | "true" | "false" | "msg";
  timestamp: boolean;
  onlyChanges: boolean;
  offline: "queue" | "error";
}

/** The settings of a new node; older flows lack some of them. */
export const outDefaults: OutSettings = {
  name: "",
  printer: "",
  printerName: "",
  printerNameType: "str",
  kind: "msg",
  target: "",
  targetType: "str",
  qos: "",
  retain: "",
  timestamp: true,
  onlyChanges: false,
  offline: "queue",
};

/** The settings as Node-RED gives them, with the defaults for what an older flow lacks. */
export function readSettings(definition: Partial<OutSettings>): OutSettings {
  const { printerName, target } = outDefaults;
  return { ...outDefaults, ...definition, ...textsOf({ printerName, target }, definition) };
}
