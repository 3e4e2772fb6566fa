import { failure, type Problem } from "./problem.ts";

/** After this many connections that are closed instead of answered, the will is suspect. */
const closedWithWill = 2;

/**
 * Whether CONNECT carries the last will: a broker that takes no retained messages, no QoS 1, or nothing on that topic
 * refuses the whole connection. MQTT 5 says so by a reason code, 3.1.1 only closes the connection.
 */
export class LastWill {
  readonly #topic: string;
  #state: "wanted" | "left out to try" | "left out" = "wanted";
  #closed = 0;

  /** @param topic `""`: there is none */
  constructor(topic: string) {
    this.#topic = topic;
  }

  get sent(): boolean {
    return this.#topic !== "" && this.#state === "wanted";
  }

  get warning(): Problem | undefined {
    return this.#state === "left out" ? failure("will-refused", { topic: this.#topic }).problem : undefined;
  }

  /** The broker said so: CONNACK with 0x9A, retain not supported, or 0x9B, QoS not supported. */
  refuse(): void {
    if (this.#topic !== "") this.#state = "left out";
  }

  /** @param unanswered the broker closed the connection, and had not answered */
  attemptFailed(unanswered: boolean): void {
    if (this.#state === "left out" || this.#topic === "") return;
    const triedWithout = this.#state === "left out to try";
    this.#closed = unanswered && !triedWithout ? this.#closed + 1 : 0;
    this.#state = this.#closed >= closedWithWill ? "left out to try" : "wanted";
  }

  accepted(): void {
    this.#closed = 0;
    if (this.#state === "left out to try") this.#state = "left out";
  }
}
