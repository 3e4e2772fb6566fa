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
class Known {
  readonly reader: Reader;
  readonly channel: Channel;

  constructor(reader: Reader, channel: Channel) {
    this.reader = reader;
    this.channel = channel;
  }
}

/** Reads the messages of one printer node: each is matched and decoded once, however many nodes receive it. */
export class Reader {
  readonly #timestampField: string;
  #printer: string;
  /** What the topics say that came before: a printer has few. */
  readonly #channels: TopicCache<Channel>;
  readonly baseTopic: string;
  #listeners = 0;
  #delivery: Delivery | undefined;
  #reading: Reading | undefined;

  constructor(scheme: Scheme, name: string) {
    this.#timestampField = scheme.settings.timestampField;
    this.baseTopic = scheme.settings.baseTopic;
    this.#channels = new TopicCache((topic) => scheme.match(topic), most);
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

  /** `undefined`: the topic is not one of this printer. */
  read(delivery: Delivery): Reading | undefined {
    // Without a listener, the last messages of a thousand printers would only burden the garbage collector.
    if (this.#listeners < 2) return this.#match(delivery);
    if (delivery !== this.#delivery) {
      this.#delivery = delivery;
      this.#reading = this.#match(delivery);
    }
    return this.#reading;
  }

  #match(delivery: Delivery): Reading | undefined {
    const channel = this.#channelOf(delivery);
    if (channel === undefined) return undefined;
    return new Reading(delivery, channel, channel.printer ?? this.#printer, this.#timestampField);
  }

  #channelOf({ topic, memo }: Delivery): Channel | undefined {
    const known = memo?.known;
    if (known instanceof Known && known.reader === this) return known.channel;
    const channel = this.#channels.get(topic);
    if (memo !== undefined && known === undefined && channel !== undefined) memo.known = new Known(this, channel);
    return channel;
  }
}
