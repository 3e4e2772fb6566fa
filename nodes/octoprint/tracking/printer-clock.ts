import type { Moment, Observation } from "./observation.ts";

/** Two measures of one length of time agree where they differ by less than this, ms, or by a fiftieth. */
const tolerance = 5_000;
/** A clock that is set by more than this during a print, ms, was wrong before or is wrong now. */
const jump = 86_400_000;
/** A job that still goes on says something new more often than this, ms; a stored message that seems older has a skewed clock. */
const plausibleAge = 3_600_000;

/** What is known of the printer's clock, so that a clock that is wrong is never taken for age. */
export class PrinterClock {
  /** The newest timestamp, stored or live; ms since the epoch, the printer's clock. */
  #newest = Number.NEGATIVE_INFINITY;
  /** When a live message with that timestamp came, our clock; `undefined` while only stored messages were heard. */
  #newestArrived: number | undefined;

  /** Takes note of a message's timestamp. */
  note({ timestamp, arrived, retain }: Observation): void {
    if (timestamp === undefined) return;
    if (!retain) {
      // A live message is new, whatever an earlier, wrong clock said.
      this.#newest = timestamp;
      this.#newestArrived = arrived;
    } else if (this.#newestArrived === undefined && timestamp > this.#newest) this.#newest = timestamp;
  }

  /** True once a live message has said what time the printer has. */
  get isSure(): boolean {
    return this.#newestArrived !== undefined;
  }

  /** The printer's time now, as far as its messages tell. @param now our clock, ms since the epoch */
  timeAt(now: number): number | undefined {
    if (this.#newest === Number.NEGATIVE_INFINITY) return undefined;
    return this.#newestArrived === undefined ? this.#newest : this.#newest + (now - this.#newestArrived);
  }

  /** How long ago a message was said, ms. A live message was said now. */
  ageOf({ retain, timestamp, arrived }: Observation): number {
    if (!retain || timestamp === undefined) return 0;
    const newest = this.timeAt(arrived) ?? timestamp;
    if (this.isSure || newest > timestamp) return Math.max(0, newest - timestamp);
    const age = arrived - timestamp;
    return age >= 0 && age <= plausibleAge ? age : 0;
  }
}

/**
 * The length of a job, ms. Of the printer's clock, the arrival and OctoPrint's own `time`, two that agree win; without
 * `time` the printer's clock, unless it was set meanwhile. `undefined` where none of them can be true.
 *
 * @param printed OctoPrint's own `time` with the pauses added, ms; `undefined`: it does not say
 */
export function lengthOf(from: Moment, to: Moment, printed: number | undefined): number | undefined {
  const arrival = to.arrived - from.arrived;
  const own = from.own === undefined || to.own === undefined ? undefined : to.own - from.own;
  const wasSet = own === undefined || own < 0 || Math.abs(own - arrival) > jump;
  const length = wasSet || contradicts(own, arrival, printed) ? arrival : own;
  return length >= 0 ? length : undefined;
}

/** True where OctoPrint's own time agrees with the arrival, and the printer's clock with neither. */
function contradicts(own: number, arrival: number, printed: number | undefined): boolean {
  return printed !== undefined && !agree(own, arrival) && !agree(own, printed) && agree(arrival, printed);
}

function agree(a: number, b: number): boolean {
  return Math.abs(a - b) <= Math.max(tolerance, Math.max(a, b) / 50);
}
