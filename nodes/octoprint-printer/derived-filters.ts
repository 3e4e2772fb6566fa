import type { Scheme, Selection } from "../octoprint/topics/scheme.ts";
import { hassPrinting } from "../octoprint/tracking/availability.ts";

/** What is to be heard of printers to know their jobs and how they are. */
const followed = {
  job: [{ kind: "event" }, { kind: "progress" }, { kind: "temperature" }],
  printer: [
    { kind: "event" },
    { kind: "progress" },
    { kind: "temperature" },
    { kind: "connection" },
    // Of all other topics, pictures of a camera among them, this one alone.
    { kind: "other", names: [hassPrinting] },
  ],
} as const satisfies Record<string, readonly Selection[]>;

export type DerivedKind = keyof typeof followed;

/**
 * The filters to subscribe to. A kind without a topic, a status topic left empty say, is not needed.
 *
 * @example derivedFilters(scheme, "job") // ["octoprint/event/#", "octoprint/progress/#", "octoprint/temperature/#"]
 */
export function derivedFilters(scheme: Scheme, what: DerivedKind): readonly string[] {
  return followed[what].flatMap((selection) => {
    const found = scheme.filters(selection);
    return found.ok ? found.filters : [];
  });
}
