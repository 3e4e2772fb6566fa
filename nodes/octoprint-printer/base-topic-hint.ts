import type { Delivery, Subscriber } from "../mqtt/message.ts";
import type { MessageSource } from "../node-red/message-source.ts";
import { otherDefaultBaseTopic, type Scheme } from "../octoprint/topics/scheme.ts";

/** Nothing comes below `baseTopic`, but a printer is below `other`. */
export interface Hint {
  readonly baseTopic: string;
  readonly other: string;
}

/** Gets the hint, or `undefined` when it is no longer true. */
export type ShowHint = (hint: Hint | undefined) => void;

/**
 * Notices that a printer publishes below the other one of the plugin's two default base topics: `octoprint/` as its
 * README says, `octoPrint/` as its code does since 0.8.4. Listens there for as long as somebody receives.
 */
export class BaseTopicHint {
  readonly #own: string;
  readonly #other: string;
  /** What the status topic is called below either base topic. */
  readonly #lwTopic: string;
  readonly #listeners = new Set<ShowHint>();
  #received = false;
  #hint: Hint | undefined;
  #unsubscribe: (() => void) | undefined;

  /** `undefined` for a printer whose base topic is neither of the two. */
  static of({ settings }: Scheme): BaseTopicHint | undefined {
    const other = otherDefaultBaseTopic(settings.baseTopic);
    if (other === undefined || settings.lwTopic === "") return undefined;
    return new BaseTopicHint(settings.baseTopic, other, settings.lwTopic);
  }

  private constructor(own: string, other: string, lwTopic: string) {
    this.#own = own;
    this.#other = other;
    this.#lwTopic = lwTopic;
  }

  /** The subscriber that also takes note of what comes, and what removes the listener. */
  watch(messages: MessageSource, subscriber: Subscriber, showHint: ShowHint): [Subscriber, stop: () => void] {
    this.#listeners.add(showHint);
    if (this.#hint !== undefined) showHint(this.#hint);
    this.#unsubscribe ??= messages.subscribe([this.#own + this.#lwTopic, this.#other + this.#lwTopic], {
      deliver: (delivery) => this.#receiveStatus(delivery),
      // Without the right to read there, there is no hint.
      refused: () => undefined,
    });
    const noting: Subscriber = {
      deliver: (delivery) => {
        this.#setReceived();
        subscriber.deliver(delivery);
      },
      refused: (problem) => subscriber.refused(problem),
    };
    const stop = (): void => {
      this.#listeners.delete(showHint);
      if (this.#listeners.size > 0) return;
      this.#unsubscribe?.();
      this.#unsubscribe = undefined;
    };
    return [noting, stop];
  }

  #receiveStatus({ topic, payload, retain }: Delivery): void {
    if (topic.startsWith(this.#own)) return this.#setReceived();
    // Only what is stored: a printer that is being moved to our base topic publishes `disconnected` there.
    if (!retain || payload.length === 0 || this.#received) return;
    this.#setHint({ baseTopic: this.#own, other: this.#other });
  }

  /** Something came below our base topic, so it is the right one. */
  #setReceived(): void {
    this.#received = true;
    if (this.#hint !== undefined) this.#setHint(undefined);
  }

  #setHint(hint: Hint | undefined): void {
    this.#hint = hint;
    for (const showHint of this.#listeners) showHint(hint);
  }
}
