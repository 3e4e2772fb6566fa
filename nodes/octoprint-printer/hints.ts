import type { Delivery } from "../mqtt/message.ts";
import type { MessageSource } from "../node-red/message-source.ts";
import { otherDefaultBaseTopic, type Scheme } from "../octoprint/topics/scheme.ts";

/**
 * What may be wrong with a printer; `code` names the text. `baseTopicHint`: nothing comes below `baseTopic`, but a
 * printer is below `other`. `nothingHeard`: not even the status that the plugin keeps with the broker. `nothingYet`: the
 * same, where there is no status topic. `twoOctoPrints`: two publish below one base topic.
 */
export type Hint =
  | { readonly code: "baseTopicHint"; readonly baseTopic: string; readonly other: string }
  | { readonly code: "nothingHeard"; readonly baseTopic: string }
  | { readonly code: "nothingYet" }
  | { readonly code: "twoOctoPrints"; readonly baseTopic: string };

/** Gets the hint, or `undefined` when it is no longer true. */
export type ShowHint = (hint: Hint | undefined) => void;

/** The broker sends what it has stored at once; a printer that prints says something within this, ms. */
const longEnough = 10_000;

/**
 * Notices that nothing is heard below a printer's base topic, and perhaps why: the plugin has two default base topics,
 * `octoprint/` as its README says, `octoPrint/` as its code does since 0.8.4. Listens to the printer's status topic for
 * as long as somebody receives, for the plugin keeps its status with the broker: a printer that is idle has one.
 */
export class Hints {
  readonly #baseTopic: string;
  readonly #hasStatus: boolean;
  readonly #own: readonly string[];
  /** The other default base topic, and its status topic. */
  readonly #other: { readonly baseTopic: string; readonly lwTopic: string } | undefined;
  readonly #listeners = new Set<ShowHint>();
  #received = false;
  #hint: Hint | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stop: (() => void) | undefined;

  constructor(scheme: Scheme) {
    const { baseTopic, lwTopic } = scheme.settings;
    const own = scheme.filters({ kind: "connection" });
    const other = otherDefaultBaseTopic(baseTopic);
    this.#baseTopic = baseTopic;
    this.#hasStatus = lwTopic !== "";
    this.#own = own.ok ? own.filters : [];
    this.#other =
      other === undefined || lwTopic === "" ? undefined : { baseTopic: other, lwTopic: `${other}${lwTopic}` };
  }

  /** Calls back with what may be wrong. Returns a function that removes the listener. */
  watch(messages: MessageSource, showHint: ShowHint): () => void {
    this.#listeners.add(showHint);
    if (this.#hint !== undefined) showHint(this.#hint);
    this.#stop ??= this.#start(messages);
    return () => {
      this.#listeners.delete(showHint);
      if (this.#listeners.size > 0) return;
      this.#stop?.();
      this.#stop = undefined;
    };
  }

  #start(messages: MessageSource): () => void {
    const unwatch = messages.watchLink((link) => {
      clearTimeout(this.#timer);
      if (link === "connected" && !this.#received) {
        this.#timer = setTimeout(() => this.#heardNothing(), longEnough).unref();
      }
    });
    const filters = this.#other ? [...this.#own, this.#other.lwTopic] : this.#own;
    const unsubscribe = messages.subscribe(filters, {
      deliver: (delivery) => this.#receiveStatus(delivery),
      // Without the right to read there, there is no hint.
      refused: () => undefined,
    });
    return () => {
      unsubscribe();
      unwatch();
      clearTimeout(this.#timer);
    };
  }

  #receiveStatus({ topic, payload, retain }: Delivery): void {
    if (topic !== this.#other?.lwTopic) return this.received();
    // Only what is stored: a printer that is being moved to our base topic publishes `disconnected` there.
    if (!retain || payload.length === 0 || this.#received) return;
    this.#setHint({ code: "baseTopicHint", baseTopic: this.#baseTopic, other: this.#other.baseTopic });
  }

  /** Something came below our base topic, so it is the right one. */
  received(): void {
    if (this.#received) return;
    this.#received = true;
    clearTimeout(this.#timer);
    if (this.#hint !== undefined) this.#setHint(undefined);
  }

  #heardNothing(): void {
    if (this.#received || this.#hint !== undefined) return;
    this.#setHint(this.#hasStatus ? { code: "nothingHeard", baseTopic: this.#baseTopic } : { code: "nothingYet" });
  }

  #setHint(hint: Hint | undefined): void {
    this.#hint = hint;
    for (const showHint of this.#listeners) showHint(hint);
  }
}
