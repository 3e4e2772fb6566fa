import type { Channel } from "../topics/scheme.ts";

/**
 * What a message says in a few characters, for a node's status; a connection in the plugin's own words.
 *
 * @example summaryOf({ kind: "temperature", name: "tool0", printer: undefined }, 211.3) // "tool0 211 °C"
 */
export function summaryOf({ kind, name }: Channel, value: unknown): string {
  switch (kind) {
    case "progress":
      return typeof value === "number" ? `${value} %` : "– %";
    case "temperature":
      return typeof value === "number" ? `${name} ${Math.round(value)} °C` : `${name} –`;
    case "connection":
      return value === true ? "connected" : "disconnected";
    default:
      return name;
  }
}
