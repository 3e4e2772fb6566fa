import type { Delivery } from "../mqtt/router.ts";
import { type Scheme, twinBaseTopic } from "../octoprint/scheme.ts";

export interface Found {
  readonly baseTopic: string;
  readonly other: string;
}

/**
 * Notices that a printer publishes below the other one of the plugin's two default base topics: `octoprint/` as its
 * README says, `octoPrint/` as its code does since 0.8.4.
 */
export class Twin {
  readonly #own: string;
  readonly #twin: string;
  /** What the status topic is called below either base topic. */
  readonly #lwTopic: string;
  readonly #tell: (found: Found | undefined) => void;
  #heard = false;
  #found: Found | undefined;

  /** @param tell is told what was found, and `undefined` when it is no longer true. */
  static of({ settings }: Scheme, tell: (found: Found | undefined) => void): Twin | undefined {
    const twin = twinBaseTopic(settings.baseTopic);
    if (twin === undefined || settings.lwTopic === "") return undefined;
    return new Twin(settings.baseTopic, twin, settings.lwTopic, tell);
  }

  private constructor(own: string, twin: string, lwTopic: string, tell: (found: Found | undefined) => void) {
    this.#own = own;
    this.#twin = twin;
    this.#lwTopic = lwTopic;
    this.#tell = tell;
  }

  /** For who comes later. */
  get found(): Found | undefined {
    return this.#found;
  }

  get filters(): readonly string[] {
    return [this.#own + this.#lwTopic, this.#twin + this.#lwTopic];
  }

  deliver({ topic, payload, retain }: Delivery): void {
    if (topic.startsWith(this.#own)) return this.heard();
    // Only what is stored: a printer that is being moved to our base topic says goodbye there.
    if (!retain || payload.length === 0 || this.#heard) return;
    this.#found = { baseTopic: this.#own, other: this.#twin };
    this.#tell(this.#found);
  }

  /** Something came from our base topic, so it is the right one. */
  heard(): void {
    this.#heard = true;
    if (this.#found === undefined) return;
    this.#found = undefined;
    this.#tell(undefined);
  }
}
