import { isRecord } from "../messages/json.ts";
import type { Observation } from "./observation.ts";

/** Sensors that every OctoPrint has; others may be anything's, such as a thermostat's. */
const heaters = /^(tool\d+|bed|chamber)$/;

/**
 * True for what only an OctoPrint says: `home/{printer}/` may hold doors and lamps, too.
 *
 * @example isOctoPrintMessage({ channel: { kind: "event", name: "PrintDone", … }, message: { path: "a.gcode" }, … }) // true
 */
export function isOctoPrintMessage({
  channel: { kind, name },
  message,
}: Pick<Observation, "channel" | "message">): boolean {
  switch (kind) {
    case "connection":
      return message !== null;
    case "event":
      return isRecord(message) && (message._event === name || /^Print[A-Z]/.test(name) || "state_id" in message);
    case "progress":
      return isRecord(message);
    case "temperature":
      return isRecord(message) && "actual" in message && heaters.test(name);
    default:
      return false;
  }
}
