import type { Channel } from "../topics/scheme.ts";
import { isRecord } from "./json.ts";

/** Smaller movements of a temperature say nothing new, degrees C: the plugin's own threshold. */
export const temperatureThreshold = 0.1;
/** Marlin repeats `PausedForUser` every 2 s; a silence of this long, ms, makes the next one news. */
export const pauseRepeats = 10_000;
/** Topics remembered at most; the longest known is forgotten first. */
const most = 10_000;

interface Last {
  readonly message: unknown;
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
    const key = keyOf(channel);
    const last = this.#last.get(key);
    if (last !== undefined && saysTheSame(channel, last, message, now)) {
      // Still going on: only a silence makes the next one news.
      if (channel.kind === "event") this.#last.set(key, { message, at: now });
      return false;
    }
    if (!canRepeat(channel)) return true;
    this.#last.delete(key);
    this.#last.set(key, { message, at: now });
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

function saysTheSame({ kind, name }: Channel, last: Last, message: unknown, now: number): boolean {
  if (kind === "event") return now - last.at < pauseRepeats;
  if (!isRecord(message) || !isRecord(last.message)) return message === last.message;
  const was = last.message;
  if (kind === "progress") {
    const path = name === "slicing" ? "source_path" : "path";
    return message.progress === was.progress && message[path] === was[path];
  }
  return ["actual", "target", "temperature"].every((field) => isClose(message[field], was[field]));
}

/** 20.4 and 20.3 are 0.09999999999999787 apart, and yet a threshold. */
function isClose(a: unknown, b: unknown): boolean {
  if (typeof a !== "number" || typeof b !== "number") return a === b;
  return Math.round(Math.abs(a - b) * 1e6) / 1e6 < temperatureThreshold;
}
