import { type Kind, kinds } from "../octoprint/kinds.ts";

export const publishable: readonly (Kind | "msg")[] = ["msg", ...kinds];
export const typedInputs = ["str", "msg", "flow", "global", "env", "jsonata"] as const;
export type TypedInput = (typeof typedInputs)[number];

/** The node's settings as the editor stores them. */
export interface OutSettings {
  name: string;
  /** The id of an `octoprint-printer` node. */
  printer: string;
  printerName: string;
  printerNameType: TypedInput;
  kind: Kind | "msg";
  target: string;
  targetType: TypedInput;
  /** Empty: as the scheme does. */
  qos: "" | "0" | "1" | "2" | "msg";
  retain: "" | "true" | "false" | "msg";
  timestamp: boolean;
  onlyChanges: boolean;
  offline: "queue" | "error";
}

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
