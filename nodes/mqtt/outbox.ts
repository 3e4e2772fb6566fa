import type { Exit, Start } from "./exit.ts";
import type { Publication } from "./message.ts";
import { failure, type Problem } from "./problem.ts";
import { PublishQueue } from "./publish-queue.ts";
import { Suspects, sizeOf } from "./suspect.ts";
import { Trials } from "./trials.ts";

/** What was not published in the end. */
export interface Left {
  /** In their order. */
  readonly kept: readonly Publication[];
  readonly lost: number;
}

interface InFlight {
  readonly publication: Publication;
  /** When it was handed over, ms. */
  readonly at: number;
  packetId: number | undefined;
}

/**
 * Unacknowledged messages on the wire at most; more would only move the queue to where nobody can bound it. What has
 * waited goes more slowly, for a broker drops what it cannot pass on as fast as it comes (mosquitto beyond 1,000 a
 * subscriber). While mosquitto has 20 of QoS 2, its default, it loses the rest without a word, for MQTT 3.1.1 has none,
 * and QoS 1 as well: so one place is left for that.
 */
const widest = { fresh: 1000, waited: 100, qos2: 19 } as const;

/**
 * What is to be published: at once where that is possible, else after what waits already. While there is no connection,
 * a message that is to be retained replaces the waiting one of its topic, for only the newest state counts then.
 */
