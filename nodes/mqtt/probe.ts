import { randomBytes } from "node:crypto";
import { connect, type MqttClient } from "mqtt";
import { type ConnectionSettings, clientOptions } from "./client-options.ts";
import { watchConnectionErrors } from "./connection-errors.ts";
import { disconnect } from "./disconnect.ts";
import type { Delivery } from "./message.ts";
import { deliveryOf } from "./packets.ts";
import { type Failure, failure, type Problem } from "./problem.ts";
import { addressOf } from "./server.ts";

/** How long and how much a probe listens at most. */
export interface ProbeLimits {
  /** Until the broker must have answered, ms. */
  readonly patience: number;
  /** How long to listen, ms. */
  readonly time: number;
  readonly messages: number;
  /** Of all that comes over the wire: a single message can have 256 MB. */
  readonly bytes: number;
}

/** A probe that was not refused. */
export interface Probed {
  readonly ok: true;
  /** What ended the listening before its time. */
  readonly cutShort: "messages" | "bytes" | "left" | undefined;
  readonly messages: number;
}

/** What a probe subscribes to, and who gets the messages. */
export interface Listening {
  /** Refused ones do no harm as long as one is allowed. */
  readonly filters: readonly string[];
  readonly deliver: (delivery: Delivery) => void;
}

/** Why a probe ends; `undefined`: the time is over. */
type Ending = { readonly problem: Problem } | { readonly cutShort: Probed["cutShort"] };

/**
 * Connects once, listens for a while at QoS 0 where it is told what to, and leaves: as a stranger, with a client id of
 * its own, so that no deployed connection is thrown out, without a will, and leaving no session behind.
 *
 * @param signal leaves at once
 */
export async function probe(
  settings: ConnectionSettings,
  limits: ProbeLimits,
  signal: AbortSignal,
  listening?: Listening,
): Promise<Probed | Failure> {
  const clientId = `nodered_${randomBytes(6).toString("hex")}`;
  const stranger = { ...settings, clientId, cleanSession: true, statusTopic: "" };
  let client: MqttClient;
  try {
    client = connect(clientOptions(stranger, limits.patience, 0));
  } catch (error) {
    // A certificate or the ciphers cannot be read.
    return failure("tls-settings", { reason: error instanceof Error ? error.message : String(error) });
  }
  const guest = new Guest(client, stranger, limits, listening);
  signal.addEventListener("abort", () => guest.leave({ cutShort: "left" }), { once: true });
  if (signal.aborted) guest.leave({ cutShort: "left" });
  const ending = await guest.ended;
  await disconnect(client, "", farewell);
  return "problem" in ending
    ? { ok: false, problem: ending.problem }
    : { ok: true, cutShort: ending.cutShort, messages: guest.messages };
}

/** How long disconnecting may take, ms. */
const farewell = 500;

class Guest {
  readonly ended: Promise<Ending>;
  messages = 0;
  /** The first reason is the one; what comes after it is its consequence. */
  leave: (ending: Ending) => void = () => undefined;
  readonly #client: MqttClient;
  readonly #settings: ConnectionSettings;
  readonly #limits: ProbeLimits;
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(client: MqttClient, settings: ConnectionSettings, limits: ProbeLimits, listening: Listening | undefined) {
    this.#client = client;
    this.#settings = settings;
    this.#limits = limits;
    this.ended = new Promise((resolve) => {
      this.leave = (ending) => {
        this.#over = true;
        clearTimeout(this.#timer);
        resolve(ending);
      };
    });
    this.#watch();
    client.on("connect", () => (listening ? this.#listen(listening) : this.leave({ cutShort: undefined })));
  }

  #watch(): void {
    const client = this.#client;
    watchConnectionErrors(client, this.#settings, (problem) => this.leave({ problem }));
    const server = addressOf(this.#settings.server);
    client.on("close", () => this.leave({ problem: failure("closed-by-server", { server }).problem }));
    let bytes = 0;
    client.stream.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length;
      if (bytes > this.#limits.bytes) this.#cut("bytes");
    });
  }

  #listen({ filters, deliver }: Listening): void {
    const client = this.#client;
    this.#timer = setTimeout(() => this.leave({ cutShort: undefined }), this.#limits.time);
    client.on("message", (topic, payload, packet) => {
      if (this.#over) return;
      if (this.messages >= this.#limits.messages) return this.#cut("messages");
      this.messages++;
      deliver(deliveryOf(topic, payload, packet));
    });
    client.subscribe([...filters], { qos: 0 }, (_error, _granted, suback) => {
      const allRefused = suback?.granted.every((code) => Number(code) >= 128) ?? false;
      const [widest = ""] = filters.slice(-1);
      if (allRefused) this.leave({ problem: failure("subscription-refused", { filter: widest }).problem });
    });
  }

  /** What is on its way already is not read any more. */
  #cut(cutShort: "messages" | "bytes"): void {
    this.leave({ cutShort });
    this.#client.stream.destroy();
  }
}
