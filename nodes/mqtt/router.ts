import { randomInt } from "node:crypto";
import { DuplicateFilter } from "./duplicate-filter.ts";
import { covers, disjoint } from "./filter.ts";
import { FilterTree, treeOf } from "./filter-tree.ts";
import type { Delivery, Subscriber, TopicMemo, Wire } from "./message.ts";
import { failure } from "./problem.ts";
import { routerTiming } from "./timing.ts";
import { TopicCache } from "./topic-cache.ts";

interface Member {
  readonly filters: readonly string[];
  readonly subscriber: Subscriber;
  /** The topics already delivered to a member that waits for retained messages; `undefined`: it no longer waits. */
  seen: Set<string> | undefined;
  /** It has left, perhaps while a message is being delivered. */
  gone: boolean;
}

/** Topics remembered at most: some megabytes. */
const mostRoutes = 20_000;

/**
 * Who gets what comes on a topic; mostly it is one. With a thousand printers, each object on the way of a message is one
 * that the processor must fetch from memory: hence no list for a single member, and what a receiver remembers in here.
 */
class Route implements TopicMemo {
  readonly first: Member | undefined;
  readonly others: readonly Member[];
  known: unknown = undefined;

  constructor([first, ...others]: Iterable<Member>) {
    this.first = first;
    this.others = others.length === 0 ? nobody : others;
  }
}

const nobody: readonly Member[] = [];

/**
 * Knows which member wants what. Keeps the filters on the wire free of overlaps, gives each message to each member
 * once, and the retained messages only to those who have just joined.
 */
export class Router {
  readonly #wire: Wire;
  readonly #timing: typeof routerTiming;
  readonly #members = new Set<Member>();
  readonly #byFilter = new FilterTree<Set<Member>>();
  /** The members that get the messages of a topic, each once. */
  readonly #routes = new TopicCache((topic) => new Route(this.#membersOf(topic)), mostRoutes);
  readonly #duplicates = new DuplicateFilter();
  /** The filters that the broker has, or was asked to have; `undefined` while there is no connection. */
  #held: Set<string> | undefined;
  /** The filters that the broker's session may have, also while there is no connection. */
  readonly #session = new Set<string>();
  /** The filters that the broker refused in this connection; only a new member asks for them again. */
  readonly #refused = new Set<string>();
  #joining: Member[] = [];
  /** Not from 1: by a session that was kept there may come what an earlier router's SUBSCRIBE brings. */
  #subscribes = randomInt(2 ** 26);
  #shrinkTimer: NodeJS.Timeout | undefined;
  #storedTimer: NodeJS.Timeout | undefined;
  /** Messages tell which SUBSCRIBE brought them. */
  #identified = false;

  constructor(wire: Wire, timing = routerTiming) {
    this.#wire = wire;
    this.#timing = timing;
  }

  get size(): number {
    return this.#members.size;
  }

