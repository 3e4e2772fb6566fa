/** Times of a job as a printer's state shows them. All that is measured is ms of printing: a clock that pauses stop. */
export interface JobTime {
  /** Measured so far, without what runs since `since`. */
  readonly measured: number;
  /** Our clock, ms since the epoch; `undefined`: it stands. */
  readonly since: number | undefined;
  /** What is to be added to the measured to have the time since the job's start; `undefined`: nobody knows. */
  readonly before: number | undefined;
  /** OctoPrint's own time left, s, and at which measured ms it said so. */
  readonly told: { readonly left: number; readonly at: number } | undefined;
  /** Where the progress began to move while we watched, and where it is. */
  readonly first: Point | undefined;
  readonly latest: Point | undefined;
}

interface Point {
  /** Percent. */
  readonly progress: number;
  /** Measured ms. */
  readonly at: number;
}

/** No estimate before this much was seen: 5 percent and 10 s. */
const enoughPercent = 5;
const enoughTime = 10_000;

export function startTime(now: number, startSeen: boolean, running = true): JobTime {
  return {
    measured: 0,
    since: running ? now : undefined,
    before: startSeen ? 0 : undefined,
    told: undefined,
    first: undefined,
    latest: undefined,
  };
}

export function measuredAt({ measured, since }: JobTime, now: number): number {
  return since === undefined ? measured : measured + Math.max(0, now - since);
}

/** Lets the clock run or stand. */
export function setRunning(time: JobTime, running: boolean, now: number): JobTime {
  if (running === (time.since !== undefined)) return time;
  return { ...time, measured: measuredAt(time, now), since: running ? now : undefined };
}

/**
 * The first value stands for a heating bed as well; where it moves the print is going on.
 *
 * @param progress percent
 */
export function moved(time: JobTime, progress: number, now: number): JobTime {
  const point = { progress, at: measuredAt(time, now) };
  const { latest } = time;
  if (latest === undefined || progress < latest.progress) return { ...time, first: undefined, latest: point };
  if (progress === latest.progress) return time;
  return { ...time, first: time.first ?? point, latest: point };
}

/**
 * What OctoPrint measures itself.
 *
 * @param printTime s, `undefined`: it does not say; so is `left`
 * @param age how long ago it said so, ms
 */
export function told(
  time: JobTime,
  printTime: number | undefined,
  left: number | undefined,
  now: number,
  age: number,
): JobTime {
  const at = measuredAt(time, now) - (time.since === undefined ? 0 : age);
  return {
    ...time,
    before: printTime === undefined ? time.before : Math.max(0, printTime) * 1000 - at,
    told: left === undefined ? undefined : { left: Math.max(0, left), at },
  };
}

/** Seconds of printing so far, pauses excluded. */
export function elapsedAt(time: JobTime, now: number): number | null {
  return time.before === undefined ? null : Math.max(0, Math.round((time.before + measuredAt(time, now)) / 1000));
}

export type TimeLeft =
  | { readonly seconds: number; readonly from: "octoprint" | "estimate" }
  | { readonly seconds: null; readonly from: null };

export function timeLeftAt(time: JobTime, now: number): TimeLeft {
  const measured = measuredAt(time, now);
  if (time.told) return { seconds: remaining(time.told.left, time.told.at, measured), from: "octoprint" };
  const { first, latest } = time;
  if (first === undefined || latest === undefined) return { seconds: null, from: null };
  const [percent, took] = [latest.progress - first.progress, latest.at - first.at];
  if (percent < enoughPercent || took < enoughTime) return { seconds: null, from: null };
  const left = ((100 - latest.progress) * took) / percent / 1000;
  return { seconds: remaining(left, latest.at, measured), from: "estimate" };
}

function remaining(left: number, at: number, measured: number): number {
  return Math.max(0, Math.round(left - (measured - at) / 1000));
}
