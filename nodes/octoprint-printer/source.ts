import type { NodeAPI } from "node-red";
import { failure } from "../mqtt/problem.ts";
import type { FlowStart } from "../node-red/flow-start.ts";
import type { MessageSource } from "../node-red/message-source.ts";
import { type CommandQueue, CommandQueues } from "../octoprint/commands/command-queue.ts";
import { failure as messageFailure } from "../octoprint/problem.ts";
import { compileScheme } from "../octoprint/topics/scheme.ts";
import { BrokerClient } from "../octoprint-broker/broker-client.ts";
import { isBroker } from "../octoprint-broker/broker-node.ts";
import { isServer, type ServerNode } from "../octoprint-server/server-node.ts";
import { UnusableSource } from "../octoprint-server/unusable-source.ts";
import type { PrinterNode } from "./printer-node.ts";
import type { PrinterSettings } from "./settings.ts";

/** The printer's topics. An OctoPrint that we speak to ourselves is one printer, so its topics name none. */
export function schemeOf(settings: PrinterSettings): PrinterNode["scheme"] {
  const compiled = compileScheme(settings);
  return compiled.ok && compiled.scheme.farm && settings.source === "server"
    ? messageFailure("server-one-printer")
    : compiled;
}

/** The server node that a printer node names; `undefined`: none. One server is one OctoPrint: a farm has none. */
export function serverOf(
  RED: NodeAPI,
  { server }: PrinterSettings,
  scheme: PrinterNode["scheme"],
): ServerNode | undefined {
  const node = RED.nodes.getNode(server);
  return isServer(node) && !(scheme.ok && scheme.scheme.farm) ? node : undefined;
}

/** Where the printer's messages come from. @param flowStart of a source that has no node to tell it */
export function messagesOf(
  RED: NodeAPI,
  settings: PrinterSettings,
  { scheme, server }: Pick<PrinterNode, "scheme" | "server">,
  flowStart: FlowStart,
): MessageSource {
  if (settings.source === "server") {
    if (server !== undefined && scheme.ok) return server.messagesFor(scheme.scheme);
    return new UnusableSource(failure("server-missing").problem, flowStart);
  }
  const broker = RED.nodes.getNode(settings.broker);
  return isBroker(broker) ? broker.client : new BrokerClient(undefined, failure("broker-missing").problem);
}

/**
 * The queue of commands for each of the printer node's printers. Other printer nodes of the same OctoPrint share it: those
 * that name the same server node, or the same topics of the same broker node.
 */
export function commandQueuesOf(
  RED: NodeAPI,
  settings: PrinterSettings,
  { scheme, server }: Pick<PrinterNode, "scheme" | "server">,
): (printer: string) => CommandQueue {
  if (server !== undefined) return () => server.commandQueue;
  const broker = RED.nodes.getNode(settings.broker);
  const queues = isBroker(broker) ? broker.commandQueues : new CommandQueues();
  return (printer) => queues.of(topicOf(scheme, printer));
}

/** A topic that no other OctoPrint has. What no topic can be made of is refused in its turn. */
function topicOf(scheme: PrinterNode["scheme"], printer: string): string {
  if (!scheme.ok) return printer;
  const filled = scheme.scheme.fill({
    kind: "other",
    name: "hassControl",
    printer: scheme.scheme.farm ? printer : undefined,
  });
  return filled.ok ? filled.topic : printer;
}
