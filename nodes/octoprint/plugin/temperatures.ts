import { temperatureThreshold } from "../messages/changes.ts";
import { isRecord } from "../messages/json.ts";
import { numberIn } from "./fields.ts";
import { mostNames, type PluginMessage } from "./message.ts";

/** What was published last, by sensor: `tool0`, `bed`, `chamber`, or a plugin's own. Degrees C. */
export type Temperatures = ReadonlyMap<string, { readonly actual: number | null; readonly target: number | null }>;

/**
 * The temperatures that the plugin publishes of OctoPrint's data points, oldest first, each with the point's own time.
 * A sensor is published when it has moved by the threshold since it was published last.
 */
export function temperatureMessages(
  last: Temperatures,
  points: readonly unknown[],
): { readonly last: Temperatures; readonly messages: readonly PluginMessage[] } {
  if (points.length === 0) return { last, messages: [] };
  const known = new Map(last);
  const messages: PluginMessage[] = [];
  for (const point of points) {
    const time = numberIn(point, "time");
    if (time === undefined || !isRecord(point)) continue;
    for (const [name, value] of Object.entries(point)) {
      if (name === "time" || !isRecord(value)) continue;
      const now = { actual: numberIn(value, "actual") ?? null, target: numberIn(value, "target") ?? null };
      if (!saysSomethingNew(known.get(name), now)) continue;
      if (!known.has(name) && known.size >= mostNames) continue;
      known.set(name, now);
      messages.push({ kind: "temperature", name, payload: now, timestamp: time * 1000 });
    }
  }
  return { last: known, messages };
}

type Measured = { readonly actual: number | null; readonly target: number | null };

/** As the plugin compares: 0 counts as nothing, and nothing counts as 0. */
function saysSomethingNew(last: Measured | undefined, { actual, target }: Measured): boolean {
  if (!actual && !target) return false;
  if (!last?.actual) return true;
  return (
    Math.abs((actual ?? 0) - last.actual) >= temperatureThreshold ||
    Math.abs((target ?? 0) - (last.target ?? 0)) >= temperatureThreshold
  );
}
