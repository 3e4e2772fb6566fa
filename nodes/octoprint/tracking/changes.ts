import type { Availability } from "./availability.ts";
import { noFile } from "./observation.ts";
import type { OpenJob } from "./open-job.ts";
import type { KnownState } from "./printer-facts.ts";

/** What a snapshot shows. */
interface View {
  readonly availability: Availability;
  readonly state: KnownState;
  readonly z: number | null;
  readonly lastEvent: string | null;
  readonly error: string | undefined;
  readonly job: OpenJob | undefined;
  /** How long the job still takes, and who says so, is new; not only counted down. */
  readonly leftMoved: boolean;
  readonly leftFromMoved: boolean;
  /** The sensors that say something new; they are taken out. */
  readonly moved: Set<string>;
}

/** Notices what is new in what a snapshot shows, without making one. */
export class Changes {
  #availability: Availability = "unknown";
  #stateId: string | null = null;
  #stateText: string | null = null;
  #z: number | null = null;
  #lastEvent: string | null = null;
  #error: string | undefined;
  #job: OpenJob | undefined;
  #path = "";
  #name = "";
  #location = "";
  #progress: number | null = null;

  /** The names of the fields that are new since the last call. */
  since(view: View): readonly string[] {
    const changed: string[] = [];
    this.#plain(view, changed);
    this.#ofJob(view, changed);
    for (const name of view.moved) changed.push(`temperatures.${name}`);
    view.moved.clear();
    return changed;
  }

  #plain({ availability, state, z, lastEvent, error }: View, changed: string[]): void {
    if (availability !== this.#availability) changed.push("availability");
    if (state.id !== this.#stateId || state.text !== this.#stateText) changed.push("state");
    if (z !== this.#z) changed.push("z");
    if (lastEvent !== this.#lastEvent) changed.push("lastEvent");
    if (error !== this.#error) changed.push("error");
    this.#availability = availability;
    this.#stateId = state.id;
    this.#stateText = state.text;
    this.#z = z;
    this.#lastEvent = lastEvent;
    this.#error = error;
  }

  #ofJob({ job, leftMoved, leftFromMoved }: View, changed: string[]): void {
    const { path, name, location } = job?.file ?? noFile;
    if (job !== this.#job || path !== this.#path || location !== this.#location) {
      changed.push("job");
    } else if (job !== undefined) {
      if (name !== this.#name) changed.push("job.name");
      if (job.shown !== this.#progress) changed.push("job.progress");
      if (leftMoved) changed.push("job.timeLeft");
      if (leftFromMoved) changed.push("job.timeLeftFrom");
    }
    this.#job = job;
    this.#path = path;
    this.#name = name;
    this.#location = location;
    this.#progress = job?.shown ?? null;
  }
}
