import type { IClientOptions, IConnackPacket, MqttClient } from "mqtt";
import { Backoff } from "./backoff.ts";
import { type ConnectionSettings, clientOptions, lastWill } from "./client-options.ts";
import { CloseReason } from "./close-reason.ts";
import { watchConnectionErrors } from "./connection-errors.ts";
import { disconnect } from "./disconnect.ts";
import { LastWill } from "./last-will.ts";
import { failure, type Problem } from "./problem.ts";
import type { timing } from "./timing.ts";

/** What a connector tells. */
export interface ConnectorEvents {
  /** There is a client, which tries to connect. */
  created(client: MqttClient): void;
  /**
   * The broker has accepted an attempt.
   *
   * @param atOnce it was the first one after the loss of the last connection
   */
  accepted(client: MqttClient, connack: IConnackPacket, atOnce: boolean): void;
  /** The connection has lasted (`timing.good`). */
  lasted(): void;
  /**
   * The connection is lost.
   *
   * @returns whether something that was sent may be the reason
   */
  lost(cause: Problem): boolean;
  /**
   * There is no connection now, after a failed attempt or a loss. Another attempt follows, unless the settings are
   * unusable.
   */
  disconnected(problem: Problem): void;
}

/** Gets a connection to the broker, and a new one each time it is lost. */
export class Connector {
  readonly #settings: ConnectionSettings;
  readonly #timing: typeof timing;
  readonly #connect: (options: IClientOptions) => MqttClient;
  readonly #events: ConnectorEvents;
  readonly #backoff: Backoff;
  readonly #reason: CloseReason;
  readonly #will: LastWill;
  #client: MqttClient | undefined;
  /** The broker has accepted the current attempt. */
  #accepted = false;
  /** Attempts that failed since the last connection. */
  #failures = 0;
  #goodTimer: NodeJS.Timeout | undefined;
  #hopeless = false;

  constructor(
    settings: ConnectionSettings,
    times: typeof timing,
    connect: (options: IClientOptions) => MqttClient,
    events: ConnectorEvents,
  ) {
    this.#settings = settings;
    this.#timing = times;
    this.#connect = connect;
    this.#events = events;
    this.#backoff = new Backoff(times.retry, times.longestRetry);
    this.#reason = new CloseReason(settings);
    this.#will = new LastWill(settings.statusTopic);
  }

  get client(): MqttClient | undefined {
    return this.#client;
  }

  /** No attempt can be made with these settings: a certificate or the ciphers cannot be read. */
  get hopeless(): boolean {
    return this.#hopeless;
  }

  /** That the connection goes without its last will. */
  get warning(): Problem | undefined {
    return this.#will.warning;
  }

  /** From the next attempt on. */
  giveUpWill(): void {
    this.#will.refuse();
  }

  start(): void {
    this.#backoff.reset();
    this.#reason.reset();
    const client = this.#createClient();
    if (client === undefined) return;
    this.#client = client;
    client.on("connect", (connack) => this.#onConnect(client, connack));
    watchConnectionErrors(client, this.#settings, (problem) => this.#reason.report(problem));
    // Before MQTT.js, which reads then how long to wait.
    client.prependListener("close", () => this.#onClose(client));
    client.on("reconnect", () => {
      client.options.reconnectPeriod = this.#backoff.next();
    });
    this.#events.created(client);
  }

  /** Ends the connection, or the attempts; says `disconnected` on the status topic, where there is one. */
  async end(statusTopic: string): Promise<void> {
    const client = this.#client;
    if (client === undefined) return;
    clearTimeout(this.#goodTimer);
    this.#client = undefined;
    this.#accepted = false;
    // The next connection does not follow a loss.
    this.#failures = 1;
    await disconnect(client, statusTopic, this.#timing.farewell);
  }

  #createClient(): MqttClient | undefined {
    const settings = { ...this.#settings, statusTopic: this.#will.sent ? this.#settings.statusTopic : "" };
    try {
      return this.#connect(clientOptions(settings, this.#timing.connect, this.#backoff.next()));
    } catch (error) {
      this.#hopeless = true;
      const reason = error instanceof Error ? error.message : String(error);
      this.#events.disconnected(failure("tls-settings", { reason }).problem);
      return undefined;
    }
  }

  #onConnect(client: MqttClient, connack: IConnackPacket): void {
    if (this.#will.accepted()) return void client.stream.destroy();
    const atOnce = this.#failures === 0;
    this.#failures = 0;
    this.#accepted = true;
    this.#reason.reset();
    client.options.reconnectPeriod = this.#backoff.next();
    // Not at once: a broker may accept a client and then disconnect it, again and again.
    this.#goodTimer = setTimeout(() => {
      this.#backoff.reset();
      client.options.reconnectPeriod = this.#backoff.next();
      this.#events.lasted();
    }, this.#timing.good).unref();
    this.#events.accepted(client, connack, atOnce);
  }

  #onClose(client: MqttClient): void {
    if (client !== this.#client) return;
    clearTimeout(this.#goodTimer);
    const problem = this.#accepted ? this.#onLoss(client.options) : this.#onFailedAttempt(client.options);
    this.#accepted = false;
    this.#reason.reset();
    if (!this.#will.sent) delete client.options.will;
    else client.options.will ??= lastWill(this.#settings.statusTopic);
    if (problem !== undefined) this.#events.disconnected(problem);
  }

  /** `undefined`: it was the last will, and the next attempt follows soon. */
  #onFailedAttempt(options: IClientOptions): Problem | undefined {
    this.#failures++;
    const refused = this.#reason.reported?.code === "will-refused";
    if (refused) this.#will.refuse();
    if (refused || this.#will.attemptFailed(this.#reason.unexplained)) {
      // The failures are explained.
      this.#backoff.reset();
      options.reconnectPeriod = this.#backoff.next();
      return undefined;
    }
    this.#backoff.fail();
    return this.#reason.ofFailedAttempt();
  }

  /** The pauses are short while it is found out which message, or which SUBSCRIBE, costs the connection. */
  #onLoss(options: IClientOptions): Problem {
    const suspicious = this.#events.lost(this.#reason.reported ?? failure("no-reason").problem);
    if (suspicious) options.reconnectPeriod = this.#backoff.first();
    else this.#backoff.fail();
    return this.#reason.ofLoss(suspicious);
  }
}
