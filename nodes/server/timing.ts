/** Milliseconds. A Raspberry Pi under load needs seconds for an answer. */
export const requestTiming = {
  /** Until there is a connection, TLS included. */
  connect: 5000,
  get: 10_000,
  /** What changes something: POST, PUT, PATCH, DELETE. */
  change: 15_000,
  /** The time limit of an upload, plus a second for each 100 KB. */
  upload: 60_000,
};

/** Milliseconds. */
export const pushTiming = {
  handshake: 10_000,
  /** Until the first frame, which OctoPrint sends unasked. */
  greeting: 10_000,
  /** Until OctoPrint must have answered `auth`: to a malformed one it says nothing. */
  auth: 5000,
  /** Proxies close silent connections: nginx after 60 s. */
  ping: 25_000,
  /** After this many unanswered pings, the connection counts as dead. */
  missingPongs: 2,
  /** How often to ask whether the key still counts: a socket opened with a revoked key goes on. */
  keyCheck: 300_000,
  /** The pauses between attempts; the last one repeats. Each is jittered. */
  retry: [1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000],
  /** While OctoPrint's start page answers. */
  starting: 2000,
  /** After 429: first, and from then on. */
  locked: [60_000, 600_000],
  /** A connection that lasted this long was a good one; the pauses begin anew. */
  good: 10_000,
  /** How long a connection outlives its last user: a deploy takes nodes away and brings them back. */
  idle: 3000,
  /** How long closing the socket may take. */
  farewell: 500,
  /** How often to poll REST instead of the socket: during a print, and otherwise. */
  poll: 5000,
  pollIdle: 10_000,
  /** How often to try for the socket again meanwhile. */
  pollRetry: [30_000, 60_000, 300_000],
};

/** The first attempts of many push connections that open in the same moment. Milliseconds, but `atOnce`. */
export const firstAttemptTiming = {
  /** So many connections do not wait. */
  atOnce: 5,
  between: 100,
  /** No connection waits longer than this. */
  longest: 10_000,
};

/** Milliseconds. */
export const keyTiming = {
  /** How often to ask for a key that was requested: OctoPrint forgets who does not ask for 5 s. */
  poll: 1000,
};
