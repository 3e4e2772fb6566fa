import { failure, type Problem } from "./problem.ts";

/** After this many connections that are closed instead of answered, the will is suspect. */
const closedWithWill = 2;

/**
 * Whether CONNECT carries the last will: a broker that takes no retained messages, no QoS 1, or nothing on that topic
 * refuses the whole connection. MQTT 5 says so by a reason code, 3.1.1 only closes the connection. So does a proxy while
 * the broker behind it restarts: what proves the will guilty is that a broker which has just accepted a connection
 * without it closes the next one, with it.
 */
export class LastWill {
  readonly #topic: string;
  #state: "wanted" | "left out to try" | "accepted without" | "on trial" | "left out" = "wanted";
  #closed = 0;

  /** @param topic `""`: there is none */
  constructor(topic: string) {
    this.#topic = topic;
  }

  get sent(): boolean {
    return this.#topic !== "" && (this.#state === "wanted" || this.#state === "on trial");
  }

  get warning(): Problem | undefined {
    return this.#state === "left out" ? failure("will-refused", { topic: this.#topic }).problem : undefined;
  }

  /** The broker said so: CONNACK with 0x9A, retain not supported, or 0x9B, QoS not supported. */
  refuse(): void {
    if (this.#topic !== "") this.#state = "left out";
  }

  /**
   * Returns whether the will explains it: it has been proved guilty, or this is the connection that was ended to try it.
   *
   * @param unanswered the broker closed the connection, and had not answered
   */
  attemptFailed(unanswered: boolean): boolean {
    if (this.#state === "left out" || this.#topic === "") return false;
    if (this.#state === "accepted without") {
      this.#state = "on trial";
      return true;
    }
    if (this.#state === "on trial" && unanswered) {
      this.#state = "left out";
      return true;
    }
    this.#closed = unanswered && this.#state === "wanted" ? this.#closed + 1 : 0;
    this.#state = this.#closed >= closedWithWill ? "left out to try" : "wanted";
    return false;
  }

  /** The broker has accepted a connection. Returns whether to end it, and to try once more with the will. */
  accepted(): boolean {
    this.#closed = 0;
    const tryAgain = this.#state === "left out to try";
    if (tryAgain) this.#state = "accepted without";
    else if (this.#state === "on trial") this.#state = "wanted";
    return tryAgain;
  }
}
