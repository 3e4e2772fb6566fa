import type { Node } from "node-red";
import type { CommandQueues } from "../octoprint/commands/command-queue.ts";
import type { OctoPrintBroker } from "./api.ts";
import type { BrokerClient } from "./broker-client.ts";
import type { BrokerCredentials } from "./settings.ts";

/** The broker node as the nodes of this package use it. */
export interface BrokerNode extends Node<BrokerCredentials>, OctoPrintBroker {
  client: BrokerClient;
  /** The commands of all nodes to each printer, by a topic of that printer. */
  commandQueues: CommandQueues;
}

/** Whether a node is an `octoprint-broker`. */
export function isBroker(node: Node | null): node is BrokerNode {
  return node !== null && node.type === "octoprint-broker" && "client" in node;
}
