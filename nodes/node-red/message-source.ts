import type { Publication, Subscriber } from "../mqtt/message.ts";
import type { Link } from "../octoprint/tracking/observation.ts";
import type { AnyProblem } from "./any-problem.ts";

/** The state of what stands between us and the messages: the connection to a broker, or to an OctoPrint. */
export interface SourceState {
  readonly phase: "idle" | "connecting" | "connected" | "disconnected";
  /** Why there is no connection; of one that stands, what it lacks. */
  readonly problem?: AnyProblem;
}

/** Where a printer node gets its messages, and where it publishes: a broker node's connection, or a server node. */
export interface MessageSource {
  /** A broker is there to publish to, and to share messages out among a group. */
  readonly hasBroker: boolean;
  /** How many messages wait to be published. */
  readonly waiting: number;
  /** Calls back with the state of the connection, now and at each change. Returns a function that stops this. */
  watch(watcher: (state: SourceState) => void): () => void;
  /** Calls back with what the connection means for what is known of printers. Returns a function that stops this. */
  watchLink(watcher: (link: Link["connection"]) => void): () => void;
  /**
   * Receives what the filters match, stored messages first. Returns a function that unsubscribes.
   *
   * @param group the share name, where the broker shares the messages out among a group; `""`: none
   */
  subscribe(filters: readonly string[], subscriber: Subscriber, group?: string): () => void;
  /** Calls back when the flows have started, soon if they have. Returns a function that cancels this. */
  onceFlowing(callback: () => void): () => void;
  publish(publication: Publication): void;
  /** Refuses what an owner has waiting. */
  withdraw(owner: unknown): void;
}
