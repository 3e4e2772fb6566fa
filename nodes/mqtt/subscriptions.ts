import { createHash } from "node:crypto";
import { covers, disjoint, parseSharedFilter, sharedFilter } from "./filter.ts";
import type { Delivery, Subscriber, Wire } from "./message.ts";
import { failure, type Problem } from "./problem.ts";
import { Router } from "./router.ts";
import type { routerTiming } from "./timing.ts";

/** Identifiers from here on are those of shared subscriptions; the largest of all is 268,435,455 [MQTT 5, 3.8.2.1.2]. */
const firstShared = 2 ** 27;

/**
 * The ways by which messages come: one for all plain filters, and one for each shared subscription, which a group's
 * name and a filter make. The same message may come by several; the subscription identifiers tell them apart. Shared
 * filters of different members get no union: the broker shares out what comes by the same filter only, so what one node
 * subscribes must not depend on which others there are beside it.
 */
export class Subscriptions {
  readonly #wire: Wire;
  readonly #timing: typeof routerTiming;
  readonly #plain: Router;
  /** By subscription identifier. */
  readonly #shared = new Map<number, { readonly filter: string; readonly router: Router }>();
  #connections = 0;
  #connected = false;
  /** Why this connection has no shared subscriptions. */
  #unavailable: Problem | undefined;

  constructor(wire: Wire, timing: typeof routerTiming) {
    this.#wire = wire;
    this.#timing = timing;
    this.#plain = new Router(wire, timing);
  }

