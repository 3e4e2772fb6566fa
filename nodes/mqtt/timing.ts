import { routerTiming } from "./router.ts";

/** Milliseconds. */
export const timing = {
  /** Until the broker must have answered. */
  connect: 10_000,
  /** The first pause before another attempt; each failure doubles it, up to the longest. */
  retry: 500,
  longestRetry: 30_000,
  /** A connection that lasted this long was a good one; the pauses begin anew. */
  good: 10_000,
  /** How long a connection outlives its last user: a deploy takes nodes away and brings them back. */
  idle: 3000,
  /** How long a close waits for what is still to be published, and then for the broker. */
  flush: 2000,
  farewell: 500,
  ...routerTiming,
};
