import { Buffer } from "node:buffer";
import { failure, type Problem } from "./problem.ts";

/** How filters are packed: at first as most brokers take them, then as all do. */
export interface SubscribeStep {
  readonly filters: number;
  readonly bytes: number;
  /** 2, that a message arrives with the QoS it was published with [MQTT-3.8.4-6]. */
  readonly qos: 1 | 2;
}

/** AWS IoT takes 8 filters in one SUBSCRIBE; some brokers take packets of some hundred bytes only. */
const steps: readonly [SubscribeStep, ...SubscribeStep[]] = [
  { filters: 50, bytes: 1000, qos: 2 },
  { filters: 8, bytes: 250, qos: 2 },
  { filters: 8, bytes: 250, qos: 1 },
  { filters: 1, bytes: 250, qos: 1 },
];

/** A broker that does not take a SUBSCRIBE hangs up within this time, ms; so many times in a row are no accident. */
const hangUp = 2000;
const lossesOfStep = 2;
/** The same for filters that the broker took before: then it may be the network, but a policy may have changed, too. */
const lossesOfTaken = 8;

/** How many filters are remembered at most. */
const mostTaken = 10_000;

/**
 * The filters of each packet.
 *
 * @param most filters, and bytes of a filter list
 * @example packed(["a", "b", "c"], { filters: 2, bytes: 1000 }) // [["a", "b"], ["c"]]
 */
export function packed(
  filters: readonly string[],
  most: { readonly filters: number; readonly bytes: number },
): string[][] {
  const packets: string[][] = [];
  let bytes = 0;
  for (const filter of filters) {
    // Two bytes of length before it, one byte of options after it [MQTT-3.8.3].
    const size = Buffer.byteLength(filter) + 3;
    const last = packets.at(-1);
    if (last === undefined || last.length >= most.filters || bytes + size > most.bytes) {
      packets.push([filter]);
      bytes = size;
    } else {
      last.push(filter);
      bytes += size;
    }
  }
  return packets;
}

/** What the sender needs of a client. */
export interface SubscribeExit {
  /** Of the whole packet, bytes, where the broker says so. */
  readonly maximumPacketSize: number | undefined;
  /** Calls back with the reason code of each filter; not if the connection is lost first. */
  subscribe(
    filters: readonly string[],
    qos: 1 | 2,
    identifier: number,
    done: (reasons: readonly number[]) => void,
  ): void;
  /** Calls back when it is acknowledged; not if the connection is lost first. */
  unsubscribe(filters: readonly string[], done: () => void): void;
  ping(answered: () => void): void;
}

/** A SUBSCRIBE or an UNSUBSCRIBE. */
interface Packet {
  readonly filters: readonly string[];
  readonly send: (exit: SubscribeExit, acknowledged: () => void) => void;
  readonly done: () => void;
}

/** What the broker has acknowledged in this or an earlier connection. */
class Taken {
  readonly #filters = new Set<string>();
  /** Of the largest packet. */
  #count = 0;
  #length = 0;

