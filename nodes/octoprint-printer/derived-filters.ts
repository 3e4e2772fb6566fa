import type { Scheme, Selection } from "../octoprint/topics/scheme.ts";
import { hassPrinting } from "../octoprint/tracking/availability.ts";

/** What is to be heard of a printer to know what it is doing. */
const tracked: readonly Selection[] = [
  { kind: "event" },
  { kind: "progress" },
  { kind: "temperature" },
  { kind: "connection" },
  // Only this one of all other topics: a camera's pictures are among them.
  { kind: "other", names: [hassPrinting] },
];

/**
 * The filters to subscribe to for jobs and states. A kind without a topic, such as an empty status topic, is left out.
 *
 * @example trackedFilters(scheme) // ["octoprint/event/#", "octoprint/progress/#", …, "octoprint/hass/printing"]
 */
export function trackedFilters(scheme: Scheme): readonly string[] {
  return tracked.flatMap((selection) => {
    const found = scheme.filters(selection);
    return found.ok ? found.filters : [];
  });
}
