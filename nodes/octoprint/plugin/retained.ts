import { isRetained } from "../messages/encode.ts";
import type { PluginMessage } from "./message.ts";

/** What a broker would have stored of the plugin's messages: the newest of each topic, by kind and name. */
export type Retained = ReadonlyMap<string, PluginMessage>;

/** Topics at most; the one unchanged for longest is forgotten. */
const most = 400;

/** What a broker would hold after these messages. */
export function retain(retained: Retained, messages: readonly PluginMessage[]): Retained {
  const kept = messages.filter(({ kind, name }) => isRetained(kind, name));
  if (kept.length === 0) return retained;
  const next = new Map(retained);
  for (const message of kept) {
    const key = `${message.kind}/${message.name}`;
    next.delete(key);
    if (message.payload !== null) next.set(key, message);
  }
  for (const oldest of next.keys()) {
    if (next.size <= most) break;
    next.delete(oldest);
  }
  return next;
}
