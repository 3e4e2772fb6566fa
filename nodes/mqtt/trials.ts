import type { Publication } from "./message.ts";
import { PublishQueue } from "./publish-queue.ts";

/** How long a trial waits for the other messages to be acknowledged, for a PINGRESP, and for its own end, ms. */
const patience = 5000;

/** What trials need of the outbox. */
export interface TrialSteps {
  /** Calls back when the broker has answered a PINGREQ. */
  ping(answered: () => void): void;
  send(publication: Publication): void;
  /** The broker does not answer the message, but it has not hung up either. */
  acquit(publication: Publication): void;
  /** True where messages of this topic wait until a suspect of it has been tried. */
  isHeld(topic: string): boolean;
}

/** The messages of suspects' topics, while there is a connection: they go last, and each suspect alone. */
export class Trials {
  readonly #steps: TrialSteps;
  readonly held = new PublishQueue();
  #running = false;
  #current: Publication | "ping" | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(steps: TrialSteps) {
    this.#steps = steps;
  }

  /** True while nothing else may be sent. */
  get running(): boolean {
    return this.#running;
  }

  isTried(publication: Publication): boolean {
    return this.#current === publication;
  }

  /**
   * Starts a trial as soon as the other messages have gone.
   *
   * @param sent whether they are sent
   * @param acknowledged whether the broker has acknowledged them all
   */
  prepare(sent: boolean, acknowledged: boolean): void {
    if (this.#current !== undefined) return;
    if (this.held.size === 0) return this.end();
    this.#timer ??= setTimeout(() => this.#start(), patience).unref();
    if (sent) this.#running = true;
    if (this.#running && acknowledged) this.#start();
  }

  /** Only on a connection that is good is a loss the message's fault: the broker may hang up for quite another reason. */
  #start(): void {
    this.#running = true;
    this.#current = "ping";
    this.#wait(() => this.#tryNext());
    this.#steps.ping(() => this.#tryNext());
  }

  #tryNext(): void {
    if (this.#current !== "ping") return;
    const next = this.held.takeFirst(({ topic }) => this.#steps.isHeld(topic)) ?? this.held.takeFirst(() => true);
    if (next === undefined) return this.end();
    this.#current = next;
    this.#wait(() => this.#steps.acquit(next));
    this.#steps.send(next);
  }

  #wait(callback: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(callback, patience).unref();
  }

  /**
   * The result is what is held no more and comes next: after the last trial, all at once and in the old order. A part of
   * it would let new QoS 2 messages overtake interrupted ones that the broker counts already.
   */
  finish(): Publication[] {
    this.end();
    this.#running = this.held.count(({ topic }) => this.#steps.isHeld(topic)) > 0;
    return this.#running ? [] : this.held.takeAll(() => true);
  }

  /** The trial is over, or cannot go on; what is held stays held. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#current = undefined;
    this.#running = false;
  }
}
