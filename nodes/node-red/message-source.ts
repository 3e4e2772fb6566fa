import type { ConnectionState, Publication, Subscriber } from "../mqtt/message.ts";

/** Where a printer node gets its messages, and where it publishes: today the connection of a broker node. */
export interface MessageSource {
  /** How many messages wait to be published. */
  readonly waiting: number;
  /** Calls back with the state of the connection, now and at each change. Returns a function that stops this. */
  watch(watcher: (state: ConnectionState) => void): () => void;
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
