/** At this many losses within the period, in ms, a second client is likely. */
const most = 3;
const period = 5 * 60_000;

/**
 * Counts connections that worked, that the broker closed without a word, and that it accepted again at once. Several of
 * them one after the other are what two clients with one client id look like: a broker closes the connection of the
 * first when the second connects [MQTT-3.1.4-2], and only MQTT 5 has a way to say so.
 */
export class UnexplainedLosses {
  #times: number[] = [];

  /** True once it is likely that another client has the same client id. */
  add(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < period), now].slice(-most);
    return this.#times.length === most;
  }

  /** Something else explains it: the broker cannot be reached, or says why. */
  clear(): void {
    this.#times = [];
  }
}
