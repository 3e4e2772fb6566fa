import type { Buffer } from "node:buffer";
import type { Problem } from "./problem.ts";

// The types that the files of this folder share: what comes from a broker, and what goes to it.

/** A message from the broker. `retain`: the broker had it stored before we subscribed [MQTT-3.3.1-8]. */
export interface Delivery {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** Which SUBSCRIBEs brought it, where the broker tells [MQTT-3.3.4-3]. */
  readonly subscriptions?: readonly number[] | undefined;
  /** Set by the router. */
  memo?: TopicMemo | undefined;
}

/** What a receiver remembers of a topic as long as the router does: it need not look the topic up a second time. */
export interface TopicMemo {
  known?: unknown;
}

/** Someone who receives what a set of filters matches. */
export interface Subscriber {
  deliver(delivery: Delivery): void;
  /** A filter is refused. Until the next connection nothing comes by it. */
  refused(problem: Problem): void;
}

/** What the router needs of a connection. */
export interface Wire {
  /**
   * @param identifier the broker may mark what it sends for this subscription with it
   * @param done gets the filters that were refused, whether that is because the broker shares no subscriptions, and for
   *   which of them the broker would hang up. Not called if the connection is lost first.
   */
  subscribe(
    filters: readonly string[],
    identifier: number,
    done: (refused: readonly string[], notShared?: boolean, hangsUp?: ReadonlySet<string>) => void,
  ): void;
  /** @param done not called if the connection is lost first */
  unsubscribe(filters: readonly string[], done: () => void): void;
}

/** A message to the broker. */
export interface Publication {
  readonly topic: string;
  readonly payload: string | Buffer;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
  /** True: may wait for a connection. */
  readonly queue: boolean;
  /** Whose message it is, for `withdraw`. */
  readonly owner?: unknown;
  /** When it was to be published, milliseconds since the epoch. */
  readonly at?: number;
  /**
   * Called exactly once: without a problem when the broker has it, with one when it never will. `stored`: it is kept
   * somewhere, to be published some day.
   */
  readonly done: (problem?: Problem, stored?: true) => void;
}

/** The state of a connection. */
export interface ConnectionState {
  readonly phase: "idle" | "connecting" | "connected" | "disconnected";
  /** Why there is no connection. */
  readonly problem?: Problem;
  /** What is not as it should be, although there is a connection. */
  readonly warnings?: readonly Problem[];
  /** It has lasted (`timing.good`). Only observers are told. */
  readonly good?: true;
}
