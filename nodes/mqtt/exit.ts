import type { Publication } from "./message.ts";
import type { Problem } from "./problem.ts";

/** What the outbox needs of a connection. */
export interface Exit {
  /** Returns the packet identifier if the broker must acknowledge the message. */
  send(publication: Publication, sent: (problem?: Problem) => void): number | undefined;
  /** Forgets a message that is not acknowledged yet. */
  takeBack(packetId: number): void;
  /** A message that was taken back, at some time, will not be sent again. */
  abandon(publication: Publication): void;
  /** How many abandoned messages the broker still counts among those that it takes at once. */
  abandoned(): number;
  /** True for a message that was taken back, but that the broker may have, and counts among those that it takes. */
  isInterrupted(publication: Publication): boolean;
  /** Calls back when the broker has answered a PINGREQ; never, if the connection is lost first. */
  ping(answered: () => void): void;
}

/** How a connection begins. */
export interface Start {
  /** How many unacknowledged messages the broker takes [MQTT-3.3.4-9], where it says so. */
  readonly receiveMaximum?: number | undefined;
  /** To publish before the waiting messages. */
  readonly first?: Publication | undefined;
  /** The first attempt after the loss of the last connection was accepted. */
  readonly atOnce?: boolean;
  /** Nothing is sent before `resume`. */
  readonly paused?: boolean;
}
