import type { Publication, Subscriber } from "./message.ts";
import { failure, type Problem } from "./problem.ts";
import { type PublishLimits, withinLimits } from "./publish-limits.ts";

/** What the status topic needs of its connection. */
export interface StatusActions {
  publish(publication: Publication): void;
  /** The broker has taken a message. */
  published(): void;
  /** The broker closes the connection when the status is published: that is not done any more. */
  givenUp(): void;
}

/**
 * What says on a topic whether we are connected, as the plugin does. The connection listens to that topic itself: the
 * will of an earlier connection that ended without a word comes when the broker notices, perhaps after our "connected".
 */
export class StatusTopic {
  readonly #topic: string;
  readonly #pause: number;
  readonly #actions: StatusActions;
  #limits: PublishLimits | undefined;
  #saidAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #warning: Problem | undefined;

  /**
   * @param topic `""`: nothing is said
   * @param pause between two corrections at least, ms
   */
  constructor(topic: string, pause: number, actions: StatusActions) {
    this.#topic = topic;
    this.#pause = pause;
    this.#actions = actions;
  }

  /** `""`: nothing is said, or no more. */
  get topic(): string {
    return this.#warning === undefined ? this.#topic : "";
  }

  get warning(): Problem | undefined {
    return this.#warning;
  }

  /** There is a connection. Returns the message to publish first. */
  connected(limits: PublishLimits): Publication | undefined {
    this.#limits = limits;
    return this.#connectedMessage();
  }

  disconnected(): void {
    this.#limits = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Hears what the topic says. */
  readonly subscriber: Subscriber = {
    deliver: ({ payload }) => this.#hear(payload.toString()),
    // Who may not read the topic may still write it.
    refused: () => undefined,
  };

  #hear(text: string): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (text === "connected" || this.#limits === undefined || this.topic === "") return;
    const due = this.#saidAt + this.#pause - Date.now();
    this.#timer = setTimeout(() => this.#correct(), Math.max(0, due)).unref();
  }

  #correct(): void {
    this.#timer = undefined;
    const message = this.#connectedMessage();
    if (message !== undefined) this.#actions.publish(message);
  }

  #connectedMessage(): Publication | undefined {
    if (this.topic === "" || this.#limits === undefined) return undefined;
    this.#saidAt = Date.now();
    const message = {
      topic: this.#topic,
      payload: "connected",
      qos: 1,
      retain: true,
      queue: false,
      owner: this,
    } as const;
    return withinLimits({ ...message, done: (problem) => this.#done(problem) }, this.#limits);
  }

  #done(problem: Problem | undefined): void {
    if (problem === undefined) return this.#actions.published();
    if (problem.code !== "publish-closes-connection") return;
    const { cause = "", code: _code, ...rest } = problem;
    this.#warning = failure("status-topic-given-up", { ...rest, topic: this.#topic, cause }).problem;
    this.#actions.givenUp();
  }
}
