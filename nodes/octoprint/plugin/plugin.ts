import { isRecord } from "../messages/json.ts";
import { listIn, numberIn, textIn } from "./fields.ts";
import type { PluginMessage, PrintedFile } from "./message.ts";
import { metadataMessage, metadataMessages } from "./metadata.ts";
import { ownEvent, socketLost, socketOpened, socketRenewed } from "./own-events.ts";
import type { PluginState } from "./plugin-state.ts";
import {
  completionIn,
  fileIn,
  isBusy,
  type Poll,
  percentIn,
  pollEvery,
  progressMessage,
  slicingMessage,
} from "./progress.ts";
import { retain } from "./retained.ts";
import { temperatureMessages } from "./temperatures.ts";

/** A socket that is back within this time was never gone, ms: the plugin's own connection would have lasted. */
const grace = 5000;
/** How long PrintStarted waits for the file's metadata, which the plugin publishes before it, ms. */
const longestHold = 2000;
/** At most this many messages wait with it. */
const mostHeld = 1000;

/** What the plugin is told. */
export type PluginInput =
  /** One message of the push API, parsed: `{"event": {…}}`. */
  | { readonly frame: unknown }
  /** The socket is gone; `stopped`: by ourselves. */
  | { readonly connection: "lost" | "stopped" }
  /** OctoPrint's answer to what `fetch` asked for; `undefined`: there was none. */
  | { readonly file: PrintedFile; readonly entry: unknown }
  /** It is time. */
  | "tick";

/** What the plugin makes of an input. */
export interface PluginResult {
  readonly state: PluginState;
  /** In the order in which they are to be published. */
  readonly messages: readonly PluginMessage[];
  /** When to `tick`; milliseconds since the epoch. */
  readonly wakeAt: number | undefined;
  /** The file whose entry is to be read. */
  readonly fetch?: PrintedFile | undefined;
}

/** What the plugin is to publish beside events, progress and temperatures. */
export interface PluginOptions {
  /** Files' entries can be read, and somebody wants to know their metadata. */
  readonly metadata: boolean;
}

/**
 * The OctoPrint-MQTT plugin (0.8.16) as a function: what it would publish, from what OctoPrint says on its push socket.
 * It differs where the plugin has slips: FileDeselected always comes, a job that runs when we come is known at once,
 * and no odd value ends the poll. Never throws, whatever the frame.
 *
 * @param now milliseconds since the epoch, by our clock
 */
export function stepPlugin(
  state: PluginState,
  input: PluginInput,
  now: number,
  options: PluginOptions = { metadata: false },
): PluginResult {
  const step = new Step(state, now, options);
  if (input === "tick") step.tick();
  else if ("frame" in input) step.frame(input.frame);
  else if ("connection" in input) step.disconnected(input.connection);
  else step.fileEntry(input.file, input.entry);
  return step.result();
}

class Step {
  #state: PluginState;
  readonly #now: number;
  readonly #options: PluginOptions;
  readonly #messages: PluginMessage[] = [];
  #fetch: PrintedFile | undefined;

  constructor(state: PluginState, now: number, options: PluginOptions) {
    this.#state = state;
    this.#now = now;
    this.#options = options;
  }

