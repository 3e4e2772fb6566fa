import { connect as connectMqtt, type IClientOptions, type IConnackPacket, type MqttClient } from "mqtt";
import type { ConnectionSettings } from "./client-options.ts";
import { Connector } from "./connector.ts";
import { within } from "./disconnect.ts";
import { ExactlyOnce } from "./exactly-once.ts";
import { isShareName, isSubscription, sharedFilter } from "./filter.ts";
import type { ConnectionState, Publication, Subscriber } from "./message.ts";
import { type Left, Outbox } from "./outbox.ts";
import {
  deliveryOf,
  identifiesSubscriptions,
  sendPing,
  sendPublish,
  sharingProblem,
  subscribeExit,
} from "./packets.ts";
import { type Failure, failure, type Problem } from "./problem.ts";
import { problemOfSize } from "./publish-limits.ts";
import { StatusTopic } from "./status-topic.ts";
import { SubscribeSender } from "./subscribe-sender.ts";
import { Subscriptions } from "./subscriptions.ts";
import { timing } from "./timing.ts";

/**
 * One connection to a broker for any number of users. It opens with the first user, always reconnects, and closes
 * a while after the last one has left. The constructor only assigns.
 *
 * @example
 * const connection = new Connection(settings);
 * const leave = connection.watch((state) => console.log(state.phase));
 * const stop = connection.subscribe(["octoprint/#"], { deliver: (d) => console.log(d.topic), refused: console.error });
 */
export class Connection {
  readonly #timing: typeof timing;
  readonly #connector: Connector;
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  readonly #observers = new Set<(state: ConnectionState) => void>();
  readonly #subscribeSender = new SubscribeSender();
  readonly #subscriptions: Subscriptions;
  readonly #outbox: Outbox;
  readonly #exactlyOnce = new ExactlyOnce(() => this.#outbox.drain());
  readonly #statusTopic: StatusTopic;
  /** Stops listening to the status topic. */
  #leaveStatusTopic: (() => void) | undefined;
  #state: ConnectionState = { phase: "idle" };
  #idleTimer: NodeJS.Timeout | undefined;
  /** Settles when the previous client has gone. The next one waits for this, because it may have the same client ID. */
  #ending: Promise<void> | undefined;
  #closed = false;

