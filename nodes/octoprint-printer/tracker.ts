import type { Problem } from "../mqtt/problem.ts";
import type { Delivery } from "../mqtt/router.ts";
import type { Input } from "../octoprint/heard.ts";
import type { Link } from "../octoprint-broker/link.ts";
import type { Reader } from "./reader.ts";

/** Printers remembered at most; names come from topics, which anyone may invent. The first one known is forgotten. */
const most = 10_000;
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
  readonly #reader: Reader;
  readonly #link: Link;
  readonly #filters: readonly string[];
  /** The printer's name where the base topic has no `{printer}`: it is known before it was heard. */
  readonly #only: string | undefined;
  readonly #followers = new Set<Follower<Result>>();
  readonly #printers = new Map<string, Tracked<State>>();
  #connection: "connected" | "disconnected" | undefined;
  #stop: (() => void) | undefined;
  #stopTimer: NodeJS.Timeout | undefined;

  constructor(
    rules: Rules<State, Result>,
    {
      reader,
      link,
      filters,
      only,
    }: { reader: Reader; link: Link; filters: readonly string[]; only: string | undefined },
  ) {
    this.#rules = rules;
    this.#reader = reader;
    this.#link = link;
    this.#filters = filters;
    this.#only = only;
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
    this.#stop ??= this.#start();
    return () => {
      this.#followers.delete(follower);
      if (this.#followers.size === 0) this.#stopTimer = setTimeout(() => this.close(), grace).unref();
    };
  }

  close(): void {
    clearTimeout(this.#stopTimer);
    this.#stop?.();
    this.#stop = undefined;
    this.#connection = undefined;
    for (const { timer } of this.#printers.values()) clearTimeout(timer);
    this.#printers.clear();
  }

  #start(): () => void {
    const unwatch = this.#link.watch(({ phase }) => {
      if (phase === "connected" || phase === "disconnected") this.#linkIs(phase);
    });
    const leave = this.#link.subscribe(this.#filters, {
      deliver: (delivery) => this.#hear(delivery),
      refused: (problem) => {
        for (const follower of this.#followers) follower.refused(problem);
      },
    });
    const leaveReader = this.#reader.join();
    return () => {
      leaveReader();
      leave();
      unwatch();
    };
  }

  #linkIs(connection: "connected" | "disconnected"): void {
    if (this.#only !== undefined) this.#tracked(this.#only);
    if (connection === this.#connection) return;
    this.#connection = connection;
    const input = { connection, arrived: Date.now() };
    for (const [printer, tracked] of this.#printers) this.#take(printer, tracked, input);
  }

  #hear(delivery: Delivery): void {
    const reading = this.#reader.read(delivery);
    if (reading === undefined || !reading.decoded.ok || "ignored" in reading.decoded) return;
    const { channel, arrived, printer } = reading;
    const { message, timestamp } = reading.decoded;
    this.#take(printer, this.#tracked(printer), { channel, message, timestamp, arrived, retain: delivery.retain });
  }

  #tracked(printer: string): Tracked<State> {
    const known = this.#printers.get(printer);
    if (known !== undefined) return known;
    const tracked = { state: this.#rules.unknown, timer: undefined, wakeAt: Number.POSITIVE_INFINITY };
    this.#printers.set(printer, tracked);
    for (const [oldest, { timer }] of this.#printers) {
      if (this.#printers.size <= most) break;
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
    for (const follower of this.#followers) follower.follow(printer, result);
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
      this.#put(printer, tracked, this.#rules.tick(tracked.state, Date.now()));
    };
    tracked.timer = setTimeout(wake, Math.max(0, wakeAt - Date.now())).unref();
  }
}
