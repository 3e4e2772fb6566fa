import {
  type Availability,
  availabilityOf,
  grace,
  type Reach,
  reached,
  relinked,
  seenAt,
  unreached,
  waited,
} from "./availability.ts";
import { type Input, isJobPhase, type Link, noFile, type Observation } from "./observation.ts";
import { elapsedAt, timeLeftAt } from "./print-clock.ts";
import {
  isPrinterOffline,
  isRunning,
  type JobFacts,
  noFacts,
  phaseOfFacts,
  type StateFacts,
  type TemperatureFacts,
} from "./printer-facts.ts";
import { type Known, learned } from "./printer-learning.ts";

/**
 * How a printer is. Times are ms since the epoch by our clock, lengths of time s, temperatures degrees C.
 * What is not known is null.
 *
 * @example
 * { printer: "mk3", availability: "online", state: { id: "PRINTING", text: "Printing" },
 *   job: { path: "parts/cube.gcode", name: "cube.gcode", location: "local", progress: 42, elapsed: 1260, timeLeft: 1740,
 *     finishesAt: 1795353300000, timeLeftFrom: "octoprint" },
 *   temperatures: { tool0: { actual: 210.1, target: 210 }, bed: { actual: 60, target: 60 } },
 *   z: 4.2, lastEvent: "ZChange", lastSeen: 1795351560000 }
 */
export interface PrinterSnapshot {
  readonly printer: string;
  readonly availability: Availability;
  /** `state_id` and `state_string` of OctoPrint. */
  readonly state: StateFacts;
  readonly job: JobSnapshot | null;
  readonly temperatures: Readonly<Record<string, TemperatureFacts>>;
  /** Height of the nozzle, mm. */
  readonly z: number | null;
  /** The name of the last event. */
  readonly lastEvent: string | null;
  /** When OctoPrint was last heard. */
  readonly lastSeen: number | null;
  /** OctoPrint's words for what went wrong, until the printer is ready again. */
  readonly error?: string;
}

export interface JobSnapshot {
  /** `""` where the file is not known. */
  readonly path: string;
  readonly name: string;
  readonly location: string;
  /** Percent. */
  readonly progress: number | null;
  /** Printing so far, pauses excluded, s. */
  readonly elapsed: number | null;
  /** s */
  readonly timeLeft: number | null;
  /** ms since the epoch */
  readonly finishesAt: number | null;
  /** `estimate`: ours, from the progress over time. */
  readonly timeLeftFrom: "octoprint" | "estimate" | null;
}

/** What is remembered of one printer; the caller keeps one for each `{printer}`. */
export interface PrinterState extends Known {
  readonly reach: Reach;
  readonly lastEvent: string | null;
  /** Our clock, ms since the epoch. */
  readonly lastSeen: number | null;
}

export interface PrinterOptions {
  /** After so long a silence while it prints, ms, it is stale; 0: never. */
  readonly staleAfter: number;
}

export interface PrinterResult {
  readonly state: PrinterState;
  /**
   * The fields of the snapshot that are new, with a dot for what lies inside: `"state"`, `"job.progress"`,
   * `"temperatures.bed"`; `"job"` alone where another job, or none, is there. What only time moves (`elapsed`,
   * `finishesAt`, `lastSeen`) is not named.
   */
  readonly changed: readonly string[];
  /** When `tickPrinter` is to be called, ms since the epoch, our clock; `undefined`: not before the next message. */
  readonly wakeAt: number | undefined;
}

export const printerDefaults: PrinterOptions = { staleAfter: 300_000 };

export const unknownPrinter: PrinterState = {
  reach: unreached,
  facts: noFacts,
  parked: undefined,
  doubt: false,
  selected: noFile,
  lastEvent: null,
  lastSeen: null,
};

/**
 * Takes one message, or a change of our own link, into a printer's state. Messages of all kinds may be passed.
 *
 * @example
 * const { state, changed, wakeAt } = reducePrinter(before, heard, printerDefaults);
 * if (changed.length > 0) send({ payload: snapshotOf(state, "mk3", now), changed });
 */
export function reducePrinter(before: PrinterState, input: Input, options: PrinterOptions): PrinterResult {
  const waiting = afterWait(before, input.arrived, options);
  const state = "connection" in input ? afterLink(waiting, input) : afterMessage(waiting, input);
  return result(before, state, input.arrived, options);
}

/** Draws the conclusions of a silence. @param now our clock, ms since the epoch */
export function tickPrinter(before: PrinterState, now: number, options: PrinterOptions): PrinterResult {
  return result(before, afterWait(before, now, options), now, options);
}

