import type { Buffer } from "node:buffer";
import type { ProblemError } from "../node-red/problem-error.ts";

/** How to publish: by default QoS 0, not retained, and waiting in the queue while the broker is away. */
export interface PublishOptions {
  qos?: 0 | 1 | 2;
  retain?: boolean;
  queue?: boolean;
}

/**
 * How a message ended: the broker has it, or a context store keeps it (*Keep the queue in*) and it is published after
 * the next start.
 */
export type Outcome = "published" | "stored";

/** What comes with a message. */
export interface SubscriptionPacket {
  qos: 0 | 1 | 2;
  /** True for what the broker had stored before this subscription. */
  retain: boolean;
}

/**
 * What an `octoprint-broker` node offers to other nodes, as the OctoPrint-MQTT plugin offers its helpers to other
 * plugins.
 *
 * @example
 * const broker = RED.nodes.getNode(config.broker) as (Node & OctoPrintBroker) | null;
 * const unsubscribe = broker?.subscribe("shop/door/#", (topic, payload) => this.send({ topic, payload: payload.toString() }));
 * this.on("close", () => unsubscribe?.());
 */
export interface OctoPrintBroker {
  /**
   * Publishes on any topic, with the queue's rules. Resolves with `"published"` when the broker has it (QoS 0: when it
   * is written to the socket), with `"stored"` where Node-RED stops first and a context store keeps it. Rejects with a
   * `ProblemError` when the broker never will have it. A rejection that nobody handles does no harm.
   */
  publish(topic: string, payload: string | Uint8Array, options?: PublishOptions): Promise<Outcome>;
  /**
   * Receives what a filter matches: what the broker has stored once, then what comes, each message once. Returns a
   * function that unsubscribes. `onRefused` gets the reason if the broker refuses the filter or the filter is not a
   * valid one; without it, the broker node reports the error.
   */
  subscribe(
    filter: string,
    callback: (topic: string, payload: Buffer, packet: SubscriptionPacket) => void,
    onRefused?: (error: ProblemError) => void,
  ): () => void;
}
