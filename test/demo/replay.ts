import { setTimeout as delay } from "node:timers/promises";
import { schemeDefaults } from "../../nodes/octoprint/topics/scheme.ts";
import type { RecordedMessage, Recording } from "../support/recordings.ts";

export interface Replay {
  readonly recording: Recording;
  /** Put before every topic. */
  readonly prefix: string;
  /** How many times as fast as it was. */
  readonly speed: number;
  readonly publish: (topic: string, payload: Buffer, flags: { qos: 0 | 1 | 2; retain: boolean }) => Promise<unknown>;
  readonly signal: AbortSignal;
}

/** Between two rounds, ms. */
const pause = 5_000;

/**
 * Plays a recording again and again, with its own timing, until the signal. The bytes are those of the recording but
 * for the timestamps: those are moved from the day of the recording to now, so that their distances stay.
 */
export async function replay({ recording, prefix, speed, publish, signal }: Replay): Promise<void> {
  const { messages, scheme } = recording;
  const first = messages[0]?.t ?? 0;
  const clock = new Timestamps(messages, scheme.timestampField ?? schemeDefaults.timestampField);
  while (!signal.aborted) {
    const started = Date.now();
    for (const { t, topic, payload, qos, retain } of messages) {
      await until(started + (t - first) / speed, signal);
      if (signal.aborted) return;
      await publish(`${prefix}${topic}`, clock.moved(payload, started - first), { qos, retain });
    }
    await until(Date.now() + pause / speed, signal);
  }
}

async function until(time: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(Math.max(0, time - Date.now()), undefined, { signal });
  } catch {
    // The demo ends.
  }
}

/** The `_timestamp` fields of a recording: seconds since the epoch. */
class Timestamps {
  readonly #pattern: RegExp;
  /** When the recording began, in seconds. */
  readonly #began: number;

  constructor(messages: readonly RecordedMessage[], field: string) {
    this.#pattern = new RegExp(`("${field.replace(/[^\w ]/g, "\\$&")}": ?)(\\d+)`, "g");
    const [began = 0] = messages.flatMap(({ t, payload }) => {
      const [, , seconds] = new RegExp(this.#pattern, "").exec(payload.toString("latin1")) ?? [];
      return seconds === undefined ? [] : [Number(seconds) - Math.floor(t / 1000)];
    });
    this.#began = began;
  }

  /** @param to when the recording is to have begun, ms since the epoch */
  moved(payload: Buffer, to: number): Buffer {
    const seconds = Math.floor(to / 1000) - this.#began;
    // Latin-1 keeps every byte: a picture passes as it is.
    const text = payload.toString("latin1").replace(this.#pattern, (_found, name: string, value: string) => {
      return `${name}${Number(value) + seconds}`;
    });
    return Buffer.from(text, "latin1");
  }
}
