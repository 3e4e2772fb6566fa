import type { Publication } from "./message.ts";
import { failure, type Problem } from "./problem.ts";
import { PublishQueue } from "./publish-queue.ts";

/** What was not published in the end. */
export interface Left {
  /** In their order. */
  readonly kept: readonly Publication[];
  readonly lost: number;
}

/** What the outbox needs of a connection. */
export interface Exit {
  /** The result is the packet identifier, where the broker is to acknowledge the message. */
  send(publication: Publication, sent: (problem?: Problem) => void): number | undefined;
  /** Forgets a message that is not acknowledged yet. */
  takeBack(packetId: number): void;
}

interface InFlight {
  readonly publication: Publication;
  packetId: number | undefined;
}

/**
 * Unacknowledged messages on the wire at most; more would only move the queue to where nobody can bound it. What has
 * waited goes more slowly, for a broker drops what it cannot pass on as fast as it comes (mosquitto beyond 1,000 a
 * subscriber). Of QoS 2, mosquitto takes 20 at once by default and loses the rest without a word, for MQTT 3.1.1 has none.
 */
const widest = { fresh: 1000, waited: 100, qos2: 20 } as const;

/**
 * Brokers hang up on a client that publishes what they do not take; so often a message may be the last one. Fewer would
 * do with such a broker, but a bad network that cuts every connection after a moment must not cost a good message.
 */
const mostLosses = 10;

/**
 * What is to be published: at once where that is possible, else after what waits already. While there is no connection,
 * a message that is to be retained replaces the waiting one of its topic, for only the newest state counts then.
 */
export class Outbox {
  readonly #exit: Exit;
  readonly #limit: number;
  readonly #waiting = new PublishQueue();
  readonly #inFlight = new Set<InFlight>();
  /** A QoS 0 message that the socket has not taken yet; the others wait behind it. */
  #unwritten: InFlight | undefined;
  /** How many may be unacknowledged; 0 while there is no connection. */
  #window = 0;
  /** How many QoS 2 messages may be, and how many are. */
  #exactlyOnceWindow = 0;
  #exactlyOnce = 0;
  #draining = false;
  #suspect: Publication | undefined;
  #losses = 0;
  #whenEmpty: (() => void) | undefined;