  add({ filters }: Packet): void {
    this.#count = Math.max(this.#count, filters.length);
    this.#length = Math.max(this.#length, lengthOf(filters));
    for (const filter of filters) if (this.#filters.size < mostTaken) this.#filters.add(filter);
  }

  /** Nothing in the packet is new to the broker, and it has taken larger ones. */
  covers({ filters }: Packet): boolean {
    const isSmall = filters.length <= this.#count && lengthOf(filters) <= this.#length;
    return isSmall && filters.every((filter) => this.#filters.has(filter));
  }
}

function lengthOf(filters: readonly string[]): number {
  return filters.reduce((sum, filter) => sum + filter.length, 0);
}

/**
 * Sends SUBSCRIBE and UNSUBSCRIBE in packets that a broker takes. Where it hangs up at one twice in a row, the next
 * packets are smaller, then of QoS 1, then of one filter each; and the filter at which it still hangs up is left out.
 */
export class SubscribeSender {
  #exit: SubscribeExit | undefined;
  #step = 0;
  /** Losses of the connection in a row while a packet was open. */
  #losses = 0;
  readonly #taken = new Taken();
  #lossesNeeded = lossesOfStep;
  /** The connection is lost; whether that counts is known when the broker is reached again. */
  #pending = false;
  /** What is not acknowledged, and when it was sent, ms. */
  readonly #open = new Map<Packet, number>();
  readonly #queue: Packet[] = [];
  #ping: "to send" | "sent" | "answered" = "to send";
  /** The filter at which the connection was lost last. */
  #suspect: string | undefined;
  readonly #leftOut = new Set<string>();
  #whenDone: (() => void) | undefined;

  /** That filters are subscribed in another way than usual. */
  get warning(): Problem | undefined {
    const { filters, qos } = this.#packing;
    return this.#step === 0 ? undefined : failure("subscribing-cautiously", { filters, qos }).problem;
  }

  get #packing(): SubscribeStep {
    return steps[this.#step] ?? steps[0];
  }

  /** A SUBSCRIBE has cost a connection, or may have: nothing else should be sent before all are acknowledged. */
  get careful(): boolean {
    return this.#step > 0 || this.#losses > 0;
  }

  /** @param atOnce the first attempt after the loss of the last connection was accepted */
  connected(exit: SubscribeExit, atOnce: boolean): void {
    this.#exit = exit;
    if (!this.#pending) return;
    this.#pending = false;
    this.#losses = atOnce ? this.#losses + 1 : 0;
    if (this.#losses < this.#lossesNeeded) return;
    this.#losses = 0;
    if (this.#step < steps.length - 1) this.#step++;
    else if (this.#suspect !== undefined) this.#leftOut.add(this.#suspect);
  }

  /** The result: whether a SUBSCRIBE may be the reason. */
  disconnected(now: number): boolean {
    const [first] = [...this.#open].filter(([, at]) => now - at <= hangUp);
    const suspect = first?.[0].filters[0];
    this.#lossesNeeded = first !== undefined && this.#taken.covers(first[0]) ? lossesOfTaken : lossesOfStep;
    const single = this.#step === steps.length - 1;
    if (suspect === undefined || (single && suspect !== this.#suspect)) this.#losses = 0;
    this.#suspect = suspect;
    this.#pending = suspect !== undefined;
    this.#exit = undefined;
    this.#open.clear();
    this.#queue.length = 0;
    this.#ping = "to send";
    this.#whenDone = undefined;
    return this.#pending;
  }

  /** Calls back once all is acknowledged. */
  whenDone(callback: () => void): void {
    this.#whenDone = callback;
    this.#finish();
  }

  /**
   * @param done is told which filters were refused, for which of them the broker would hang up, and whether one was
   *   refused with the reason 158, "shared subscriptions not supported"; not called if the connection is lost first
   */
  subscribe(
    filters: readonly string[],
    identifier: number,
    done: (refused: readonly string[], notShared: boolean, hangsUp: ReadonlySet<string>) => void,
  ): void {
    const hangsUp = new Set(filters.filter((filter) => this.#leftOut.has(filter)));
    const refused = [...hangsUp];
    let notShared = false;
    const { qos } = this.#packing;
    const send = (packet: readonly string[], exit: SubscribeExit, acknowledged: () => void): void =>
      exit.subscribe(packet, qos, identifier, (reasons) => {
        refused.push(...packet.filter((_, index) => Number(reasons[index]) >= 128));
        notShared ||= reasons.includes(158);
        acknowledged();
      });
    const wanted = filters.filter((filter) => !hangsUp.has(filter));
    this.#send(wanted, send, () => done(refused, notShared, hangsUp));
  }

  /** @param done not called if the connection is lost first */
  unsubscribe(filters: readonly string[], done: () => void): void {
    this.#send(filters, (packet, exit, acknowledged) => exit.unsubscribe(packet, acknowledged), done);
  }

  #send(
    filters: readonly string[],
    send: (packet: readonly string[], exit: SubscribeExit, acknowledged: () => void) => void,
    done: () => void,
  ): void {
    if (this.#exit === undefined) return;
    const most = this.#packing;
    // Fixed header, packet identifier and properties take 13 bytes at most.
    const room = (this.#exit.maximumPacketSize ?? Number.POSITIVE_INFINITY) - 13;
    const packets = packed(filters, { filters: most.filters, bytes: Math.min(most.bytes, room) });
    // Later, as a broker would answer.
    if (packets.length === 0) return queueMicrotask(done);
    let awaited = packets.length;
    for (const packet of packets) {
      this.#queue.push({
        filters: packet,
        send: (exit, acknowledged) => send(packet, exit, acknowledged),
        done: () => {
          if (--awaited === 0) done();
        },
      });
    }
    this.#sendNext();
  }

  /** With care: one at a time, and only on a connection that is good, for the broker may hang up for another reason. */
  #sendNext(): void {
    const exit = this.#exit;
    if (exit === undefined) return;
    const { careful } = this;
    if (careful && this.#ping !== "answered") return this.#sendPing(exit);
    while (this.#queue.length > 0 && !(careful && this.#open.size > 0)) {
      const packet = this.#queue.shift();
      if (packet === undefined) return;
      this.#open.set(packet, Date.now());
      packet.send(exit, () => {
        // Of an earlier connection.
        if (!this.#open.delete(packet)) return;
        this.#taken.add(packet);
        packet.done();
        this.#sendNext();
        this.#finish();
      });
    }
  }

  #sendPing(exit: SubscribeExit): void {
    if (this.#ping === "sent") return;
    this.#ping = "sent";
    exit.ping(() => {
      if (exit !== this.#exit) return;
      this.#ping = "answered";
      this.#sendNext();
    });
  }

  #finish(): void {
    if (this.#exit === undefined || this.#open.size > 0 || this.#queue.length > 0) return;
    this.#losses = 0;
    const whenDone = this.#whenDone;
    this.#whenDone = undefined;
    whenDone?.();
  }
}