  result(): PluginResult {
    const { poll, lostAt, held, authorised } = this.#state;
    this.#change({ retained: retain(this.#state.retained, this.#messages) });
    const times = [authorised ? poll?.nextAt : undefined, lostAt, held?.until].filter((time) => time !== undefined);
    const wakeAt = times.length === 0 ? undefined : Math.min(...times);
    return { state: this.#state, messages: this.#messages, wakeAt, fetch: this.#fetch };
  }

  frame(frame: unknown): void {
    if (!isRecord(frame)) return;
    if (isRecord(frame.history)) this.#history(frame.history);
    else if (isRecord(frame.current)) this.#current(frame.current);
    else if (isRecord(frame.event)) this.#event(textIn(frame.event, "type"), frame.event.payload);
    else if (isRecord(frame.slicingProgress)) this.#publish(slicingMessage(frame.slicingProgress, this.#time));
    else if (isRecord(frame.plugin)) this.#pluginMessage(frame.plugin);
    else if ("timelapse" in frame) this.#authorised();
    else if ("reauthRequired" in frame) this.#change({ own: socketRenewed(this.#state.own, this.#now) });
  }

  disconnected(how: "lost" | "stopped"): void {
    const { authorised, own, said, lostAt } = this.#state;
    this.#release();
    this.#change({ authorised: false, own: authorised ? socketLost(own) : own });
    if (said === "disconnected") return;
    if (how === "stopped") this.#say("disconnected");
    else this.#change({ lostAt: lostAt ?? this.#now + grace });
  }

  fileEntry(file: PrintedFile, entry: unknown): void {
    const { wanted, metadataKeys } = this.#state;
    if (wanted?.location !== file.location || wanted.path !== file.path) return;
    const messages = metadataMessages(entry, metadataKeys);
    const held = this.#state.held?.messages ?? [];
    const keys = messages.filter(({ payload }) => payload !== null).map(({ name }) => name);
    this.#change({ wanted: undefined, held: undefined, metadataKeys: keys, metadataOf: file });
    this.#publish(...messages, ...held);
  }

  tick(): void {
    const { held, lostAt, poll, authorised } = this.#state;
    if (held !== undefined && this.#now >= held.until) this.#release();
    if (lostAt !== undefined && this.#now >= lostAt) this.#say("disconnected");
    if (authorised && poll !== undefined && this.#now >= poll.nextAt) this.#poll(poll);
  }

  #history(history: Record<string, unknown>): void {
    this.#keepTime(history);
    this.#change({ current: history });
    this.#authorised();
    const points = listIn(history, "temps");
    const { lastPoint } = this.#state;
    // Of the past half-hour the plugin has told: at first only how it is now, then what we have missed.
    const missed =
      lastPoint === undefined
        ? points.slice(-1)
        : points.filter((point) => (numberIn(point, "time") ?? Number.NEGATIVE_INFINITY) > lastPoint);
    this.#temperatures(missed);
    this.#change({ lastPoint: this.#state.lastPoint ?? Number.NEGATIVE_INFINITY });
  }

  #current(current: Record<string, unknown>): void {
    this.#keepTime(current);
    this.#change({ current });
    this.#temperatures(listIn(current, "temps"));
    for (const line of listIn(current, "logs")) {
      if (typeof line === "string" && /Recv: echo:busy: paused for user/.test(line)) {
        this.#publish({ kind: "event", name: "PausedForUser", payload: undefined, timestamp: this.#time });
      }
    }
  }

  #temperatures(points: readonly unknown[]): void {
    const { last, messages } = temperatureMessages(this.#state.temperatures, points);
    const newest = numberIn(points.at(-1), "time");
    this.#change({ temperatures: last, lastPoint: newest ?? this.#state.lastPoint });
    this.#publish(...messages);
  }

  /**
   * OctoPrint speaks to us: what the plugin publishes when it connects, with its resets. It sends them once, when OctoPrint
   * has started; whether it was started again while it was out of reach nobody tells, and they say how things are.
   */
  #authorised(): void {
    const { authorised, own, lastProgress, said } = this.#state;
    if (authorised) return;
    const fresh = lastProgress === undefined || said === "disconnected";
    this.#change({ authorised: true, own: socketOpened(own, this.#now), lostAt: undefined });
    if (said !== "connected") this.#say("connected");
    this.#findJob(fresh);
    if (fresh) this.#publish(slicingMessage(undefined, this.#time));
  }

  /** Takes up the job that runs already. Where the plugin resets the progress of a running job, we say it. */
  #findJob(first: boolean): void {
    const { current, poll } = this.#state;
    const file = fileIn(current);
    const running = file !== undefined && completionIn(current) !== undefined;
    if (first) this.#progress(running ? file : { location: "", path: "" }, running ? percentIn(current) : 0);
    if (running) {
      this.#change({ poll: { ...file, nextAt: this.#now + pollEvery } });
    } else if (poll !== undefined) this.#change({ poll: { ...poll, nextAt: this.#now + pollEvery } });
    // A job that is over has its file and 100 % still, but no metadata.
    this.#findMetadata(running && isBusy(current) ? file : undefined);
  }

