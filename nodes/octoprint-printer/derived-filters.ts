import type { Scheme, Selection } from "../octoprint/topics/scheme.ts";
import { hassPrinting } from "../octoprint/tracking/availability.ts";

/** What is to be heard of a printer to know what it is doing. */
const tracked: readonly Selection[] = [
  { kind: "event" },
  { kind: "progress" },
  { kind: "temperature" },
  { kind: "connection" },
  // Of all other topics, pictures of a camera among them, this one alone.
  { kind: "other", names: [hassPrinting] },
];

/**
 * The filters to subscribe to for jobs and states. A kind without a topic, a status topic left empty say, is not needed.
 *
 * @example trackedFilters(scheme) // ["octoprint/event/#", "octoprint/progress/#", …, "octoprint/hass/printing"]
 */
export function trackedFilters(scheme: Scheme): readonly string[] {
  return tracked.flatMap((selection) => {
    const found = scheme.filters(selection);
    return found.ok ? found.filters : [];
  });
}
