/** How a consumer process is started: as JSON, its one argument. */
export interface Setup {
  readonly url: string;
  /** The script of the `node-red` command; absent: MQTT.js alone. */
  readonly nodeRed?: string;
  readonly userDir?: string;
  /** The flow file, in the user directory. */
  readonly flowFile?: string;
  /** For MQTT.js alone: what to subscribe. */
  readonly filters: readonly string[];
  /** It is subscribed once so many messages, which the broker has stored, have arrived. */
  readonly stored: number;
}

export type Request =
  | { readonly type: "begin"; readonly expected: number; readonly times: boolean }
  | { readonly type: "publish"; readonly qos: 0 | 1; readonly count: number }
  | { readonly type: "cpu" }
  | { readonly type: "count" }
  | { readonly type: "memory" }
  | { readonly type: "end" };

export type Report =
  /** Milliseconds from "Started flows" to the last stored message. */
  | { readonly type: "subscribed"; readonly ms: number }
  /** `surplus`: what came after the last measurement was complete, and should not have. */
  | { readonly type: "begun"; readonly surplus: number }
  /** `cpu`: microseconds; `times`: of each arrival, milliseconds on the clock that all processes share. */
  | { readonly type: "complete"; readonly sum: number; readonly cpu: number; readonly times: readonly number[] }
  | { readonly type: "cpu"; readonly cpu: number }
  /** What has arrived since the last "begin". */
  | { readonly type: "count"; readonly count: number; readonly sum: number }
  /** Bytes on the heap and outside of it that are in use. */
  | { readonly type: "memory"; readonly bytes: number };

/** Milliseconds on a clock that all processes of a machine share. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
