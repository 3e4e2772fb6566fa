import type { Delivery } from "../mqtt/message.ts";
import { TopicCache } from "../mqtt/topic-cache.ts";
import { type Decoded, decode } from "../octoprint/messages/decode.ts";
import { type Channel, printerNameOf, type Scheme } from "../octoprint/topics/scheme.ts";

/** Topics remembered at most. */
const most = 1000;

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

  /**
   * The message for one receiver: the first gets it as it is, the others get copies, because flows change their msg.
   */
  take(message: unknown, clone: (message: unknown) => unknown): unknown {
    if (typeof message !== "object" || message === null) return message;
    // Node-RED's clone of a Buffer shares its memory, and so do other printer nodes that read this delivery.
    if (message instanceof Uint8Array) return Buffer.from(message);
    if (this.#taken) return clone(message);
    this.#taken = true;
    return message;
  }
}

/** What a topic says, to one reader. */
class KnownChannel implements Channel {
  readonly reader: Reader;
  readonly kind: Channel["kind"];
  readonly name: string;
  readonly printer: string | undefined;

  constructor(reader: Reader, { kind, name, printer }: Channel) {
    this.reader = reader;
    this.kind = kind;
    this.name = name;
    this.printer = printer;
  }
}

/** Reads the messages of one printer node: each is matched and decoded once, however many nodes receive it. */
export class Reader {
  readonly #timestampField: string;
  #printer: string;
  /** What the topics say that came before: a printer has few. */
  readonly #channels: TopicCache<KnownChannel>;
  readonly baseTopic: string;
  #listeners = 0;
  #onFirst: (() => void) | undefined;
  #delivery: Delivery | undefined;
  #reading: Reading | undefined;

  constructor(scheme: Scheme, name: string) {
    this.#timestampField = scheme.settings.timestampField;
    this.baseTopic = scheme.settings.baseTopic;
    this.#channels = new TopicCache((topic) => {
      const channel = scheme.match(topic);
      return channel && new KnownChannel(this, channel);
    }, most);
    const noPrinter = { kind: "connection", name: "", printer: undefined } as const;
    this.#printer = printerNameOf(noPrinter, name, scheme.settings.baseTopic);
  }

  /** The printer's name where the topic has none. */
  get printer(): string {
    return this.#printer;
  }

  /** An OctoPrint that we speak to ourselves says what it is called. */
  rename(name: string): void {
    this.#printer = name;
    this.#delivery = undefined;
  }

  /** To be called when a node receives from this printer. Returns a function to call when that ends. */
  join(): () => void {
    this.#listeners++;
    return () => {
      this.#listeners--;
    };
  }

  /** Calls back when the first message comes. */
  onceReceived(callback: () => void): void {
    this.#onFirst = callback;
  }

  /** `undefined`: the topic is not one of this printer. */
  read(delivery: Delivery): Reading | undefined {
    if (this.#onFirst !== undefined) this.#tellFirst(this.#onFirst);
    // Without a listener, the last messages of a thousand printers would only burden the garbage collector.
    if (this.#listeners < 2) return this.#match(delivery);
    if (delivery !== this.#delivery) {
      this.#delivery = delivery;
      this.#reading = this.#match(delivery);
    }
    return this.#reading;
  }

  #tellFirst(callback: () => void): void {
    this.#onFirst = undefined;
    callback();
  }

  #match(delivery: Delivery): Reading | undefined {
    const channel = this.#channelOf(delivery);
    if (channel === undefined) return undefined;
    return new Reading(delivery, channel, channel.printer ?? this.#printer, this.#timestampField);
  }

  #channelOf({ topic, memo }: Delivery): Channel | undefined {
    const known = memo?.known;
    if (known instanceof KnownChannel && known.reader === this) return known;
    const channel = this.#channels.get(topic);
    if (memo !== undefined && known === undefined) memo.known = channel;
    return channel;
  }
}
