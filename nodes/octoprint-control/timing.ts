/** Milliseconds. */
export const commandTiming = {
  /** How often OctoPrint is asked whether it has happened. */
  poll: 1000,
  /** An emergency stop that is not answered by then is sent once more. */
  stop: 3000,
};
