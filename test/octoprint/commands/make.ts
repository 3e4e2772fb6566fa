import type { Facts } from "../../../nodes/octoprint/commands/command-row.ts";
import type { Observed } from "../../../nodes/octoprint/commands/observed.ts";
import type { Phase } from "../../../nodes/octoprint/tracking/observation.ts";

export const limits = { tool: 300, bed: 120, chamber: 80 };

const cold = { tool0: { actual: 21, target: 0 }, bed: { actual: 21, target: 0 } };

/** A printer in a phase; one that prints, or stands paused, has the file `cube.gcode`. */
export function observed(phase: Phase | undefined, changes: Partial<Observed> = {}): Observed {
  const busy = phase !== "ready" && phase !== "closed" && phase !== "error" && phase !== "connecting";
  const path = busy ? "cube.gcode" : "";
  return {
    phase,
    text: phase ?? null,
    file: { path, name: path, location: busy ? "local" : "" },
    progress: busy ? 42 : null,
    printTime: busy ? 1260 : null,
    temperatures: cold,
    ...changes,
  };
}

export function facts(phase: Phase | undefined, changes: Partial<Facts> = {}): Facts {
  return { limits, heaters: ["tool0", "bed"], now: observed(phase), ...changes };
}
