import type { Node } from "node-red";
import type { AnyProblem } from "../node-red/any-problem.ts";
import type { MessageSource, Receiver } from "../node-red/message-source.ts";
import type { CommandQueue } from "../octoprint/commands/command-queue.ts";
import type { Limits } from "../octoprint/commands/command-row.ts";
import type { Scheme } from "../octoprint/topics/scheme.ts";
import type { ServerNode } from "../octoprint-server/server-node.ts";
import type { ShowHint } from "./hints.ts";
import type { Reader } from "./reader.ts";
import type { PrinterSettings } from "./settings.ts";
import type { PrinterTracking } from "./tracking.ts";

/** The printer node as the nodes of this package use it. */
export interface PrinterNode extends Node {
  /** The printer's topics, or what is wrong with them. */
  scheme: { readonly ok: true; readonly scheme: Scheme } | { readonly ok: false; readonly problem: AnyProblem };
  /** Where its messages come from, and where it publishes. */
  messages: MessageSource;
  /** OctoPrint itself, if the printer node names it: for messages, or only for commands. A farm has none. */
  server: ServerNode | undefined;
  reader: Reader | undefined;
  /**
   * Receives the filters' messages, or a group's share of them. `showHint` gets what may be wrong while nothing
   * arrives. Returns a function that unsubscribes.
   */
  listen(filters: readonly string[], subscriber: Receiver, showHint: ShowHint, group?: string): () => void;
  /** What is known of each of its printers; `undefined` without a scheme. */
  tracking: PrinterTracking | undefined;
  /** How commands reach the printer where there is no server. */
  commands: PrinterSettings["commands"];
  limits: Limits;
  /** The commands for one of its printers: those of all nodes that command the same printer, one after the other. */
  commandQueue(printer: string): CommandQueue;
}

/** Whether a node is an `octoprint-printer`. */
export function isPrinter(node: Node | null): node is PrinterNode {
  return node !== null && node.type === "octoprint-printer" && "reader" in node;
}