  /** How many members there are; one that shares counts once a filter. */
  get size(): number {
    let size = this.#plain.size;
    for (const { router } of this.#shared.values()) size += router.size;
    return size;
  }

  /** The filters that the broker's session may hold, shared ones with their group. */
  get session(): readonly string[] {
    const shared = [...this.#shared.values()].filter(({ router }) => router.session.length > 0);
    return [...this.#plain.session, ...shared.map(({ filter }) => filter)];
  }

  /** Call it before the first connection: the subscriptions that an earlier connection left on the broker. */
  remember(filters: readonly string[]): void {
    for (const filter of filters) {
      const shared = parseSharedFilter(filter)?.filter;
      if (shared === undefined) this.#plain.remember(filter);
      else this.#routerOf(filter).remember(shared);
    }
  }

  /**
   * Adds a member; the result lets it leave. Filters and group must be valid.
   *
   * @param group whom the broker shares the messages out among; `""`: the member gets them all
   */
  join(filters: readonly string[], subscriber: Subscriber, group: string): () => void {
    if (group === "") return this.#joinUngrouped(filters, subscriber);
    return this.#joinGroup(filters, subscriber, group);
  }

  /** Adds a member that needs nothing that is stored; the result lets it leave. */
  joinLive(filter: string, subscriber: Subscriber): () => void {
    return this.#plain.join([filter], subscriber, false);
  }

  /** A filter may name its group itself: `$share/line/farm/#`. */
  #joinUngrouped(filters: readonly string[], subscriber: Subscriber): () => void {
    const plain = filters.filter((filter) => parseSharedFilter(filter) === undefined);
    const byGroup = new Map<string, string[]>();
    for (const each of filters) {
      const shared = parseSharedFilter(each);
      if (shared !== undefined) byGroup.set(shared.group, [...(byGroup.get(shared.group) ?? []), shared.filter]);
    }
    if (byGroup.size === 0) return this.#plain.join(filters, subscriber);
    const leaves = [...byGroup].map(([group, shared]) => this.#joinGroup(shared, subscriber, group));
    if (plain.length > 0) leaves.push(this.#plain.join(plain, subscriber));
    return () => {
      for (const leave of leaves) leave();
    };
  }

  #joinGroup(filters: readonly string[], subscriber: Subscriber, group: string): () => void {
    const member = this.#tellingOnce(subscriber);
    // Where its own filters overlap, their union goes over the wire, and the router hands on what they match.
    const leaves = disjoint(filters).map((wide) => {
      const own = filters.filter((filter) => covers(wide, filter));
      return this.#routerOf(sharedFilter(group, wide)).join(own, member);
    });
    return () => {
      for (const leave of leaves) leave();
    };
  }

  /**
   * @param resumed the broker still holds what it held before
   * @param identified it marks messages with subscription identifiers
   * @param unavailable why there are no shared subscriptions
   */
  connected(resumed: boolean, identified: boolean, unavailable: Problem | undefined): void {
    this.#connections++;
    this.#connected = true;
    this.#unavailable = unavailable;
    this.#plain.connected(resumed, identified);
    for (const [identifier, { router }] of this.#shared) {
      if (router.size === 0 && !resumed) this.#shared.delete(identifier);
      else router.connected(resumed, identified);
    }
  }

  disconnected(): void {
    this.#connected = false;
    this.#plain.disconnected();
    for (const { router } of this.#shared.values()) router.disconnected();
  }

  close(): void {
    this.#connected = false;
    this.#plain.close();
    for (const { router } of this.#shared.values()) router.close();
  }

  /** A SUBACK came, in its turn among the messages. */
  acknowledged(): void {
    this.#plain.acknowledged();
  }

  receive(delivery: Delivery): void {
    const { subscriptions, retain } = delivery;
    if (subscriptions === undefined) return this.#plain.receive(delivery);
    let plain = false;
    for (const identifier of subscriptions) {
      if (identifier < firstShared) plain = true;
      // Every member of the group would get stored messages, so brokers send none [MQTT 5, 4.8.2]; mosquitto 2.0 does.
      else if (!retain) this.#shared.get(identifier)?.router.receive(delivery);
    }
    if (plain) this.#plain.receive(delivery);
  }

  #routerOf(filter: string): Router {
    const identifier = this.#identifierOf(filter);
    const known = this.#shared.get(identifier);
    if (known !== undefined) return known.router;
    const router = new Router(this.#sharedWire(filter, identifier), this.#timing);
    this.#shared.set(identifier, { filter, router });
    if (this.#connected) router.connected(false, true);
    return router;
  }

  /** Made of the filter: what waits in the broker's session is marked so that Node-RED knows it after a restart. */
  #identifierOf(filter: string): number {
    let identifier = firstShared + (createHash("sha256").update(filter).digest().readUInt32BE() % firstShared);
    while ((this.#shared.get(identifier)?.filter ?? filter) !== filter) {
      identifier = identifier === 2 * firstShared - 1 ? firstShared : identifier + 1;
    }
    return identifier;
  }

  /** A wire on which all that the router subscribes is one shared filter. */
  #sharedWire(filter: string, identifier: number): Wire {
    return {
      subscribe: (filters, _identifier, done) => {
        // Later, as with a broker: listeners learn the connection's new state first.
        if (this.#unavailable !== undefined) return queueMicrotask(() => done(filters));
        this.#wire.subscribe([filter], identifier, (refused, notShared, hangsUp) => {
          if (notShared) this.#unavailable = failure("shared-unavailable").problem;
          if (refused.length === 0) return done(refused);
          done(filters, notShared, hangsUp?.has(filter) ? new Set(filters) : undefined);
        });
      },
      unsubscribe: (_filters, done) =>
        this.#wire.unsubscribe([filter], () => {
          done();
          if (this.#shared.get(identifier)?.router.size === 0) this.#shared.delete(identifier);
        }),
    };
  }

  /** That there are no shared subscriptions is one problem of a connection, however many filters there are. */
  #tellingOnce(subscriber: Subscriber): Subscriber {
    let told = 0;
    return {
      deliver: (delivery) => subscriber.deliver(delivery),
      refused: (problem) => {
        if (this.#unavailable === undefined) return subscriber.refused(problem);
        if (told === this.#connections) return;
        told = this.#connections;
        subscriber.refused(this.#unavailable);
      },
    };
  }
}