  constructor(
    settings: ConnectionSettings,
    times: Partial<typeof timing> = {},
    connect: (options: IClientOptions) => MqttClient = connectMqtt,
  ) {
    this.#timing = { ...timing, ...times };
    const messageIdProvider = this.#exactlyOnce.identifiers;
    const connectWithIds = (options: IClientOptions): MqttClient => connect({ ...options, messageIdProvider });
    this.#connector = new Connector(settings, this.#timing, connectWithIds, {
      created: (client) => this.#onClient(client),
      accepted: (client, connack, atOnce) => this.#onConnect(client, connack, atOnce),
      lasted: () => this.#onLasted(),
      lost: (cause) => this.#onLost(cause),
      disconnected: (problem) => this.#setState({ phase: "disconnected", problem }),
    });
    this.#outbox = new Outbox(settings.queueLimit, {
      send: (publication, sent) => this.#send(publication, sent),
      takeBack: (packetId) => this.#takeBack(packetId),
      abandon: (publication) => this.#exactlyOnce.abandon(publication),
      abandoned: () => this.#exactlyOnce.abandoned,
      isInterrupted: (publication) => this.#exactlyOnce.isInterrupted(publication),
      ping: (answered) => this.#connector.client && sendPing(this.#connector.client, answered),
    });
    this.#subscriptions = new Subscriptions(this.#subscribeSender, this.#timing);
    this.#statusTopic = new StatusTopic(settings.statusTopic, this.#timing.correct, {
      publish: (publication) => this.#outbox.push(publication),
      published: () => this.#listenToStatusTopic(),
      givenUp: () => this.#onStatusTopicGivenUp(),
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** How many messages wait to be published. */
  get waiting(): number {
    return this.#outbox.size;
  }

  /** The filters that the broker's session may hold, for the next connection to `remember`. */
  get session(): readonly string[] {
    return this.#subscriptions.session;
  }

  /** Unsubscribes what nobody wants any more. Call this before the first user comes. */
  remember(session: readonly string[]): void {
    this.#subscriptions.remember(session);
  }

  /** Adds a user and calls it with the state, now and at each change. Returns a function that removes it. */
  watch(watcher: (state: ConnectionState) => void): () => void {
    this.#open();
    this.#watchers.add(watcher);
    watcher(this.#state);
    return () => {
      this.#watchers.delete(watcher);
      this.#closeWhenIdle();
    };
  }

  /** Calls back at each change of the state, without adding a user, until the connection ends. */
  observe(observer: (state: ConnectionState) => void): void {
    this.#observers.add(observer);
  }

  /**
   * Receives what the filters match, each message once, retained ones first. Returns a function that unsubscribes.
   *
   * @param group whom the broker shares the messages out among, without stored ones (MQTT 5); `""`: nobody, unless a
   *   filter names its group itself, `$share/line/farm/#`
   */
  subscribe(
    filters: readonly string[],
    subscriber: Subscriber,
    group = "",
  ): { readonly ok: true; readonly leave: () => void } | Failure {
    if (group !== "" && !isShareName(group)) return failure("group-invalid", { group });
    const onTheWire = (filter: string): string => (group === "" ? filter : sharedFilter(group, filter));
    const invalid = filters.find((filter) => !isSubscription(filter) || !isSubscription(onTheWire(filter)));
    if (invalid !== undefined) return failure("filter-invalid", { filter: invalid });
    const leaveAll = this.#subscriptions.join(filters, subscriber, group);
    this.#open();
    const leave = (): void => {
      leaveAll();
      this.#closeWhenIdle();
    };
    return { ok: true, leave };
  }

  /**
   * `publication.done` is called exactly once, at the latest when the connection is closed, or by whom `close` gives it
   * to.
   */
  publish(publication: Publication): void {
    if (this.#closed) return publication.done(failure("connection-closed").problem);
    const tooLarge = problemOfSize(publication);
    if (tooLarge !== undefined) return publication.done(tooLarge);
    this.#open();
    this.#outbox.push(publication);
    this.#closeWhenIdle();
  }

  /** Refuses the waiting messages of an owner. */
  withdraw(owner: unknown): void {
    this.#outbox.withdraw(failure("node-removed").problem, owner);
  }

  /** Publishes for a short time what waits, then ends; `keep`: see `Outbox.end`. */
  async close(keep = false): Promise<Left> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#subscriptions.close();
    if (this.#state.phase === "connected") await this.#flush();
    const closed = failure("connection-closed").problem;
    this.#outbox.withdraw(closed, this.#statusTopic);
    const left = this.#outbox.end(closed, keep);
    await this.#end();
    return left;
  }

  #flush(): Promise<void> {
    return within(this.#timing.flush, (done) => this.#outbox.whenEmpty(done));
  }

  #open(): void {
    clearTimeout(this.#idleTimer);
    const { client, hopeless } = this.#connector;
    if (client !== undefined || this.#ending !== undefined || this.#closed || hopeless) return;
    this.#setState({ phase: "connecting" });
    this.#connector.start();
  }

  #onClient(client: MqttClient): void {
    client.on("message", (topic, payload, packet) => this.#subscriptions.receive(deliveryOf(topic, payload, packet)));
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "suback") this.#subscriptions.acknowledged();
      else this.#exactlyOnce.receive(client, packet);
    });
  }

  #onConnect(client: MqttClient, { properties, sessionPresent }: IConnackPacket, atOnce: boolean): void {
    this.#subscribeSender.connected(subscribeExit(client), atOnce);
    this.#subscriptions.connected(sessionPresent, identifiesSubscriptions(client), sharingProblem(client));
    this.#exactlyOnce.connected(client, sessionPresent);
    const first = this.#statusTopic.connected(properties ?? {});
    // What is published while a SUBSCRIBE is open could be the reason of a loss, too.
    const paused = this.#subscribeSender.careful;
    this.#outbox.connected({ receiveMaximum: properties?.receiveMaximum, first, atOnce, paused });
    if (paused) this.#subscribeSender.whenDone(() => this.#outbox.resume());
    this.#setConnected();
  }

  #onLasted(): void {
    this.#outbox.resume();
    this.#outbox.lasted();
    for (const observer of this.#observers) observer({ ...this.#state, good: true });
  }

  /** The result: whether something that was sent may be why the connection is lost. */
  #onLost(cause: Problem): boolean {
    const atSubscribe = this.#subscribeSender.disconnected(Date.now());
    this.#subscriptions.disconnected();
    this.#statusTopic.disconnected();
    this.#stopListeningToStatusTopic();
    return this.#outbox.disconnected(cause) || atSubscribe;
  }

  /** Once it says that we are connected. What it says from then on is all that counts. */
  #listenToStatusTopic(): void {
    if (this.#closed || this.#state.phase !== "connected") return;
    const { topic, subscriber } = this.#statusTopic;
    this.#leaveStatusTopic ??= this.#subscriptions.joinLive(topic, subscriber);
  }

  #stopListeningToStatusTopic(): void {
    this.#leaveStatusTopic?.();
    this.#leaveStatusTopic = undefined;
  }

  #onStatusTopicGivenUp(): void {
    this.#connector.giveUpWill();
    if (this.#state.phase === "connected") this.#setConnected();
  }

  #setConnected(): void {
    const all = [this.#statusTopic.warning ?? this.#connector.warning, this.#subscribeSender.warning];
    const warnings = all.filter((warning) => warning !== undefined);
    this.#setState({ phase: "connected", ...(warnings.length > 0 ? { warnings } : {}) });
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    for (const watcher of [...this.#watchers, ...this.#observers]) watcher(state);
  }

  get #used(): boolean {
    const own = this.#leaveStatusTopic === undefined ? 0 : 1;
    return this.#watchers.size > 0 || this.#subscriptions.size > own;
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#connector.client === undefined || this.#closed || this.#used) return;
    this.#idleTimer = setTimeout(() => void this.#endWhenUnused(), this.#timing.idle);
  }

  /** Waiting messages keep the connection open. */
  async #endWhenUnused(): Promise<void> {
    await this.#flush();
    if (this.#closed || this.#used) return;
    if (this.#outbox.pending > 0) return this.#closeWhenIdle();
    await this.#end();
    if (this.#used || this.#outbox.pending > 0) this.#open();
    this.#closeWhenIdle();
  }

  /** Disconnects; does not wait for a broker that does not answer. */
  async #end(): Promise<void> {
    if (this.#connector.client === undefined) return this.#ending;
    this.#onLost(failure("connection-closed").problem);
    this.#ending = this.#connector.end(this.#statusTopic.topic);
    this.#setState({ phase: "idle" });
    await this.#ending;
    this.#ending = undefined;
  }

  #send(publication: Publication, sent: (problem?: Problem) => void): number | undefined {
    const { client } = this.#connector;
    if (client === undefined) {
      sent(failure("connection-closed").problem);
      return undefined;
    }
    return publication.qos === 2
      ? this.#exactlyOnce.send(client, publication, sent)
      : sendPublish(client, publication, sent);
  }

  #takeBack(packetId: number): void {
    this.#exactlyOnce.interrupt(packetId);
    this.#connector.client?.removeOutgoingMessage(packetId);
  }
}
