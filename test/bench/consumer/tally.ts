import { sharedClock } from "./protocol.ts";

export interface Complete {
  readonly sum: number;
  /** Microseconds since `begin`. */
  readonly cpu: number;
  readonly times: readonly number[];
}

let count = 0;
let sum = 0;
let expected = Number.POSITIVE_INFINITY;
let times: number[] | undefined;
let start = process.cpuUsage();
let complete: (result: Complete) => void = () => undefined;

/** Counts a message. `check`: a number that differs from message to message; their sum shows what is missing or twice. */
export function arrived(check: number): void {
  sum += check;
  if (times !== undefined) times.push(sharedClock());
  if (++count === expected) complete({ sum, cpu: cpuSince(start), times: times ?? [] });
}

/** Counts from here on; answers by how many messages the last count went beyond what it expected. */
export function begin(next: number, withTimes: boolean, callback: (result: Complete) => void): number {
  const surplus = Math.max(0, count - expected);
  count = 0;
  sum = 0;
  expected = next;
  times = withTimes ? [] : undefined;
  complete = callback;
  start = process.cpuUsage();
  return surplus;
}

/** What has arrived since the last `begin`. */
export function counted(): { readonly count: number; readonly sum: number } {
  return { count, sum };
}

/** Microseconds of all threads of this process since the last `begin`. */
export function cpu(): number {
  return cpuSince(start);
}

function cpuSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
