import type { Channel } from "../topics/scheme.ts";
import { isRecord } from "./json.ts";

/** Smaller movements of a temperature say nothing new, degrees C: the plugin's own threshold. */
export const temperatureThreshold = 0.1;
/** Marlin repeats `PausedForUser` every 2 s; a silence of this long, ms, makes the next one news. */
export const pauseRepeats = 10_000;
/** Topics remembered at most; the longest known is forgotten first. */
const most = 10_000;

/** What of a message is compared. Never the message itself: it goes into the flow, which may change it. */
type Compared = readonly unknown[];

interface Last {
  readonly compared: Compared;
  readonly at: number;
}

/** Remembers what each topic said last, to tell what is new from what says the same again. */
export class Changes {
  readonly #last = new Map<string, Last>();

  /**
   * True where the message says something new; then it is remembered.
   *
   * @param now milliseconds since the epoch
   */
  isNew(channel: Channel, message: unknown, now: number): boolean {
    if (!canRepeat(channel)) return true;
    const key = keyOf(channel);
    const last = this.#last.get(key);
    const compared = comparedOf(channel, message);
    if (last !== undefined && saysTheSame(channel, last, compared, now)) {
      // Still going on: only a silence makes the next one news.
      if (channel.kind === "event") this.#last.set(key, { compared, at: now });
      return false;
    }
    this.#last.delete(key);
    this.#last.set(key, { compared, at: now });
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= most) break;
      this.#last.delete(oldest);
    }
    return true;
  }

  /** What was remembered did not get out after all. */
  forget(channel: Channel): void {
    this.#last.delete(keyOf(channel));
  }
}

function keyOf({ kind, name, printer }: Channel): string {
  return `${printer ?? ""}/${kind}/${name}`;
}

function canRepeat({ kind, name }: Channel): boolean {
  if (kind === "event") return name === "PausedForUser";
  return kind === "progress" || kind === "temperature" || kind === "connection";
}

function comparedOf({ kind, name }: Channel, message: unknown): Compared {
  if (kind === "event") return [];
  if (!isRecord(message)) return [message];
  if (kind === "temperature") return [message.actual, message.target, message.temperature];
  return [message.progress, name === "slicing" ? message.source_path : message.path];
}

function saysTheSame({ kind }: Channel, last: Last, compared: Compared, now: number): boolean {
  if (kind === "event") return now - last.at < pauseRepeats;
  const was = last.compared;
  if (compared.length !== was.length) return false;
  return compared.every((value, index) => (kind === "temperature" ? isClose(value, was[index]) : value === was[index]));
}

/** 20.4 and 20.3 are 0.09999999999999787 apart, and yet a threshold. */
function isClose(a: unknown, b: unknown): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  return Math.round(Math.abs(a - b) * 1e6) / 1e6 < temperatureThreshold;
}
