import { connect as connectMqtt, type IClientOptions, type IConnackPacket, type MqttClient } from "mqtt";
import { type ConnectionSettings, clientOptions } from "./client-options.ts";
import { watchConnectionErrors } from "./connection-errors.ts";
import { disconnect, within } from "./disconnect.ts";
import { isShareName, isSubscription, sharedFilter } from "./filter.ts";
import type { ConnectionState, Publication, Subscriber, Wire } from "./message.ts";
import { type Left, Outbox } from "./outbox.ts";
import {
  deliveryOf,
  identifiesSubscriptions,
  sendPublish,
  sendSubscribe,
  sendUnsubscribe,
  sharingProblem,
} from "./packets.ts";
import { type Failure, failure, type Problem } from "./problem.ts";
import { addressOf } from "./server.ts";
import { Subscriptions } from "./subscriptions.ts";
import { timing } from "./timing.ts";
import { UnexplainedLosses } from "./unexplained-losses.ts";

/**
 * One connection to a broker for any number of users. It opens with the first user, reconnects for ever, and closes
 * a while after the last one has left. The constructor only assigns.
 *
 * @example
 * const connection = new Connection(settings);
 * const leave = connection.watch((state) => console.log(state.phase));
 * const stop = connection.subscribe(["octoprint/#"], { deliver: (d) => console.log(d.topic), refused: console.error });
 */
export class Connection {
  readonly #settings: ConnectionSettings;
  readonly #connect: (options: IClientOptions) => MqttClient;
  readonly #timing: typeof timing;
  readonly #watchers = new Set<(state: ConnectionState) => void>();
  readonly #observers = new Set<(state: ConnectionState) => void>();
  readonly #subscriptions: Subscriptions;
  readonly #outbox: Outbox;
  #client: MqttClient | undefined;
  #state: ConnectionState = { phase: "idle" };
  #failures = 0;
  /** Why the attempt or the connection that goes on now will have ended. */
  #reason: Problem | undefined;
  /** The broker has accepted the attempt that goes on now. */
  #accepted = false;
  readonly #losses = new UnexplainedLosses();
  #idleTimer: NodeJS.Timeout | undefined;
  #goodTimer: NodeJS.Timeout | undefined;
  /** Settles when the client before has gone; the next one waits for that, for it may bear the same client id. */
  #ending: Promise<void> | undefined;
  #closed = false;
  /** No attempt can be made with these settings. */
  #hopeless = false;

