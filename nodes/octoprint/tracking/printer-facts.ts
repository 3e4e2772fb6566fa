import { isRecord } from "../messages/json.ts";
import { JobBook } from "./job-book.ts";
import {
  isJobPhase,
  isRunning,
  noFile,
  numberOf,
  type Observation,
  type Phase,
  type PrintFile,
  phaseOf,
} from "./observation.ts";
import { type Known, OpenJob } from "./open-job.ts";
import { PrintHistory } from "./print-history.ts";
import { PrinterClock } from "./printer-clock.ts";

/** OctoPrint's state: `state_id` and `state_string`; null where nobody said. */
export interface StateFacts {
  readonly id: string | null;
  readonly text: string | null;
}

/** Degrees Celsius; null where the sensor or the plugin does not say. */
export interface TemperatureFacts {
  readonly actual: number | null;
  readonly target: number | null;
}

/** A state, and how it is known. */
export interface KnownState extends StateFacts {
  readonly phase: Phase | undefined;
  /** By an event of OctoPrint for its state; else it is inferred, and yields to whatever is said later. */
  readonly announced: boolean;
  /** The printer's time, ms since the epoch. */
  readonly own: number | undefined;
}

/** No state is known. */
export const noState: KnownState = { id: null, text: null, phase: undefined, announced: false, own: undefined };

/** What holds as long as OctoPrint is there. */
export interface Parked {
  readonly state: KnownState;
  readonly temperatures: Map<string, TemperatureFacts>;
  readonly z: number | null;
  readonly error: string | undefined;
}

/** The most sensors to keep: plugins can add any name. */
const mostSensors = 64;
/** The plugin looks every 5 s: so soon after an end, ms, a progress is still of what has ended. */
export const aftermath = 10_000;
/** What was stored longer ago than this, ms, no longer says how warm it is or what went wrong. */
export const longAgo = 600_000;

/** What is known of one printer, as far as it still holds. The rules change it message by message. */
export class PrinterFacts {
  readonly clock = new PrinterClock();
  readonly history = new PrintHistory();
  readonly jobs = new JobBook((job, { printTime, at }) => {
    const total = printTime === undefined ? job.clock.sinceStartAt(at.arrived) : printTime * 1000;
    if (total !== undefined) this.history.printed(job.file.path, total, job.highest, job.times);
  });
  state: KnownState = noState;
  temperatures = new Map<string, TemperatureFacts>();
  /** The sensors that say something new since somebody looked. */
  readonly moved = new Set<string>();
  z: number | null = null;
  error: string | undefined;
  /** The file selected last, for a job that nobody has named yet. */
  selected: PrintFile = noFile;
  /** The path of the last progress. */
  progressPath = "";
  /** It was 0 percent. */
  progressIsZero = false;
  /** A file is being copied to the printer's SD card, which has a progress too. */
  transferring = false;
  /** Our clock. */
  transferredAt = Number.NEGATIVE_INFINITY;

  /** The connection from OctoPrint to the printer is not there, or not yet. */
  get isPrinterOffline(): boolean {
    const { phase } = this.state;
    return phase === "closed" || phase === "error" || phase === "connecting";
  }

  /** OctoPrint itself says that no job is on. */
  get isAnnouncedOver(): boolean {
    return this.state.announced && !isJobPhase(this.state.phase);
  }

  /** Takes a state that OctoPrint announces. */
  announce(id: string, text: string, { timestamp }: Observation): void {
    this.state = { id, text, phase: phaseOf(id, text), announced: true, own: timestamp };
  }

  /** Takes a state that follows from another message: it yields to whatever is said later. True where it is believed. */
  infer(id: string, text: string, { timestamp }: Observation): boolean {
    if (this.state.announced) return false;
    this.state = { id, text, phase: phaseOf(id, text), announced: false, own: timestamp };
    return true;
  }

  /** Takes a state that follows from an event of a job: an older one that has no job does not hold against it. */
  inferOfJob(id: string, text: string, input: Observation): void {
    if (!isJobPhase(this.state.phase)) this.doubtState();
    this.infer(id, text, input);
  }

  /** Nobody was there to hear what became of it: what is said from now on counts. */
  doubtState(): void {
    this.state = { ...this.state, announced: false };
  }

  /** The state of a job that is over without a word says nothing any more. */
  forgetJobState(): void {
    if (isJobPhase(this.state.phase)) this.state = noState;
  }

  /** Opens a job. @param said its file was named, not only concluded */
  open(known: Known, file: PrintFile, said: boolean, input: Observation): OpenJob {
    const expected = this.history.expect(file.path);
    return this.jobs.open(new OpenJob(known, file, said, input, isRunning(this.state.phase), expected));
  }

  setTemperature(name: string, message: unknown): void {
    const known = this.temperatures.get(name);
    if (message === null) {
      if (this.temperatures.delete(name)) this.moved.add(name);
      return;
    }
    if (!isRecord(message) || (known === undefined && this.temperatures.size >= mostSensors)) return;
    // `temperature` is what the HomeAssistant plugin says of the computer (`soc`).
    const actual = numberOf(message.actual) ?? numberOf(message.temperature) ?? null;
    const target = numberOf(message.target) ?? null;
    if (known !== undefined && known.actual === actual && known.target === target) return;
    this.temperatures.set(name, { actual, target });
    this.moved.add(name);
  }

  clearTemperatures(): void {
    for (const name of this.temperatures.keys()) this.moved.add(name);
    this.temperatures = new Map();
  }

  /** True where at least one heater has a target, and where none has. */
  get isHeating(): boolean {
    for (const { target } of this.temperatures.values()) if (target !== null && target > 0) return true;
    return false;
  }

  /** Where OctoPrint goes nothing holds any more. */
  park(): Parked {
    const { state, temperatures, z, error } = this;
    this.clearTemperatures();
    this.state = noState;
    this.z = null;
    this.error = undefined;
    return { state, temperatures, z, error };
  }

  /** Where it is back at once all holds. */
  unpark({ state, temperatures, z, error }: Parked): void {
    this.state = state;
    this.temperatures = temperatures;
    for (const name of temperatures.keys()) this.moved.add(name);
    this.z = z;
    this.error = error;
  }
}
