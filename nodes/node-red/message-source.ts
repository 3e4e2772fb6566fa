import type { Delivery, Publication, Subscriber } from "../mqtt/message.ts";
import type { Link } from "../octoprint/tracking/observation.ts";
import type { AnyProblem } from "./any-problem.ts";

/** The state of the connection that the messages come over, to a broker or to an OctoPrint. */
export interface SourceState {
  readonly phase: "idle" | "connecting" | "connected" | "disconnected";
  /** Why there is no connection, or what an open one lacks. */
  readonly problem?: AnyProblem;
}

/** Someone who receives messages, and may draw conclusions from them. */
export interface Receiver extends Subscriber {
  /**
   * How the printer is now, from a source that knows more than what was stored. It comes after what was stored, and is no
   * message of its own.
   */
  now?(delivery: Delivery): void;
}

/** Where a printer node gets its messages, and where it publishes: a broker node's connection, or a server node. */
export interface MessageSource {
  /** Whether there is a broker, to publish to and to share messages among a group. */
  readonly hasBroker: boolean;
  /** How many messages wait to be published. */
  readonly waiting: number;
  /** Calls back with the state of the connection, now and at each change. Returns a function that stops this. */
  watch(watcher: (state: SourceState) => void): () => void;
  /** Calls back with what the connection means for what is known of printers. Returns a function that stops this. */
  watchLink(watcher: (link: Link["connection"]) => void): () => void;
  /**
   * Receives what the filters match, retained messages first. Returns a function that unsubscribes.
   *
   * @param group the share name, if the broker shares the messages among a group; `""`: none
   */
  subscribe(filters: readonly string[], subscriber: Receiver, group?: string): () => void;
  /** Calls back when the flows have started; soon, if they already have. Returns a function that cancels this. */
  onceFlowing(callback: () => void): () => void;
  publish(publication: Publication): void;
  /** Refuses the waiting messages of an owner. */
  withdraw(owner: unknown): void;
}
