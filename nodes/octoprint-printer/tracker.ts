import type { Delivery } from "../mqtt/message.ts";
import type { Problem } from "../mqtt/problem.ts";
import type { MessageSource, Receiver } from "../node-red/message-source.ts";
import { guarded } from "../node-red/report.ts";
import type { Input, Link } from "../octoprint/tracking/observation.ts";
import { isOctoPrintMessage } from "../octoprint/tracking/octoprint-message.ts";
import { type News, PrinterModel, type PrinterOptions } from "../octoprint/tracking/printer-model.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { Hint, ShowHint } from "./hints.ts";
import type { Reader } from "./reader.ts";
import type { PrinterFollower, PrinterTracking } from "./tracking.ts";

/**
 * Printers remembered at most; names come from topics, which anyone may invent. The one silent for longest is
 * forgotten.
 */
export const mostPrinters = 10_000;
/** The longest delay that `setTimeout` accepts, in ms. A timer that fires too early asks again. */
const longestTimer = 2 ** 31 - 1;
/** How long the models outlive the nodes that use them, in ms: a deploy removes nodes and makes them again. */
const grace = 3000;

/** What a tracker needs of the printer node. */
interface TrackedNode {
  readonly messages: Pick<MessageSource, "watchLink">;
  listen(filters: readonly string[], subscriber: Receiver, showHint: ShowHint): () => void;
  error(text: string): void;
}

/** What a tracker needs of its printer node. */
export interface TrackerParts {
  readonly node: TrackedNode;
  readonly reader: Reader;
  readonly filters: readonly string[];
  /** The base topic has no `{printer}`: the one printer is known before it was heard. */
  readonly one: boolean;
  readonly options: PrinterOptions;
  /** Warns that two OctoPrints publish as one printer, once for each. */
  readonly warnOfClash: (printer: string) => void;
}

interface Tracked {
  readonly model: PrinterModel;
  timer: NodeJS.Timeout | undefined;
  wakeAt: number;
  /** Of two OctoPrints, for those who come later. */
  clash: Hint | undefined;
}

/**
 * Follows every printer of a printer node, for all nodes that want to know: one model per printer, from the first node
 * that asks until a while after the last one has gone.
 */