  constructor(
    settings: ConnectionSettings,
    times: Partial<typeof timing> = {},
    connect: (options: IClientOptions) => MqttClient = connectMqtt,
  ) {
    this.#settings = settings;
    this.#connect = connect;
    this.#timing = { ...timing, ...times };
    this.#outbox = new Outbox(settings.queueLimit, {
      send: (publication, sent) => this.#send(publication, sent),
      takeBack: (packetId) => void this.#client?.removeOutgoingMessage(packetId),
    });
    const wire: Wire = {
      subscribe: (filters, id, done) => this.#client && sendSubscribe(this.#client, filters, id, done),
      unsubscribe: (filters, done) => this.#client && sendUnsubscribe(this.#client, filters, done),
    };
    this.#subscriptions = new Subscriptions(wire, this.#timing);
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

  /** What is not wanted of that any more is left. To be called before the first user comes. */
  remember(session: readonly string[]): void {
    this.#subscriptions.remember(session);
  }

  /** Becomes a user; is told the state, at once and at each change. The result leaves. */
  watch(watcher: (state: ConnectionState) => void): () => void {
    this.#open();
    this.#watchers.add(watcher);
    watcher(this.#state);
    return () => {
      this.#watchers.delete(watcher);
      this.#closeWhenIdle();
    };
  }

  /** Is told each change of the state, without being a user. The connection's end ends it. */
  observe(observer: (state: ConnectionState) => void): void {
    this.#observers.add(observer);
  }

  /**
   * Receives what the filters match, each message once, the stored ones first. The result unsubscribes.
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

  /** `publication.done` is called exactly once, at the latest when the connection is closed, or by whom `close` gives it to. */
  publish(publication: Publication): void {
    if (this.#closed) return publication.done(failure("connection-closed").problem);
    this.#open();
    this.#outbox.push(publication);
    this.#closeWhenIdle();
  }

  /** Refuses what an owner has waiting. */
  withdraw(owner: unknown): void {
    this.#outbox.withdraw(failure("node-removed").problem, owner);
  }

  /** Publishes what waits as far as that is possible in a short time, and ends; `keep`: as of `Outbox.end`. */
  async close(keep = false): Promise<Left> {
    this.#closed = true;
    clearTimeout(this.#idleTimer);
    this.#subscriptions.close();
    if (this.#state.phase === "connected") await this.#flush();
    const closed = failure("connection-closed").problem;
    this.#outbox.withdraw(closed, this);
    const left = this.#outbox.end(closed, keep);
    await this.#end();
    return left;
  }

  #flush(): Promise<void> {
    return within(this.#timing.flush, (done) => this.#outbox.whenEmpty(done));
  }

  #open(): void {
    clearTimeout(this.#idleTimer);
    if (this.#client !== undefined || this.#ending !== undefined || this.#closed || this.#hopeless) return;
    this.#failures = 0;
    this.#reason = undefined;
    this.#setState({ phase: "connecting" });
    const client = this.#createClient();
    if (client === undefined) return;
    this.#client = client;
    client.on("connect", (connack) => this.#onConnect(client, connack));
    client.on("message", (topic, payload, packet) => this.#subscriptions.receive(deliveryOf(topic, payload, packet)));
    client.on("packetreceive", ({ cmd }) => {
      if (cmd === "suback") this.#subscriptions.acknowledged();
    });
    watchConnectionErrors(client, this.#settings, (problem) => {
      this.#reason ??= problem;
    });
    client.on("close", () => this.#onClose(client));
    client.on("reconnect", () => {
      client.options.reconnectPeriod = this.#pause();
    });
  }

  /** `undefined`: there is no use in trying again, a certificate or the ciphers cannot be read. */
  #createClient(): MqttClient | undefined {
    try {
      return this.#connect(clientOptions(this.#settings, this.#timing.connect, this.#pause()));
    } catch (error) {
      this.#hopeless = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#setState({ phase: "disconnected", problem: failure("tls-settings", { reason }).problem });
      return undefined;
    }
  }

  /** Grows with each failure, and is never the same for two clients of a broker that restarts. */
  #pause(): number {
    const { retry, longestRetry } = this.#timing;
    return Math.min(longestRetry, retry * 2 ** Math.min(this.#failures, 16)) * (0.5 + Math.random() / 2);
  }

  #onConnect(client: MqttClient, { properties, sessionPresent }: IConnackPacket): void {
    this.#reason = undefined;
    this.#accepted = true;
    client.options.reconnectPeriod = this.#pause();
    // Not at once: a broker may accept a client and then throw it out, again and again.
    this.#goodTimer = setTimeout(() => {
      this.#failures = 0;
      client.options.reconnectPeriod = this.#pause();
      for (const observer of this.#observers) observer({ phase: "connected", good: true });
    }, this.#timing.good).unref();
    this.#subscriptions.connected(sessionPresent, identifiesSubscriptions(client), sharingProblem(client));
    this.#outbox.connected(properties?.receiveMaximum, this.#birth());
    this.#setState({ phase: "connected" });
  }

  #birth(): Publication | undefined {
    const { statusTopic: topic } = this.#settings;
    if (topic === "") return undefined;
    const done = (): void => undefined;
    return { topic, payload: "connected", qos: 1, retain: true, queue: false, owner: this, done };
  }

  #onClose(client: MqttClient): void {
    if (client !== this.#client) return;
    clearTimeout(this.#goodTimer);
    this.#failures++;
    this.#subscriptions.disconnected();
    this.#outbox.disconnected();
    const problem = this.#accepted ? this.#reasonOfLoss() : this.#reasonOfFailedAttempt();
    this.#accepted = false;
    this.#reason = undefined;
    this.#setState({ phase: "disconnected", problem });
  }

  #reasonOfFailedAttempt(): Problem {
    this.#losses.clear();
    return this.#reason ?? failure("closed-by-server", { server: addressOf(this.#settings.server) }).problem;
  }

  /** A connection that worked: neither port nor TLS can be the reason. */
  #reasonOfLoss(): Problem {
    const { clientId, randomClientId } = this.#settings;
    const reset = this.#reason?.code === "connection-reset";
    if (this.#reason !== undefined && !reset) {
      this.#losses.clear();
      return this.#reason;
    }
    const takenOver = !reset && !randomClientId && this.#losses.add(Date.now());
    return takenOver ? failure("taken-over-likely", { clientId }).problem : failure("reconnecting").problem;
  }

  #setState(state: ConnectionState): void {
    this.#state = state;
    for (const watcher of [...this.#watchers, ...this.#observers]) watcher(state);
  }

  get #used(): boolean {
    return this.#watchers.size > 0 || this.#subscriptions.size > 0;
  }

  #closeWhenIdle(): void {
    clearTimeout(this.#idleTimer);
    if (this.#client === undefined || this.#closed || this.#used) return;
    this.#idleTimer = setTimeout(() => void this.#endWhenUnused(), this.#timing.idle);
  }

  /** What is still to be published keeps the connection open. */
  async #endWhenUnused(): Promise<void> {
    await this.#flush();
    if (this.#closed || this.#used) return;
    if (this.#outbox.pending > 0) return this.#closeWhenIdle();
    await this.#end();
    if (this.#used || this.#outbox.pending > 0) this.#open();
    this.#closeWhenIdle();
  }

  /** Says goodbye; a broker that does not answer is not waited for. */
  async #end(): Promise<void> {
    const client = this.#client;
    if (client === undefined) return this.#ending;
    clearTimeout(this.#goodTimer);
    this.#subscriptions.disconnected();
    this.#outbox.disconnected();
    this.#client = undefined;
    this.#setState({ phase: "idle" });
    this.#ending = disconnect(client, this.#settings.statusTopic, this.#timing.farewell);
    await this.#ending;
    this.#ending = undefined;
  }

  #send(publication: Publication, sent: (problem?: Problem) => void): number | undefined {
    if (this.#client !== undefined) return sendPublish(this.#client, publication, sent);
    sent(failure("connection-closed").problem);
    return undefined;
  }
}
