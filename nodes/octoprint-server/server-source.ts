import { Buffer } from "node:buffer";
import { FilterTree, treeOf } from "../mqtt/filter-tree.ts";
import type { Delivery, Publication } from "../mqtt/message.ts";
import { failure } from "../mqtt/problem.ts";
import { TopicCache } from "../mqtt/topic-cache.ts";
import type { FlowStart } from "../node-red/flow-start.ts";
import type { MessageSource, Receiver, SourceState } from "../node-red/message-source.ts";
import { encode } from "../octoprint/messages/encode.ts";
import type { PluginMessage } from "../octoprint/plugin/message.ts";
import { isKind } from "../octoprint/topics/kinds.ts";
import type { Scheme } from "../octoprint/topics/scheme.ts";
import type { Link } from "../octoprint/tracking/observation.ts";
import type { PluginListener, PluginRunner } from "./plugin-runner.ts";

/** Topics remembered at most; names of events and sensors come from OctoPrint's plugins. */
const mostTopics = 1000;

interface Member {
  readonly filters: readonly string[];
  readonly subscriber: Receiver;
}

/** Where the messages of one name go. */
interface Route {
  readonly topic: string;
  readonly members: readonly Member[];
}

/** What a source needs of the server node. */
export interface SourceParts {
  readonly runner: PluginRunner;
  readonly flowStart: FlowStart;
  readonly scheme: Scheme;
  readonly watch: MessageSource["watch"];
}