export class Tracker implements PrinterTracking {
  readonly #parts: TrackerParts;
  readonly #followers = new Set<PrinterFollower>();
  /** The one silent for longest comes first. */
  readonly #printers = new Map<string, Tracked>();
  /** Of this connection, for those who come later. */
  #refusals: Problem[] = [];
  #hint: Hint | undefined;
  #stop: (() => void) | undefined;
  #stopTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: TrackerParts) {
    this.#parts = parts;
  }

  known(): Iterable<string> {
    return this.#printers.keys();
  }

  snapshot(printer: string): PrinterSnapshot | undefined {
    return this.#printers.get(printer)?.model.snapshot(printer, Date.now());
  }

  follow(follower: PrinterFollower): () => void {
    clearTimeout(this.#stopTimer);
    this.#followers.add(follower);
    if (this.#stop === undefined) this.#stop = this.#start();
    else this.#tellNewcomer(follower);
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size > 0 || this.#closed) return;
      this.#stopTimer = setTimeout(() => this.#end(), grace).unref();
    };
  }

  /** The printer has a new name. */
  rename(from: string, to: string): void {
    const tracked = this.#printers.get(from);
    if (tracked === undefined || from === to) return;
    clearTimeout(tracked.timer);
    const renamed = { ...tracked, timer: undefined, wakeAt: Number.POSITIVE_INFINITY };
    this.#printers.delete(from);
    this.#printers.set(to, renamed);
    this.#guard(() => this.#put(to, renamed, renamed.model.tick(Date.now())));
  }

  close(): void {
    this.#closed = true;
    this.#end();
  }

  #end(): void {
    clearTimeout(this.#stopTimer);
    this.#stop?.();
    this.#stop = undefined;
    this.#refusals = [];
    this.#hint = undefined;
    for (const { timer } of this.#printers.values()) clearTimeout(timer);
    this.#printers.clear();
  }

  #start(): () => void {
    const { node, filters } = this.#parts;
    const unwatch = node.messages.watchLink((connection) => this.#guard(() => this.#linkIs(connection)));
    const leave = node.listen(
      filters,
      {
        deliver: (delivery) => this.#guard(() => this.#hear(delivery)),
        now: (delivery) => this.#guard(() => this.#hear(delivery)),
        refused: (problem) => {
          this.#refusals.push(problem);
          this.#tell((follower) => follower.refused(problem));
        },
      },
      (hint) => {
        this.#hint = hint;
        this.#tell((follower) => follower.showHint(hint));
      },
    );
    return () => {
      leave();
      unwatch();
    };
  }

  #tellNewcomer(follower: PrinterFollower): void {
    for (const problem of this.#refusals) follower.refused(problem);
    if (this.#hint !== undefined) follower.showHint(this.#hint);
    for (const { clash } of this.#printers.values()) if (clash !== undefined) follower.showHint(clash);
  }

  #tell(tell: (follower: PrinterFollower) => void): void {
    for (const follower of this.#followers) this.#guard(() => tell(follower));
  }

  #guard(action: () => void): void {
    guarded(this.#parts.node, action);
  }

  #linkIs(connection: Link["connection"]): void {
    const { one, reader } = this.#parts;
    if (one) this.#tracked(reader.printer);
    this.#refusals = [];
    const input = { connection, arrived: Date.now() };
    for (const [printer, tracked] of this.#printers) this.#take(printer, tracked, input);
  }

  #hear(delivery: Delivery): void {
    const reading = this.#parts.reader.read(delivery);
    if (reading === undefined || !reading.decoded.ok || "ignored" in reading.decoded) return;
    const { channel, arrived, printer } = reading;
    const { message, timestamp } = reading.decoded;
    const heard = { channel, message, timestamp, arrived, retain: delivery.retain };
    if (!this.#printers.has(printer) && !this.#parts.one && !isOctoPrintMessage(heard)) return;
    this.#take(printer, this.#tracked(printer), heard);
  }

  #tracked(printer: string): Tracked {
    const known = this.#printers.get(printer);
    if (known !== undefined) {
      this.#printers.delete(printer);
      this.#printers.set(printer, known);
      return known;
    }
    const model = new PrinterModel(this.#parts.options);
    const tracked = { model, timer: undefined, wakeAt: Number.POSITIVE_INFINITY, clash: undefined };
    this.#printers.set(printer, tracked);
    for (const [oldest, { timer }] of this.#printers) {
      if (this.#printers.size <= mostPrinters) break;
      clearTimeout(timer);
      this.#printers.delete(oldest);
    }
    return tracked;
  }

  #take(printer: string, tracked: Tracked, input: Input): void {
    this.#put(printer, tracked, tracked.model.take(input));
  }

  #put(printer: string, tracked: Tracked, news: News): void {
    this.#wake(printer, tracked, tracked.model.wakeAt ?? Number.POSITIVE_INFINITY);
    if (tracked.model.isClash !== (tracked.clash !== undefined)) this.#setClash(printer, tracked);
    if (news.changed.length > 0 || news.reports.length > 0) {
      this.#tell((follower) => follower.follow(printer, news));
    }
  }

  #setClash(printer: string, tracked: Tracked): void {
    const { baseTopic } = this.#parts.reader;
    tracked.clash = tracked.model.isClash
      ? { code: "twoOctoPrints", baseTopic: baseTopic.replace("{printer}", () => printer) }
      : undefined;
    if (tracked.clash !== undefined) this.#parts.warnOfClash(tracked.clash.baseTopic);
    this.#tell((follower) => follower.showHint(tracked.clash));
  }

  /** A timer that fires too early asks again; it is not set anew for each message that puts the end off. */
  #wake(printer: string, tracked: Tracked, wakeAt: number): void {
    if (tracked.timer !== undefined && tracked.wakeAt <= wakeAt) return;
    clearTimeout(tracked.timer);
    tracked.wakeAt = wakeAt;
    tracked.timer = undefined;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const wake = (): void => {
      tracked.timer = undefined;
      tracked.wakeAt = Number.POSITIVE_INFINITY;
      this.#guard(() => this.#put(printer, tracked, tracked.model.tick(Date.now())));
    };
    tracked.timer = setTimeout(wake, Math.min(Math.max(0, wakeAt - Date.now()), longestTimer)).unref();
  }
}