  /** The filters that the broker's session may hold. */
  get session(): readonly string[] {
    return [...this.#session];
  }

  /** To be called before the first connection: what an earlier router left in the broker's session. */
  remember(filter: string): void {
    this.#session.add(filter);
  }

  /**
   * Adds a member. Returns a function that removes it. The filters must be valid.
   *
   * @param stored false: it does not need what is stored, so nothing is subscribed again for it
   */
  join(filters: readonly string[], subscriber: Subscriber, stored = true): () => void {
    const member: Member = { filters, subscriber, seen: undefined, gone: false };
    this.#members.add(member);
    this.#routes.clear();
    for (const filter of filters) {
      const group = this.#byFilter.get(filter);
      if (group) group.add(member);
      else this.#byFilter.set(filter, new Set([member]));
    }
    if (!stored && this.#held !== undefined && servedBy(this.#held)(filters)) return () => this.#leave(member);
    if (this.#joining.push(member) === 1) queueMicrotask(() => this.#admit());
    return () => this.#leave(member);
  }

  #leave(member: Member): void {
    if (!this.#members.delete(member)) return;
    member.gone = true;
    this.#routes.clear();
    for (const filter of member.filters) {
      const group = this.#byFilter.get(filter);
      group?.delete(member);
      if (group?.size === 0) this.#byFilter.delete(filter);
    }
    this.#joining = this.#joining.filter((other) => other !== member);
    this.#shrinkLater();
  }

  /**
   * @param resumed the broker still holds what it held before
   * @param identified it marks messages with subscription identifiers, as MQTT 5 knows them
   */
  connected(resumed: boolean, identified: boolean): void {
    this.#identified = identified;
    if (!resumed) this.#session.clear();
    this.#held = new Set(this.#session);
    this.#refused.clear();
    if (resumed) this.#shrinkLater();
    this.#joining = [...this.#members];
    this.#admit();
  }

  disconnected(): void {
    this.#held = undefined;
    this.#duplicates.end();
    this.#forgetStored();
  }

  close(): void {
    this.disconnected();
    clearTimeout(this.#shrinkTimer);
    this.#shrinkTimer = undefined;
  }

  /** A SUBACK came; to be called in its turn among the messages, which the answer to a SUBSCRIBE may not be. */
  acknowledged(): void {
    this.#duplicates.doubled();
  }

  receive(delivery: Delivery): void {
    if (this.#duplicates.active && !delivery.retain && this.#duplicates.isSecondCopy(delivery)) return;
    if (delivery.retain) this.#storedTimer?.refresh();
    const route = this.#routes.get(delivery.topic);
    if (route?.first === undefined) return;
    delivery.memo = route;
    handTo(route.first, delivery);
    for (const member of route.others) handTo(member, delivery);
  }

  #membersOf(topic: string): ReadonlySet<Member> {
    const found = new Set<Member>();
    this.#byFilter.match(topic, (group) => {
      for (const member of group) found.add(member);
    });
    return found;
  }

  /**
   * Subscribes for those who have joined. A filter on the wire that serves them already is subscribed again, for the
   * broker sends its stored messages once more to each new SUBSCRIBE [MQTT-3.8.4-3].
   */
  #admit(): void {
    const joining = this.#joining;
    if (this.#held === undefined || joining.length === 0) return;
    this.#joining = [];
    // It would end the waiting of those who have only begun it; the answer starts it anew.
    clearTimeout(this.#storedTimer);
    this.#storedTimer = undefined;
    const wanted = joining.flatMap(({ filters }) => filters);
    for (const member of joining) member.seen = new Set();
    const next = disjoint([...this.#held, ...wanted]);
    const tree = treeOf(next);
    const serving = new Set(wanted.flatMap((filter) => tree.overlapping(filter)));
    this.#moveTo(next, serving);
  }

  #shrinkLater(): void {
    clearTimeout(this.#shrinkTimer);
    this.#shrinkTimer = setTimeout(() => this.#shrink(), this.#timing.shrink).unref();
  }

  #shrink(): void {
    const held = this.#held;
    if (held === undefined) return;
    const wanted = [...this.#members].flatMap(({ filters }) => filters);
    const isServed = servedBy(held);
    const served = wanted.filter((filter) => isServed([filter]));
    const next = disjoint(served);
    if (!next.some((filter) => this.#refused.has(filter))) this.#moveTo(next, new Set());
  }

  /** Subscribes first and unsubscribes then, that nothing is missed in between. */
  #moveTo(next: readonly string[], again: ReadonlySet<string>): void {
    const held = this.#held;
    if (held === undefined) return;
    const kept = new Set(next);
    const added = next.filter((filter) => !held.has(filter) || again.has(filter));
    const removed = [...held].filter((filter) => !kept.has(filter));
    this.#held = kept;
    if (added.length === 0) return this.#drop(removed);
    this.#duplicates.begin(removed);
    // A broker that never acknowledges must not cost equal messages for good.
    if (removed.length > 0) setTimeout(() => this.#duplicates.cancel(removed), this.#timing.replace).unref();
    for (const filter of added) this.#session.add(filter);
    this.#wire.subscribe(added, ++this.#subscribes, (refused, _notShared, hangsUp = new Set()) => {
      if (this.#held === undefined) return;
      this.#awaitStored();
      const needed = removed.filter((filter) => refused.some((wide) => covers(wide, filter)));
      this.#duplicates.cancel(needed);
      for (const filter of needed) this.#held.add(filter);
      this.#drop(removed.filter((filter) => !needed.includes(filter)));
      if (refused.length > 0) this.#refuse(refused, hangsUp);
    });
  }

  #drop(filters: readonly string[]): void {
    if (filters.length === 0) return;
    this.#wire.unsubscribe(filters, () => {
      for (const filter of filters) if (!this.#held?.has(filter)) this.#session.delete(filter);
      const settled = (): void => this.#duplicates.cancel(filters);
      // Without identifiers equal messages would be taken for copies all the while.
      if (this.#identified) setTimeout(settled, this.#timing.settle).unref();
      else settled();
    });
  }

  /** Where a union is refused, its members' own filters may yet be allowed, as far as they do not overlap. */
  #refuse(refused: readonly string[], hangsUp: ReadonlySet<string>): void {
    const held = this.#held;
    if (held === undefined) return;
    for (const filter of refused) {
      held.delete(filter);
      this.#session.delete(filter);
      this.#refused.add(filter);
    }
    const tree = treeOf(held);
    const instead = new Set<string>();
    for (const member of this.#members) {
      for (const filter of member.filters) {
        const wide = refused.find((candidate) => covers(candidate, filter));
        const served = tree.overlapping(filter);
        if (wide === undefined || served.some((candidate) => covers(candidate, filter))) continue;
        if (wide === filter || served.length > 0) {
          const code = hangsUp.has(wide) ? "subscription-closes-connection" : "subscription-refused";
          member.subscriber.refused(failure(code, { filter: wide }).problem);
        } else {
          tree.set(filter, filter);
          instead.add(filter);
        }
      }
    }
    if (instead.size > 0) this.#moveTo([...held, ...instead], instead);
  }

  #awaitStored(): void {
    if (this.#storedTimer) this.#storedTimer.refresh();
    else this.#storedTimer = setTimeout(() => this.#forgetStored(), this.#timing.stored).unref();
  }

  #forgetStored(): void {
    clearTimeout(this.#storedTimer);
    this.#storedTimer = undefined;
    for (const member of this.#members) member.seen = undefined;
  }
}

/** Whether what is on the wire brings all that some filters match. */
function servedBy(held: Iterable<string>): (filters: readonly string[]) => boolean {
  const tree = treeOf(held);
  return (filters) => filters.every((filter) => tree.overlapping(filter).some((wide) => covers(wide, filter)));
}

/** What one of them does wrong is not the others' business, nor that of the parser which called us. */
function handTo(member: Member, delivery: Delivery): void {
  if (member.gone || (member.seen === undefined ? delivery.retain : isOld(member.seen, delivery))) return;
  try {
    member.subscriber.deliver(delivery);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/** A stored message comes once; behind a live one of its topic it is out of date. */
function isOld(seen: Set<string>, { topic, retain }: Delivery): boolean {
  if (retain && seen.has(topic)) return true;
  seen.add(topic);
  return false;
}
