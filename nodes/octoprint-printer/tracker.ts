import type { Delivery, Subscriber } from "../mqtt/message.ts";
import type { Problem } from "../mqtt/problem.ts";
import type { MessageSource } from "../node-red/message-source.ts";
import { guarded } from "../node-red/report.ts";
import type { Input, Link } from "../octoprint/tracking/observation.ts";
import type { Hint, ShowHint } from "./base-topic-hint.ts";
import type { Reader } from "./reader.ts";

/** Printers remembered at most; names come from topics, which anyone may invent. The longest silent one is forgotten. */
export const mostPrinters = 10_000;
/** `setTimeout` knows no longer time, ms; a timer that fires too early asks again. */
const longestTimer = 2 ** 31 - 1;
/** A deploy takes nodes away and brings them back: what is known outlives them for so long, ms. */
const grace = 3000;

/** A reducer over what is heard of one printer, and over time. */
export interface Rules<State, Result extends { readonly state: State; readonly wakeAt: number | undefined }> {
  readonly unknown: State;
  reduce(state: State, input: Input): Result;
  tick(state: State, now: number): Result;
}

export interface Follower<Result> {
  /** @param printer the name by which a msg speaks of it */
  follow(printer: string, result: Result): void;
  refused(problem: Problem): void;
  /** Nothing comes, but something is below the other default base topic; `undefined`: not so any more. */
  showHint(hint: Hint | undefined): void;
}

/** What a tracker needs of the printer node. */
interface TrackedNode {
  readonly messages: Pick<MessageSource, "watchLink">;
  listen(filters: readonly string[], subscriber: Subscriber, showHint: ShowHint): () => void;
  error(text: string): void;
}

export interface TrackerParts {
  readonly node: TrackedNode;
  readonly reader: Reader;
  readonly filters: readonly string[];
  /** The base topic has no `{printer}`: the one printer is known before it was heard. */
  readonly one: boolean;
}

interface Tracked<State> {
  state: State;
  timer: NodeJS.Timeout | undefined;
  wakeAt: number;
}

/**
 * Follows every printer of a printer node with a reducer, for all nodes that want to know: one state a printer, from
 * the first node that asks until a while after the last one has gone.
 */
export class Tracker<State, Result extends { readonly state: State; readonly wakeAt: number | undefined }> {
  readonly #rules: Rules<State, Result>;
  readonly #parts: TrackerParts;
  readonly #followers = new Set<Follower<Result>>();
  /** The one silent for longest comes first. */
  readonly #printers = new Map<string, Tracked<State>>();
  /** Of this connection, for those who come later. */
  #refusals: Problem[] = [];
  #hint: Hint | undefined;
  #stop: (() => void) | undefined;
  #stopTimer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(rules: Rules<State, Result>, parts: TrackerParts) {
    this.#rules = rules;
    this.#parts = parts;
  }

  /** What is known now, by printer. */
  *known(): Iterable<[printer: string, state: State]> {
    for (const [printer, { state }] of this.#printers) yield [printer, state];
  }

  stateOf(printer: string): State | undefined {
    return this.#printers.get(printer)?.state;
  }

  /** The result stops following. */
  follow(follower: Follower<Result>): () => void {
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

  /** The reader calls its one printer something else from now on. */
  rename(from: string, to: string): void {
    const tracked = this.#printers.get(from);
    if (tracked === undefined || from === to) return;
    clearTimeout(tracked.timer);
    const renamed = { state: tracked.state, timer: undefined, wakeAt: Number.POSITIVE_INFINITY };
    this.#printers.delete(from);
    this.#printers.set(to, renamed);
    this.#guard(() => this.#put(to, renamed, this.#rules.tick(renamed.state, Date.now())));
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

  #tellNewcomer(follower: Follower<Result>): void {
    for (const problem of this.#refusals) follower.refused(problem);
    if (this.#hint !== undefined) follower.showHint(this.#hint);
  }

  #tell(tell: (follower: Follower<Result>) => void): void {
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
    this.#take(printer, this.#tracked(printer), { channel, message, timestamp, arrived, retain: delivery.retain });
  }

  #tracked(printer: string): Tracked<State> {
    const known = this.#printers.get(printer);
    if (known !== undefined) {
      this.#printers.delete(printer);
      this.#printers.set(printer, known);
      return known;
    }
    const tracked = { state: this.#rules.unknown, timer: undefined, wakeAt: Number.POSITIVE_INFINITY };
    this.#printers.set(printer, tracked);
    for (const [oldest, { timer }] of this.#printers) {
      if (this.#printers.size <= mostPrinters) break;
      clearTimeout(timer);
      this.#printers.delete(oldest);
    }
    return tracked;
  }

  #take(printer: string, tracked: Tracked<State>, input: Input): void {
    this.#put(printer, tracked, this.#rules.reduce(tracked.state, input));
  }

  #put(printer: string, tracked: Tracked<State>, result: Result): void {
    tracked.state = result.state;
    this.#wake(printer, tracked, result.wakeAt ?? Number.POSITIVE_INFINITY);
    this.#tell((follower) => follower.follow(printer, result));
  }

  /** A timer that fires too early asks again; it is not set anew for each message that puts the end off. */
  #wake(printer: string, tracked: Tracked<State>, wakeAt: number): void {
    if (tracked.timer !== undefined && tracked.wakeAt <= wakeAt) return;
    clearTimeout(tracked.timer);
    tracked.wakeAt = wakeAt;
    tracked.timer = undefined;
    if (wakeAt === Number.POSITIVE_INFINITY) return;
    const wake = (): void => {
      tracked.timer = undefined;
      tracked.wakeAt = Number.POSITIVE_INFINITY;
      this.#guard(() => this.#put(printer, tracked, this.#rules.tick(tracked.state, Date.now())));
    };
    tracked.timer = setTimeout(wake, Math.min(Math.max(0, wakeAt - Date.now()), longestTimer)).unref();
  }
}
