import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import type { ProblemError } from "../../nodes/node-red/problem-error.ts";
import type { OctoPrintBroker, PublishOptions, SubscriptionPacket } from "../../nodes/octoprint-broker/api.ts";

interface ShopDoorDef extends NodeDef {
  broker: string;
  /** What to subscribe to; empty: nothing. */
  filter?: string;
  /** Hears of a refused filter itself, instead of the broker node. */
  listens?: boolean;
  /** Forgets about its promises, as people do. */
  careless?: boolean;
}

/** What the callback gets, as a msg. */
export interface Observation {
  topic: string;
  payload: string;
  packet: SubscriptionPacket;
}

/**
 * Somebody else's node that shares the connection of an `octoprint-broker`: publishes its msg, with `msg.options`, and
 * sends what it receives; a payload of `throw` it cannot bear, and `msg.unsubscribe` ends the subscription.
 */
export function shopDoor(RED: NodeAPI): void {
  RED.nodes.registerType("shop-door", function (this: Node, definition: ShopDoorDef) {
    RED.nodes.createNode(this, definition);
    const broker = RED.nodes.getNode(definition.broker);
    if (!isBroker(broker)) return;
    const receive = (topic: string, payload: Buffer, packet: SubscriptionPacket): void => {
      if (payload.toString() === "throw") throw new Error("the door is stuck");
      this.send(heardAs({ topic, payload: payload.toString(), packet }));
      // What it does to its own copy is nobody else's business.
      payload.fill(0);
    };
    const refused = (error: ProblemError): void => this.error(error, { payload: "refused" });
    const unsubscribe = definition.filter
      ? broker.subscribe(definition.filter, receive, definition.listens ? refused : undefined)
      : () => undefined;
    this.on("input", (msg: NodeMessage & { options?: PublishOptions; unsubscribe?: boolean }, _send, done) => {
      if (msg.unsubscribe) {
        unsubscribe();
        return done();
      }
      const published = broker.publish(String(msg.topic), payloadOf(msg.payload), msg.options);
      if (definition.careless) done();
      else published.then(() => done(), done);
    });
    this.on("close", () => unsubscribe());
  });
}

function isBroker(node: Node | null): node is Node & OctoPrintBroker {
  return node !== null && "publish" in node && "subscribe" in node;
}

function payloadOf(payload: unknown): string | Uint8Array {
  return payload instanceof Uint8Array ? payload : String(payload);
}

function heardAs(heard: Observation): NodeMessage {
  return { ...heard };
}