  constructor(limit: number, exit: Exit) {
    this.#exit = exit;
    this.#limit = limit;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** How many wait or are not acknowledged yet. */
  get pending(): number {
    return this.#waiting.size + this.#inFlight.size;
  }

  push(publication: Publication): void {
    if (this.#window === 0 && !publication.queue) return publication.done(failure("disconnected").problem);
    if (this.#waiting.size === 0 && this.#mayBeSent(publication, widest.fresh)) return this.#handOver(publication);
    // While the connection stands nothing is left out for having waited a moment, unless there is no more room.
    const full = this.#waiting.size >= this.#limit;
    const mayReplace = publication.retain && (full || this.#window === 0);
    const replaced = mayReplace ? this.#waiting.takeRetained(publication.topic) : undefined;
    if (full && replaced === undefined) {
      return publication.done(failure("queue-full", { limit: this.#limit }).problem);
    }
    this.#waiting.push(publication);
    replaced?.done();
  }

  /**
   * @param receiveMaximum how many unacknowledged messages the broker takes [MQTT-3.3.4-9], where it says so
   * @param first to be published before what waits
   */
  connected(receiveMaximum: number | undefined, first?: Publication): void {
    this.#window = receiveMaximum ?? widest.fresh;
    this.#exactlyOnceWindow = receiveMaximum ?? widest.qos2;
    if (first !== undefined) this.#waiting.putFirst([first]);
    this.#drain();
  }

  /**
   * What may wait goes on waiting, in its old order; the rest is refused. Nothing stays with MQTT.js: it sends that
   * again before it tells of the connection, so that one message which the broker hangs up on would be its end.
   */
  disconnected(): void {
    this.#window = 0;
    const back: Publication[] = [];
    const refused: Publication[] = [];
    const fatal = this.#fatal();
    for (const inFlight of [...this.#inFlight]) {
      const { publication } = inFlight;
      this.#takeBack(inFlight);
      (publication.queue && publication !== fatal ? back : refused).push(publication);
    }
    this.#waiting.putFirst(back);
    refused.push(...this.#waiting.takeAll(({ queue }) => !queue));
    for (const publication of refused) publication.done(failure("connection-lost").problem);
  }

  /** Refuses what one owner has waiting or not acknowledged. */
  withdraw(problem: Problem, owner: unknown): void {
    for (const publication of this.#take((candidate) => candidate.owner === owner)) publication.done(problem);
    this.#drain();
  }

  /**
   * Gives up what is left.
   *
   * @param keep what may wait is the caller's from then on, its `done` too; the rest is refused
   */
  end(problem: Problem, keep: boolean): Left {
    const left = this.#take(() => true);
    const isKept = ({ queue }: Publication): boolean => keep && queue;
    const kept = left.filter(isKept);
    for (const publication of left) if (!isKept(publication)) publication.done(problem);
    return { kept, lost: left.length - kept.length };
  }

  /** Takes out what waits and what is not acknowledged. */
  #take(wanted: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    for (const inFlight of [...this.#inFlight]) {
      if (!wanted(inFlight.publication)) continue;
      this.#takeBack(inFlight);
      taken.push(inFlight.publication);
    }
    taken.push(...this.#waiting.takeAll(wanted));
    return taken;
  }

  /** Calls back once nothing waits and nothing is on its way. */
  whenEmpty(callback: () => void): void {
    this.#whenEmpty = callback;
    this.#drain();
  }

  /** The message that was the oldest one on the wire each time when the connection went. */
  #fatal(): Publication | undefined {
    const [oldest] = this.#inFlight;
    if (oldest === undefined) return undefined;
    this.#losses = oldest.publication === this.#suspect ? this.#losses + 1 : 1;
    this.#suspect = oldest.publication;
    return this.#losses < mostLosses ? undefined : this.#suspect;
  }

  #mayBeSent({ qos }: Publication, most: number): boolean {
    if (this.#unwritten !== undefined) return false;
    if (qos === 0) return this.#window > 0;
    if (qos === 2 && this.#exactlyOnce >= this.#exactlyOnceWindow) return false;
    return this.#inFlight.size < Math.min(this.#window, most);
  }

  #drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (;;) {
      const { next } = this.#waiting;
      if (next === undefined || !this.#mayBeSent(next, widest.waited)) break;
      this.#waiting.shift();
      this.#handOver(next);
    }
    this.#draining = false;
    if (this.#waiting.size === 0 && this.#inFlight.size === 0) this.#whenEmpty?.();
  }

  #handOver(publication: Publication): void {
    const inFlight: InFlight = { publication, packetId: undefined };
    this.#inFlight.add(inFlight);
    if (publication.qos === 0) this.#unwritten = inFlight;
    if (publication.qos === 2) this.#exactlyOnce++;
    inFlight.packetId = this.#exit.send(publication, (problem) => {
      // What was taken back meanwhile is no longer this one's business.
      if (!this.#finish(inFlight)) return;
      publication.done(problem);
      this.#drain();
    });
  }

  #takeBack(inFlight: InFlight): void {
    this.#finish(inFlight);
    if (inFlight.packetId !== undefined) this.#exit.takeBack(inFlight.packetId);
  }

  /** False: it was finished before. */
  #finish(inFlight: InFlight): boolean {
    if (!this.#inFlight.delete(inFlight)) return false;
    if (this.#unwritten === inFlight) this.#unwritten = undefined;
    if (inFlight.publication.qos === 2) this.#exactlyOnce--;
    return true;
  }
}
