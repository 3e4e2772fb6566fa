import type { Variant } from "./variants.ts";

/** What a run of the benchmark measures, and how. */
export interface Options {
  readonly rounds: number;
  readonly printers: readonly number[];
  readonly variants: readonly Variant[];
  readonly publishing: boolean;
  /** Messages in a burst, at least: in a short one the garbage collector and the cost of a start drown all else. */
  readonly burst: number;
  /** Messages for the compiler to warm up. */
  readonly warmUp: number;
  /** CPU milliseconds that a burst, and the warming up, may cost its consumer: with core's nodes it would be minutes. */
  readonly longest: number;
  /** Milliseconds after the start, in which nodes may still wait for stored messages. */
  readonly settle: number;
  /** Messages a second and a consumer, for the latency; bursts of one print each. */
  readonly rate: number;
  readonly latencyRounds: number;
  /** A folder for CPU profiles of the consumers. */
  readonly profile?: string | undefined;
  readonly progress: (text: string) => void;
}
