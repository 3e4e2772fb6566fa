import { FilterTree } from "./filter-tree.ts";
import type { Delivery } from "./router.ts";

/**
 * While a filter replaces others, the broker holds both for the time of a round trip and may send two copies of a
 * message, one a subscription [MQTT-3.3.4-3]. The second of two equal messages is left out then.
 */
export class HandOver {
  #replaced = new FilterTree<string>();
  #count = 0;
  readonly #copies = new Map<string, number>();

  get active(): boolean {
    return this.#count > 0;
  }

  begin(replaced: readonly string[]): void {
    for (const filter of replaced) {
      if (this.#replaced.get(filter) === undefined) this.#count++;
      this.#replaced.set(filter, filter);
    }
  }

  /** These filters are replaced no more: gone from the broker, or to stay there. */
  cancel(filters: readonly string[]): void {
    for (const filter of filters) {
      if (this.#replaced.get(filter) === undefined) continue;
      this.#replaced.delete(filter);
      this.#count--;
    }
    if (this.#count === 0) this.#copies.clear();
  }

  end(): void {
    this.#replaced = new FilterTree();
    this.#count = 0;
    this.#copies.clear();
  }

  isSecondCopy({ topic, payload, qos }: Delivery): boolean {
    let doubled = false;
    this.#replaced.match(topic, () => {
      doubled = true;
    });
    if (!doubled) return false;
    const key = `${qos} ${topic} ${payload.toString("latin1")}`;
    const waiting = this.#copies.get(key) ?? 0;
    this.#copies.set(key, waiting === 0 ? 1 : waiting - 1);
    return waiting > 0;
  }
}