/** An OctoPrint as a broker on which the plugin publishes by one topic scheme. */
export class ServerSource implements MessageSource, PluginListener {
  readonly hasBroker = false;
  readonly waiting = 0;
  readonly #parts: SourceParts;
  readonly #members = new Set<Member>();
  /** `octoprint/#`: everything that the plugin publishes. Messages of other plugins have to be asked for by name. */
  readonly #whole: string;
  readonly #byFilter = new FilterTree<Set<Member>>();
  readonly #routes = new TopicCache((key) => this.#routeOf(key), mostTopics);
  #leave: (() => void) | undefined;

  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.#whole = `${parts.scheme.settings.baseTopic}#`;
  }

  watch(watcher: (state: SourceState) => void): () => void {
    return this.#parts.watch(watcher);
  }

  watchLink(watcher: (link: Link["connection"]) => void): () => void {
    return this.#parts.runner.watchLink(watcher);
  }

  onceFlowing(callback: () => void): () => void {
    return this.#parts.flowStart.once(callback);
  }

  /** There are no groups: each OctoPrint has one socket of ours. */
  subscribe(filters: readonly string[], subscriber: Receiver): () => void {
    const member = { filters, subscriber };
    const cancel = this.#parts.flowStart.once(() => this.#join(member));
    return () => {
      cancel();
      this.#quit(member);
    };
  }

  publish({ done }: Publication): void {
    done(failure("no-broker").problem);
  }

  /** Nothing ever waits. */
  withdraw(): void {}

  get wantsMetadata(): boolean {
    const found = this.#parts.scheme.filters({ kind: "metadata" });
    return found.ok && this.#overlaps(found.filters, this.#filters);
  }

  get wantedPlugins(): readonly string[] | "all" {
    const { baseTopic } = this.#parts.scheme.settings;
    const wanted = new Set<string>();
    for (const filter of this.#filters) {
      if (filter === this.#whole || !this.#overlaps([`${baseTopic}plugin/#`], [filter])) continue;
      const id = filter.startsWith(`${baseTopic}plugin/`) ? filter.slice(`${baseTopic}plugin/`.length) : "#";
      if (/[+#/]/.test(id)) return "all";
      wanted.add(id);
    }
    return [...wanted];
  }

  live(message: PluginMessage): void {
    this.#deliver(message, false, this.#routes.get(keyOf(message)));
  }

  stored(message: PluginMessage): void {
    this.#deliver(message, true, this.#routes.get(keyOf(message)));
  }

  now(message: PluginMessage): void {
    this.#tellNow(message, [...this.#members]);
  }

  #join(member: Member): void {
    this.#members.add(member);
    for (const filter of member.filters) {
      const group = this.#byFilter.get(filter);
      if (group) group.add(member);
      else this.#byFilter.set(filter, new Set([member]));
    }
    this.#routes.clear();
    const { runner } = this.#parts;
    if (this.#leave === undefined) this.#leave = runner.join(this);
    else runner.changed();
    for (const message of runner.retained.values()) {
      const route = this.#routes.get(keyOf(message));
      if (route?.members.includes(member)) this.#deliver(message, true, { ...route, members: [member] });
    }
    const { now } = runner;
    if (now !== undefined) this.#tellNow(now, [member]);
  }

  #tellNow(message: PluginMessage, to: readonly Member[]): void {
    const route = this.#routes.get(keyOf(message));
    const members = to.filter((member) => member.subscriber.now !== undefined && route?.members.includes(member));
    if (route === undefined || members.length === 0) return;
    const delivery = deliveryOf(message, route.topic, false, this.#parts.scheme.settings.timestampField);
    if (delivery !== undefined) for (const { subscriber } of members) subscriber.now?.(delivery);
  }

  #quit(member: Member): void {
    if (!this.#members.delete(member)) return;
    for (const filter of member.filters) {
      const group = this.#byFilter.get(filter);
      group?.delete(member);
      if (group?.size === 0) this.#byFilter.delete(filter);
    }
    this.#routes.clear();
    if (this.#members.size > 0) return this.#parts.runner.changed();
    this.#leave?.();
    this.#leave = undefined;
  }

  /** A message of which no topic can be made, for its name holds a wildcard say, is lost on the plugin's way, too. */
  #routeOf(key: string): Route | undefined {
    const [kind, ...rest] = key.split("/");
    if (!isKind(kind)) return undefined;
    const filled = this.#parts.scheme.fill({ kind, name: rest.join("/"), printer: undefined });
    if (!filled.ok) return undefined;
    const members = new Set<Member>();
    this.#byFilter.match(filled.topic, (group) => {
      for (const member of group)
        if (kind !== "other" || asksFor(member, this.#whole, filled.topic)) members.add(member);
    });
    return { topic: filled.topic, members: [...members] };
  }

  #deliver(message: PluginMessage, retain: boolean, route: Route | undefined): void {
    if (route === undefined || route.members.length === 0) return;
    const delivery = deliveryOf(message, route.topic, retain, this.#parts.scheme.settings.timestampField);
    if (delivery === undefined) return;
    for (const member of route.members) if (this.#members.has(member)) member.subscriber.deliver(delivery);
  }

  get #filters(): string[] {
    return [...this.#members].flatMap(({ filters }) => filters);
  }

  #overlaps(some: readonly string[], others: readonly string[]): boolean {
    const tree = treeOf(some);
    return others.some((filter) => tree.overlapping(filter).length > 0);
  }
}

function keyOf({ kind, name }: PluginMessage): string {
  return `${kind}/${name}`;
}

function asksFor({ filters }: Member, whole: string, topic: string): boolean {
  const tree = treeOf(filters.filter((filter) => filter !== whole));
  let asked = false;
  tree.match(topic, () => {
    asked = true;
  });
  return asked;
}

/** What cannot be published as it should goes out as it is: the receiver reports it. */
function deliveryOf(
  message: PluginMessage,
  topic: string,
  retain: boolean,
  timestampField: string,
): Delivery | undefined {
  const encoded = encode({ ...message, texts: {}, timestampField });
  if (encoded.ok) return { topic, payload: Buffer.from(encoded.payload), qos: encoded.qos, retain };
  try {
    return { topic, payload: Buffer.from(JSON.stringify(message.payload) ?? ""), qos: 0, retain };
  } catch {
    // Nested so deeply that it cannot be written: nobody could read it either.
    return undefined;
  }
}
