import { deriveEvents, isBusy, isOnline, type Polled, stateIdOf } from "./derive-events.ts";
import { type Fields, fieldsOf, textOf } from "./json.ts";
import type { Refusal, SessionObserver, Success, User } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import type { pushTiming } from "./timing.ts";

/**
 * Asks REST again and again, where the socket cannot be had, and tells it in the frames that the socket would send:
 * `history`, then `current`, with the events that must have happened in between.
 */
export class PolledSession {
  readonly #api: OctoPrintApi;
  readonly #user: User;
  readonly #observer: SessionObserver;
  readonly #timing: typeof pushTiming;
  #before: Polled | undefined;
  #next: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(api: OctoPrintApi, user: User, observer: SessionObserver, timing: typeof pushTiming) {
    this.#api = api;
    this.#user = user;
    this.#observer = observer;
    this.#timing = timing;
  }

  open(): void {
    void this.#poll();
  }

  /** Stops polling. The listener is not called again. */
  close(): void {
    this.#ended = true;
    clearTimeout(this.#next);
  }

  async #poll(): Promise<void> {
    const job = await this.#api.get("api/job");
    if (!job.ok) return this.#end(job);
    const polled = decodeJob(fieldsOf(job.body));
    const printer = isOnline(polled.text) ? await this.#api.get("api/printer?exclude=sd") : offline;
    // 409 is a state: the printer has gone since.
    if (!printer.ok && printer.status !== 409) return this.#end(printer);
    if (this.#before === undefined) await this.#open();
    if (this.#ended) return;
    this.#tell(polled, fieldsOf(job.body), printer.ok ? fieldsOf(printer.body) : {});
    const pause = isBusy(polled.text) ? this.#timing.poll : this.#timing.pollIdle;
    if (!this.#ended) this.#next = setTimeout(() => void this.#poll(), pause).unref();
  }

  async #open(): Promise<void> {
    const answer = await this.#api.get("api/version");
    if (this.#ended) return;
    const { server } = fieldsOf(answer.ok ? answer.body : undefined);
    this.#observer.opened({
      version: textOf(server) ?? "",
      safeMode: null,
      user: this.#user,
      localAddress: "",
      polled: true,
    });
  }

  #tell(polled: Polled, job: Fields, printer: Fields): void {
    const before = this.#before;
    this.#before = polled;
    const events = before === undefined ? [] : deriveEvents(before, polled);
    const current = frameContent(polled, job, printer);
    for (const frame of [...events, before === undefined ? { history: current } : { current }]) {
      if (!this.#ended) this.#observer.frame(frame);
    }
  }

  #end({ problem }: Refusal): void {
    if (this.#ended) return;
    this.close();
    this.#observer.ended(problem);
  }
}

const offline: Success<unknown> = { ok: true, status: 200, body: {} };

function decodeJob({ state, error, job, progress }: Fields): Polled {
  const { file, user } = fieldsOf(job);
  return {
    text: textOf(state) ?? "",
    error: textOf(error) || null,
    file: fieldsOf(file),
    user: user ?? null,
    progress: fieldsOf(progress),
  };
}

/** What `current` holds, as far as REST knows it. */
function frameContent(polled: Polled, { job, progress }: Fields, printer: Fields): object {
  const now = Date.now() / 1000;
  const { flags } = fieldsOf(printer.state);
  const { history: _history, ...temperatures } = fieldsOf(printer.temperature);
  return {
    state: { text: polled.text, flags: flags ?? flagsOf(polled), error: polled.error ?? "" },
    job,
    progress,
    currentZ: null,
    offsets: {},
    temps: Object.keys(temperatures).length === 0 ? [] : [{ time: Math.floor(now), ...temperatures }],
    serverTime: now,
  };
}

/** OctoPrint tells the flags of a connected printer only. */
function flagsOf({ text }: Polled): object {
  const id = stateIdOf(text);
  const error = id === "ERROR" || id === "CLOSED_WITH_ERROR";
  return {
    operational: isOnline(text),
    printing: id === "PRINTING" || id === "STARTING",
    cancelling: id === "CANCELLING",
    pausing: id === "PAUSING",
    resuming: id === "RESUMING",
    finishing: id === "FINISHING",
    paused: id === "PAUSED",
    closedOrError: error || id === "OFFLINE" || id === "NONE",
    error,
    ready: id === "OPERATIONAL",
    sdReady: false,
  };
}
