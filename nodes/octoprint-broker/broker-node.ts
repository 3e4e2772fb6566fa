import type { Node } from "node-red";
import type { OctoPrintBroker } from "./api.ts";
import type { BrokerClient } from "./broker-client.ts";
import type { BrokerCredentials } from "./settings.ts";

/** The broker node as the nodes of this package use it. */
export interface BrokerNode extends Node<BrokerCredentials>, OctoPrintBroker {
  client: BrokerClient;
}

/** Whether a node is an `octoprint-broker`. */
export function isBroker(node: Node | null): node is BrokerNode {
  return node !== null && node.type === "octoprint-broker" && "client" in node;
}
