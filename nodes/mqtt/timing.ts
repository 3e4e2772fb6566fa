/** Milliseconds. */
export const routerTiming = {
  /** How long a filter that nobody wants any more is kept, for a deploy removes and adds. */
  shrink: 3000,
  /** How long a member waits for more after the last stored message. MQTT does not mark their end. */
  stored: 10_000,
  /** How long the broker may still send, with QoS 1 and 2, what it had queued for a filter that is gone. */
  settle: 3000,
  /** How long second copies are left out while one filter replaces others, at the longest. */
  replace: 15_000,
};

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
  /** How long a close waits for the remaining messages, and then for the broker. */
  flush: 2000,
  farewell: 500,
  /** Between two corrections of what the status topic says. */
  correct: 5000,
  ...routerTiming,
};