function result(before: PrinterState, state: PrinterState, now: number, options: PrinterOptions): PrinterResult {
  const times = [state.reach.believeAt, staleAt(state, options)].filter((at) => at !== undefined);
  return {
    state,
    changed: differences(snapshotOf(before, "", now), snapshotOf(state, "", now)),
    wakeAt: times.length === 0 ? undefined : Math.min(...times),
  };
}

function afterWait(state: PrinterState, now: number, options: PrinterOptions): PrinterState {
  return arrivedAt(state, waited(state.reach, now, staleAt(state, options)), now);
}

/** A printer that prints is never silent for long; one that is paused or idle may be. */
function staleAt({ reach, facts }: PrinterState, { staleAfter }: PrinterOptions): number | undefined {
  if (staleAfter <= 0 || reach.octoprint !== "up" || reach.stale || reach.heardAt === undefined) return undefined;
  const phase = phaseOfFacts(facts);
  const prints = phase === undefined ? facts.job !== undefined : isJobPhase(phase) && isRunning(phase);
  return prints ? reach.heardAt + staleAfter : undefined;
}

function afterLink(state: PrinterState, link: Link): PrinterState {
  return { ...state, reach: relinked(link), doubt: true };
}

function afterMessage(state: PrinterState, heard: Observation): PrinterState {
  const there = seen(arrivedAt(state, reached(state.reach, heard), heard.arrived), heard);
  // What still comes of an OctoPrint that has gone says nothing of how things are.
  return there.reach.octoprint === "down" ? there : { ...there, ...learned(there, heard) };
}

function seen(state: PrinterState, heard: Observation): PrinterState {
  const at = seenAt(heard);
  const lastSeen = at === undefined ? state.lastSeen : Math.max(at, state.lastSeen ?? at);
  const happened = heard.channel.kind === "event" && !heard.retain;
  return { ...state, lastSeen, lastEvent: happened ? heard.channel.name : state.lastEvent };
}

/** Where OctoPrint goes nothing holds any more; where it is back at once, all does. */
function arrivedAt(state: PrinterState, reach: Reach, now: number): PrinterState {
  const was = state.reach.octoprint;
  if (reach.octoprint === "down" && was !== "down") {
    const parked = state.facts === noFacts ? state.parked : state.facts;
    return { ...state, reach, facts: noFacts, parked };
  }
  if (reach.octoprint === "up" && was === "down" && state.parked && now - (state.reach.downAt ?? now) <= grace) {
    return { ...state, reach, facts: state.parked, parked: undefined };
  }
  return { ...state, reach };
}

/** How the printer is at a time. @param now our clock, ms since the epoch */
export function snapshotOf(state: PrinterState, printer: string, now: number): PrinterSnapshot {
  const { reach, facts, lastEvent, lastSeen } = state;
  return {
    printer,
    availability: availabilityOf(reach, isPrinterOffline(facts)),
    state: facts.state,
    job: facts.job === undefined ? null : jobSnapshot(facts.job, now),
    temperatures: facts.temperatures,
    z: facts.z,
    lastEvent,
    lastSeen,
    ...(facts.error === undefined ? {} : { error: facts.error }),
  };
}

function jobSnapshot({ file, progress, time }: JobFacts, now: number): JobSnapshot {
  const left = timeLeftAt(time, now);
  return {
    ...file,
    progress,
    elapsed: elapsedAt(time, now),
    timeLeft: left.seconds,
    finishesAt: left.seconds === null ? null : now + left.seconds * 1000,
    timeLeftFrom: left.from,
  };
}

function differences(before: PrinterSnapshot, after: PrinterSnapshot): string[] {
  const plain = (["availability", "state", "z", "lastEvent", "error"] as const).filter((field) =>
    field === "state"
      ? before.state.id !== after.state.id || before.state.text !== after.state.text
      : before[field] !== after[field],
  );
  return [...plain, ...jobDifferences(before.job, after.job), ...temperatureDifferences(before, after)];
}

function jobDifferences(before: JobSnapshot | null, after: JobSnapshot | null): string[] {
  if (before === null || after === null) return before === after ? [] : ["job"];
  if (before.path !== after.path || before.location !== after.location) return ["job"];
  const fields = (["name", "progress", "timeLeft", "timeLeftFrom"] as const).filter(
    (field) => before[field] !== after[field],
  );
  return fields.map((field) => `job.${field}`);
}

function temperatureDifferences(before: PrinterSnapshot, after: PrinterSnapshot): string[] {
  const names = new Set([...Object.keys(before.temperatures), ...Object.keys(after.temperatures)]);
  const moved = [...names].filter((name) => {
    const [was, is] = [before.temperatures[name], after.temperatures[name]];
    return was?.actual !== is?.actual || was?.target !== is?.target;
  });
  return moved.map((name) => `temperatures.${name}`);
}
