import { FilterTree } from "./filter-tree.ts";
import type { Delivery } from "./message.ts";

/** How often a message came that has this topic, QoS and payload. */
interface Copies {
  readonly bySubscription: Map<number, number>;
  delivered: number;
}

/**
 * While a filter replaces others, the broker holds both for the time of a round trip and may send two copies of a
 * message, one a subscription [MQTT-3.3.4-3]: then the second one is left out. Over MQTT 5 the subscription
 * identifiers tell copies from equal messages; over the older protocols the second of two equal messages is a copy.
 */
export class DuplicateFilter {
  #replaced = new FilterTree<string>();
  #count = 0;
  readonly #copies = new Map<string, Copies>();

  get active(): boolean {
    return this.#count > 0;
  }

  begin(replaced: readonly string[]): void {
    for (const filter of replaced) {
      if (this.#replaced.get(filter) === undefined) this.#count++;
      this.#replaced.set(filter, filter);
    }
  }

  /** Both filters are there now: what came before came once. QoS 2 comes late, a handshake after its turn. */
  doubled(): void {
    for (const key of this.#copies.keys()) if (!key.startsWith("2 ")) this.#copies.delete(key);
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

  isSecondCopy({ topic, payload, qos, subscriptions }: Delivery): boolean {
    let doubled = false;
    this.#replaced.match(topic, () => {
      doubled = true;
    });
    if (!doubled) return false;
    const key = `${qos} ${topic} ${payload.toString("latin1")}`;
    const copies = this.#copies.get(key) ?? { bySubscription: new Map(), delivered: 0 };
    this.#copies.set(key, copies);
    if (subscriptions === undefined) {
      copies.delivered = 1 - copies.delivered;
      return copies.delivered === 0;
    }
    // The n-th that one subscription brings is the n-th that the other one does.
    let count = 0;
    for (const subscription of subscriptions) {
      const own = (copies.bySubscription.get(subscription) ?? 0) + 1;
      copies.bySubscription.set(subscription, own);
      count = Math.max(count, own);
    }
    if (count <= copies.delivered) return true;
    copies.delivered = count;
    return false;
  }
}
