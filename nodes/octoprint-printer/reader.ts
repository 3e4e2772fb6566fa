import type { Delivery } from "../mqtt/router.ts";
import { type Decoded, decode } from "../octoprint/decode.ts";
import { type Channel, printerNameOf, type Scheme } from "../octoprint/scheme.ts";

/** A message of a printer, matched; it is decoded when somebody wants to know what it says. */
export class Reading {
  readonly channel: Channel;
  /** The name by which a msg speaks of its printer. */
  readonly printer: string;
  /** Milliseconds since the epoch. */
  readonly arrived = Date.now();
  readonly #delivery: Delivery;
  readonly #timestampField: string;
  #decoded: Decoded | undefined;
  #taken = false;

  constructor(delivery: Delivery, channel: Channel, printer: string, timestampField: string) {
    this.#delivery = delivery;
    this.channel = channel;
    this.printer = printer;
    this.#timestampField = timestampField;
  }

  get decoded(): Decoded {
    this.#decoded ??= decode(this.channel, this.#delivery.payload, this.#timestampField);
    return this.#decoded;
  }

  /** The message for one receiver: the first takes it as it is, each other a copy, for flows change their msg. */
  take(message: unknown, clone: (message: unknown) => unknown): unknown {
    if (typeof message !== "object" || message === null) return message;
    if (this.#taken) return clone(message);
    this.#taken = true;
    return message;
  }
}

/** Reads the messages of one printer node: each is matched and decoded once, however many nodes receive it. */
export class Reader {
  readonly #scheme: Scheme;
  readonly #name: string;
  #delivery: Delivery | undefined;
  #reading: Reading | undefined;

  constructor(scheme: Scheme, name: string) {
    this.#scheme = scheme;
    this.#name = name;
  }

  /** `undefined`: the topic is none of this printer. */
  read(delivery: Delivery): Reading | undefined {
    if (delivery !== this.#delivery) {
      this.#delivery = delivery;
      this.#reading = this.#match(delivery);
    }
    return this.#reading;
  }

  #match(delivery: Delivery): Reading | undefined {
    const channel = this.#scheme.match(delivery.topic);
    if (channel === undefined) return undefined;
    const { baseTopic, timestampField } = this.#scheme.settings;
    return new Reading(delivery, channel, printerNameOf(channel, this.#name, baseTopic), timestampField);
  }
}