export class Outbox {
  readonly #exit: Exit;
  readonly #limit: number;
  readonly #waiting = new PublishQueue();
  readonly #inFlight = new Set<InFlight>();
  readonly #suspects = new Suspects();
  readonly #trials = new Trials({
    ping: (answered) => this.#exit.ping(answered),
    send: (publication) => this.#handOver(publication),
    acquit: (publication) => this.#acquit(publication),
    isHeld: (topic) => this.#suspects.isHeld(topic),
  });
  /** A QoS 0 message that the socket has not taken yet; the others wait behind it. */
  #unwritten: InFlight | undefined;
  /** How many may be unacknowledged; 0 while there is no connection. */
  #window = 0;
  /** How many QoS 2 messages may be, and how many are. */
  #exactlyOnceWindow = 0;
  #exactlyOnce = 0;
  #draining = false;
  #paused = false;
  #whenEmpty: (() => void) | undefined;

  constructor(limit: number, exit: Exit) {
    this.#exit = exit;
    this.#limit = limit;
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size + this.#trials.held.size;
  }

  /** How many wait or are not acknowledged yet. */
  get pending(): number {
    return this.size + this.#inFlight.size;
  }

  push(publication: Publication): void {
    if (this.#window === 0 && !publication.queue) return publication.done(failure("disconnected").problem);
    if (this.#suspects.any) return this.#pushWithCare(publication);
    if (this.#waiting.size === 0 && this.#mayBeSent(publication, widest.fresh)) return this.#handOver(publication);
    this.#enqueue(publication, this.#waiting);
  }

  /** While something is suspected: what is banned is refused, what is held goes to the others of its topic. */
  #pushWithCare(publication: Publication): void {
    const banned = this.#suspects.causeOfBan(publication, Date.now());
    if (banned !== undefined) return publication.done(closesConnection(publication, banned));
    if (this.#window > 0 && this.#suspects.isHeld(publication.topic)) {
      this.#enqueue(publication, this.#trials.held);
      return this.drain();
    }
    if (this.#waiting.size === 0 && this.#mayBeSent(publication, widest.fresh)) return this.#handOver(publication);
    this.#enqueue(publication, this.#waiting);
  }

  #enqueue(publication: Publication, line: PublishQueue): void {
    // While the connection stands nothing is left out for having waited a moment, unless there is no more room.
    const full = this.size >= this.#limit;
    const mayReplace =
      publication.retain && (full || this.#window === 0) && !this.#suspects.concerns(publication.topic);
    const replaced = mayReplace ? line.takeRetained(publication.topic) : undefined;
    if (full && replaced === undefined) {
      return publication.done(failure("queue-full", { limit: this.#limit }).problem);
    }
    line.push(publication);
    if (replaced === undefined) return;
    this.#exit.abandon(replaced);
    replaced.done();
  }

  connected({ receiveMaximum, first, atOnce = true, paused = false }: Start = {}): void {
    this.#window = receiveMaximum ?? widest.fresh;
    this.#exactlyOnceWindow = receiveMaximum === undefined ? widest.qos2 : Math.max(1, receiveMaximum - 1);
    this.#paused = paused;
    if (first !== undefined) this.#waiting.putFirst([first]);
    this.#suspects.reached(atOnce);
    if (this.#suspects.any) this.#setSuspectsApart();
    this.drain();
  }

  /** The guilty are refused, and what is of a suspect's topic waits for its trial. */
  #setSuspectsApart(): void {
    const guilty = this.#waiting.takeAll((publication) => this.#suspects.causeOfGuilt(publication) !== undefined);
    const refused = guilty.map((publication) => {
      const cause = this.#suspects.causeOfGuilt(publication) ?? failure("connection-lost").problem;
      return { publication, problem: closesConnection(publication, cause) };
    });
    this.#suspects.ban(guilty, Date.now());
    this.#trials.held.putFirst(this.#waiting.takeAll(({ topic }) => this.#suspects.isHeld(topic)));
    for (const { publication, problem } of refused) this.#refuse(publication, problem);
  }

  #refuse(publication: Publication, problem: Problem): void {
    this.#exit.abandon(publication);
    publication.done(problem);
  }

  /** Sends what `connected` was told to keep back. */
  resume(): void {
    this.#paused = false;
    this.drain();
  }

  /** The connection has lasted a while. */
  lasted(): void {
    this.#suspects.lasted();
  }

  /**
   * What may wait goes on waiting, in its old order; the rest is refused. Nothing stays with MQTT.js: it sends that
   * again before it tells of the connection, so that one message which the broker hangs up on would be its end.
   *
   * @returns whether a message may be the reason
   */
  disconnected(cause: Problem = failure("reconnecting").problem): boolean {
    const inFlight = [...this.#inFlight];
    const written = inFlight.filter((each) => each !== this.#unwritten);
    const suspicious = this.#window > 0 && this.#suspects.lost(written, Date.now(), cause);
    this.#window = 0;
    this.#trials.end();
    const back: Publication[] = [];
    const refused: Publication[] = [];
    for (const each of inFlight) {
      this.#takeBack(each);
      (each.publication.queue ? back : refused).push(each.publication);
    }
    this.#waiting.putFirst([...back, ...this.#trials.held.takeAll(() => true)]);
    refused.push(...this.#waiting.takeAll(({ queue }) => !queue));
    for (const publication of refused) this.#refuse(publication, failure("connection-lost").problem);
    return suspicious;
  }

  /** Refuses what one owner has waiting or not acknowledged. */
  withdraw(problem: Problem, owner: unknown): void {
    for (const publication of this.#take((candidate) => candidate.owner === owner)) this.#refuse(publication, problem);
    this.drain();
  }

  /**
   * Gives up what is left.
   *
   * @param keep what may wait is the caller's from then on, its `done` too; the rest is refused
   */
  end(problem: Problem, keep: boolean): Left {
    const left = this.#take(() => true);
    this.#trials.end();
    const isKept = ({ queue }: Publication): boolean => keep && queue;
    const kept = left.filter(isKept);
    for (const publication of left) if (!isKept(publication)) publication.done(problem);
    return { kept, lost: left.length - kept.length };
  }

  /** Removes and returns the waiting and the unacknowledged messages for which the predicate is true. */
  #take(wanted: (publication: Publication) => boolean): Publication[] {
    const taken: Publication[] = [];
    for (const inFlight of [...this.#inFlight]) {
      if (!wanted(inFlight.publication)) continue;
      this.#takeBack(inFlight);
      taken.push(inFlight.publication);
    }
    taken.push(...this.#trials.held.takeAll(wanted), ...this.#waiting.takeAll(wanted));
    return taken;
  }

  /** Calls back once nothing waits and nothing is on its way. */
  whenEmpty(callback: () => void): void {
    this.#whenEmpty = callback;
    this.drain();
  }

  #mayBeSent({ qos }: Publication, most: number): boolean {
    if (this.#unwritten !== undefined || this.#paused || this.#trials.running) return false;
    if (qos === 0) return this.#window > 0;
    const interrupted = this.#interrupted;
    if (qos === 2 && this.#exactlyOnce + interrupted >= this.#exactlyOnceWindow) return false;
    return this.#inFlight.size + interrupted < Math.min(this.#window, most);
  }

  /** How many messages the broker counts that are not in flight. */
  get #interrupted(): number {
    const { held } = this.#trials;
    const waiting = held.size === 0 ? 0 : held.count((publication) => this.#exit.isInterrupted(publication));
    return waiting + this.#exit.abandoned();
  }

  /** Sends what may be sent now. */
  drain(): void {
    if (this.#draining) return;
    this.#draining = true;
    for (;;) {
      const { next } = this.#waiting;
      if (next === undefined || !this.#mayBeSent(next, widest.waited)) break;
      this.#waiting.shift();
      this.#handOver(next);
    }
    if (this.#trials.running || this.#trials.held.size > 0) this.#prepareTrial();
    this.#draining = false;
    if (this.pending === 0) this.#whenEmpty?.();
  }

  #prepareTrial(): void {
    if (this.#window > 0 && !this.#paused) this.#trials.prepare(this.#waiting.size === 0, this.#inFlight.size === 0);
  }

  #acquit(publication: Publication): void {
    this.#suspects.acknowledged(publication);
    this.#waiting.putFirst(this.#trials.finish());
    this.drain();
  }

  #handOver(publication: Publication): void {
    const inFlight: InFlight = { publication, at: Date.now(), packetId: undefined };
    this.#inFlight.add(inFlight);
    if (publication.qos === 0) this.#unwritten = inFlight;
    if (publication.qos === 2) this.#exactlyOnce++;
    inFlight.packetId = this.#exit.send(publication, (problem) => {
      if (publication.qos > 0 || problem !== undefined || !this.#trials.isTried(publication)) {
        return this.#finish(inFlight, problem);
      }
      // Nobody acknowledges QoS 0, but the broker answers what comes after it.
      if (this.#unwritten === inFlight) this.#unwritten = undefined;
      this.#exit.ping(() => this.#finish(inFlight, undefined));
    });
  }

  #finish(inFlight: InFlight, problem: Problem | undefined): void {
    // What was taken back meanwhile is no longer this one's business.
    if (!this.#remove(inFlight)) return;
    const { publication } = inFlight;
    const tried = this.#trials.isTried(publication);
    if (publication.qos === 0 && !tried) {
      if (this.#suspects.cautious) this.#suspects.wrote(publication, inFlight.at);
    } else if (this.#suspects.any) this.#suspects.acknowledged(publication);
    if (tried) this.#waiting.putFirst(this.#trials.finish());
    publication.done(problem);
    this.drain();
  }

  #takeBack(inFlight: InFlight): void {
    this.#remove(inFlight);
    if (this.#trials.isTried(inFlight.publication)) this.#trials.end();
    if (inFlight.packetId !== undefined) this.#exit.takeBack(inFlight.packetId);
  }

  /** False: it was finished before. */
  #remove(inFlight: InFlight): boolean {
    if (!this.#inFlight.delete(inFlight)) return false;
    if (this.#unwritten === inFlight) this.#unwritten = undefined;
    if (inFlight.publication.qos === 2) this.#exactlyOnce--;
    return true;
  }
}

function closesConnection(publication: Publication, cause: Problem): Problem {
  const { topic, qos } = publication;
  return failure("publish-closes-connection", { ...cause, topic, qos, size: sizeOf(publication), cause: cause.code })
    .problem;
}