  /** The metadata of a job that has run all the while is known already; of one that has ended meanwhile it goes. */
  #findMetadata(file: PrintedFile | undefined): void {
    const { metadataOf } = this.#state;
    if (file === undefined) {
      if (metadataOf !== undefined) this.#clearMetadata();
    } else if (file.path !== metadataOf?.path || file.location !== metadataOf.location) this.#want(file);
  }

  #event(name: string | undefined, payload: unknown): void {
    if (name === undefined || name === "") return;
    const own = ownEvent(this.#state.own, name, payload, this.#now);
    if (own !== undefined) return this.#change({ own });
    const known = isRecord(payload) ? payload : undefined;
    if (name === "FileSelected" || name === "PrintStarted" || name === "PrintDone") this.#startPoll(known);
    if (name === "PrintDone" || name === "PrintFailed" || name === "PrintCancelled") this.#clearMetadata();
    if (name === "PrintStarted") this.#holdFor(known);
    this.#publish({ kind: "event", name, payload: known, timestamp: this.#time });
  }

  #startPoll(payload: Record<string, unknown> | undefined): void {
    if (this.#state.poll === undefined) {
      this.#change({ poll: { ...fileOf(payload), nextAt: this.#now + pollEvery } });
    }
  }

  #poll(poll: Poll): void {
    const { current, lastProgress } = this.#state;
    const completion = completionIn(current);
    const percent = percentIn(current);
    const over = completion === undefined || completion === 100;
    // Not by the time of the tick alone: a late one must not put off all that follow.
    const nextAt = Math.max(poll.nextAt + pollEvery, this.#now);
    this.#change({ poll: over ? undefined : { ...poll, nextAt } });
    if (percent !== lastProgress?.percent || poll.path !== lastProgress.path) this.#progress(poll, percent);
  }

  #progress(file: PrintedFile, percent: number): void {
    this.#change({ lastProgress: { path: file.path, percent } });
    this.#publish(progressMessage(file, percent, this.#state.current, this.#time));
  }

  #holdFor(payload: Record<string, unknown> | undefined): void {
    if (!this.#want(fileOf(payload))) return;
    this.#release();
    this.#change({ held: { messages: [], until: this.#now + longestHold } });
  }

  /** Asks for a file's entry. OctoPrint knows no metadata of what is stored in the printer. */
  #want({ location, path }: PrintedFile): boolean {
    if (!this.#options.metadata || path === "" || ["", "sdcard", "printer"].includes(location)) return false;
    this.#fetch = { location, path };
    this.#change({ wanted: this.#fetch });
    return true;
  }

  #clearMetadata(): void {
    this.#release();
    this.#change({ wanted: undefined, metadataOf: undefined });
    this.#publish(...this.#state.metadataKeys.map((key) => metadataMessage(key, null)));
  }

  #pluginMessage(message: Record<string, unknown>): void {
    const id = textIn(message, "plugin");
    if (id === undefined || id === "" || message.data === undefined) return;
    this.#publish({ kind: "other", name: `plugin/${id}`, payload: message.data, timestamp: undefined });
  }

  #say(status: "connected" | "disconnected"): void {
    this.#change({ said: status, lostAt: undefined });
    this.#publish({ kind: "connection", name: "", payload: status, timestamp: undefined });
  }

  #publish(...messages: readonly PluginMessage[]): void {
    const { held } = this.#state;
    if (held === undefined) {
      for (const message of messages) this.#messages.push(message);
      return;
    }
    this.#change({ held: { ...held, messages: [...held.messages, ...messages] } });
    if (held.messages.length >= mostHeld) this.#release();
  }

  #release(): void {
    const { held } = this.#state;
    this.#change({ held: undefined });
    this.#publish(...(held?.messages ?? []));
  }

  /** OctoPrint's time, ms. */
  get #time(): number {
    return this.#now + this.#state.clockOffset;
  }

  #keepTime(said: Record<string, unknown>): void {
    const seconds = numberIn(said, "serverTime");
    if (seconds !== undefined && Math.abs(seconds) < 8.64e12) this.#change({ clockOffset: seconds * 1000 - this.#now });
  }

  #change(changes: Partial<PluginState>): void {
    this.#state = { ...this.#state, ...changes };
  }
}

function fileOf(payload: unknown): PrintedFile {
  const location = textIn(payload, "origin") ?? textIn(payload, "storage") ?? "";
  return { location, path: textIn(payload, "path") ?? textIn(payload, "file") ?? "" };
}
