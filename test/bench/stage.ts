import { connectAsync, type MqttClient } from "mqtt";
import type { Scope } from "../support/cleanup.ts";
import { cleanup } from "../support/cleanup.ts";
import { startMosquitto } from "../support/mosquitto.ts";
import { fromNodeRedDir } from "../support/node-red.ts";
import { sharedClock } from "./consumer/protocol.ts";
import type { Complete } from "./consumer/tally.ts";
import { Consumer } from "./consumer-process.ts";
import { type Burst, baseTopicOf, storedMark, storedMessage } from "./load.ts";
import {
  flowOf,
  groupFlow,
  isDerived,
  type PublisherVariant,
  publishingFlow,
  type Variant,
  variants,
} from "./variants.ts";
import { openWorkshop, type Workshop } from "./workshop.ts";

/** What a burst is for, and a run without it is none: every message arrives, once. */
export class Unaccounted extends Error {}

/** A consumer of one variant for a number of printers, with topics of its own. */
export interface Contender {
  readonly variant: Variant;
  readonly printers: number;
  readonly prefix: string;
  readonly consumer: Consumer;
  /** Milliseconds from "Started flows" until the stored message of every printer was there. */
  readonly subscribed: number;
}

/** The broker, and one client that publishes everything. */
export class Stage {
  readonly url: string;
  readonly #scope: Scope;
  readonly #client: MqttClient;
  readonly #workshop: Workshop;
  readonly #profile: string | undefined;
  #started = 0;

  static async open(scope: Scope, profile?: string): Promise<Stage> {
    // It must neither drop what a slow consumer has not read yet, nor write a line for each message.
    const conf = ["log_type none", "log_type information", "max_queued_messages 0", "set_tcp_nodelay true"];
    const { url } = await startMosquitto(scope, { conf });
    const client = await connectAsync(url, { protocolVersion: 4, reconnectPeriod: 0 });
    cleanup(scope, () => client.endAsync(true));
    return new Stage(scope, url, client, openWorkshop(scope), profile);
  }

  private constructor(scope: Scope, url: string, client: MqttClient, workshop: Workshop, profile: string | undefined) {
    this.#scope = scope;
    this.url = url;
    this.#client = client;
    this.#workshop = workshop;
    this.#profile = profile;
  }

  async startContender(variant: Variant, printers: number): Promise<Contender> {
    const prefix = this.nextPrefix();
    for (let printer = 0; printer < printers; printer++) {
      const { topic, payload } = storedMessage(prefix, printer);
      this.#client.publish(topic, payload, { retain: true });
    }
    if (isDerived(variant)) {
      const { topic, payload } = storedMark(prefix);
      this.#client.publish(topic, payload, { retain: true });
    }
    await this.#fence();
    const flow = variant === "floor" ? undefined : flowOf(variant, this.url, prefix, printers);
    const stored = isDerived(variant) ? 1 : printers;
    const consumer = this.#start(`${variants[variant]}, ${printers}`, prefix, stored, flow);
    const { ms } = await consumer.next("subscribed");
    return { variant, printers, prefix, consumer, subscribed: ms };
  }

  /** A Node-RED that shares a farm's messages with others; the broker knows it when it comes back. */
  async startMember(name: string, prefix: string): Promise<Consumer> {
    this.#client.publish(`${baseTopicOf(prefix, 0)}mqtt`, "connected", { retain: true });
    await this.#fence();
    const consumer = this.#start(name, prefix, 1, groupFlow(this.url, prefix));
    await consumer.next("subscribed");
    return consumer;
  }

  async startPublisher(
    variant: PublisherVariant,
  ): Promise<{ readonly consumer: Consumer; readonly baseTopic: string }> {
    const prefix = this.nextPrefix();
    const flow = publishingFlow(variant, this.url, `${prefix}/`);
    const consumer = this.#start(`publishing, ${variant}`, prefix, 0, flow);
    await consumer.next("subscribed");
    return { consumer, baseTopic: `${prefix}/` };
  }

  #start(name: string, prefix: string, stored: number, flow: readonly object[] | undefined): Consumer {
    const { userDir, consumer, writeFlow } = this.#workshop;
    const flowFile = `flow-${prefix}.json`;
    if (flow !== undefined) writeFlow(flowFile, flow);
    const nodeRed = flow === undefined ? {} : { nodeRed: fromNodeRedDir.resolve("node-red"), userDir, flowFile };
    const profiling =
      this.#profile === undefined
        ? []
        : ["--cpu-prof", "--cpu-prof-dir", this.#profile, "--cpu-prof-name", `${name.replace(/\W+/g, "-")}.cpuprofile`];
    const setup = { url: this.url, filters: [`${prefix}/#`], stored, ...nodeRed };
    return new Consumer(this.#scope, name, consumer, setup, profiling);
  }

  /** All of one length, for topics of different lengths would cost differently. */
  nextPrefix(): string {
    return `bench-${String(this.#started++).padStart(3, "0")}`;
  }

  /** Publishes a burst and waits until the consumer has it; its CPU microseconds. */
  async run({ consumer, variant }: Contender, burst: Burst): Promise<number> {
    const arrived = await this.#arrival(consumer, burst.msgs, false, async () =>
      this.write(Buffer.concat(burst.packets)),
    );
    check(consumer, arrived, variant === "floor" ? burst.bytes : burst.timestamps);
    return arrived.cpu;
  }

  /** Publishes at a steady rate; each message's milliseconds until it was there. */
  async paced({ consumer, variant }: Contender, burst: Burst, rate: number): Promise<number[]> {
    const sent: number[] = [];
    const arrived = await this.#arrival(consumer, burst.msgs, true, async () => {
      for (const packet of burst.packets) {
        await pause(1000 / rate);
        sent.push(sharedClock());
        this.write(packet);
      }
    });
    check(consumer, arrived, variant === "floor" ? burst.bytes : burst.timestamps);
    return arrived.times.map((time, at) => time - (sent[at] ?? Number.NaN));
  }

  async #arrival(consumer: Consumer, expected: number, times: boolean, send: () => Promise<void>): Promise<Complete> {
    const { surplus } = await consumer.request({ type: "begin", expected, times }, "begun");
    if (surplus !== 0) throw new Unaccounted(`${consumer.name}: ${surplus} messages too many`);
    const complete = consumer.next("complete");
    await send();
    return complete;
  }

  /** PUBLISH packets that are ready, past MQTT.js. */
  write(packets: Buffer): void {
    this.#client.stream.write(packets);
  }

  /** Comes back when the broker has taken all that was published before. */
  async #fence(): Promise<void> {
    await this.#client.publishAsync("fence", "", { qos: 1 });
  }

  /** Hears what is published below the base topics. */
  async listen(filters: readonly string[], heard: (topic: string, payload: Buffer) => void): Promise<void> {
    const client = await connectAsync(this.url, { protocolVersion: 4, reconnectPeriod: 0 });
    cleanup(this.#scope, () => client.endAsync(true));
    client.on("message", heard);
    await client.subscribeAsync([...filters], { qos: 0 });
  }
}

function check(consumer: Consumer, { sum }: Complete, expected: number): void {
  if (sum !== expected) throw new Unaccounted(`${consumer.name}: not the messages that were published`);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
