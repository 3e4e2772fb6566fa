import assert from "node:assert/strict";
import type { Input } from "../../../nodes/octoprint/tracking/observation.ts";
import type { News, PrinterModel } from "../../../nodes/octoprint/tracking/printer-model.ts";
import type { PrinterSnapshot } from "../../../nodes/octoprint/tracking/printer-snapshot.ts";

/** Takes an input, and holds what is named as changed against the snapshots before and after it. */
export function takeNamed(model: PrinterModel, input: Input): News {
  const before = model.snapshot("", input.arrived);
  const news = model.take(input);
  const after = model.snapshot("", input.arrived);
  // Another print of the same file is another job, though it looks the same.
  const isAnother = news.changed.includes("job") && before.job !== null && after.job !== null;
  assert.deepEqual([...news.changed].sort(), differences(before, after, isAnother).sort());
  return news;
}

function differences(before: PrinterSnapshot, after: PrinterSnapshot, isAnother: boolean): string[] {
  const isNew = (a: unknown, b: unknown): boolean => JSON.stringify(a) !== JSON.stringify(b);
  const names = (["availability", "state", "z", "lastEvent", "error"] as const).filter((name) =>
    isNew(before[name], after[name]),
  );
  const [was, is] = [before.job, after.job];
  const fields = ["name", "progress", "timeLeft", "timeLeftFrom"] as const;
  const isOther =
    isAnother || (was === null) !== (is === null) || was?.path !== is?.path || was?.location !== is?.location;
  const ofJob = isOther
    ? ["job"]
    : fields.filter((name) => isNew(was?.[name], is?.[name])).map((name) => `job.${name}`);
  const sensors = new Set([...Object.keys(before.temperatures), ...Object.keys(after.temperatures)]);
  const moved = [...sensors].filter((name) => isNew(before.temperatures[name], after.temperatures[name]));
  return [...names, ...ofJob, ...moved.map((name) => `temperatures.${name}`)];
}
