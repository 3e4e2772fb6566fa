import type { Node, NodeAPI, NodeDef } from "node-red";
import { problemStatus, Reporter } from "../octoprint-broker/report.ts";
import { StatusLine } from "../octoprint-broker/status-line.ts";
import type { PrinterNode } from "../octoprint-printer/octoprint-printer.ts";
import { followJobs } from "./follow-jobs.ts";
import { followStates } from "./follow-states.ts";
import { receiveMessages } from "./receive-messages.ts";
import { type InSettings, inDefaults, type Receivable } from "./settings.ts";

/** What the three ways to receive share. */
export interface Parts {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly settings: InSettings;
  readonly printer: PrinterNode;
  readonly status: StatusLine;
  readonly reporter: Reporter;
}

export default (RED: NodeAPI): void => {
  function OctoPrintInNode(this: Node, definition: NodeDef & Partial<InSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings: InSettings = { ...inDefaults, ...definition };
    const status = new StatusLine(
      (shown) => this.status(shown),
      (problem) => problemStatus(RED, problem),
    );
    const reporter = new Reporter(RED, this, (text) => status.problem(text));
    const printer = RED.nodes.getNode(settings.printer);
    const stop = isPrinter(printer)
      ? start({ RED, node: this, settings, printer, status, reporter })
      : unusable(status);
    this.on("close", () => {
      stop();
      status.close();
    });
  }
  RED.nodes.registerType("octoprint-in", OctoPrintInNode);
};

function isPrinter(node: Node | null): node is PrinterNode {
  return node !== null && node.type === "octoprint-printer" && "reader" in node;
}

function unusable(status: StatusLine): () => void {
  status.unusable({ code: "not-configured" });
  return () => undefined;
}

/** Receives from the printer; the result stops that. */
function start(parts: Parts): () => void {
  const { settings, printer, status, reporter } = parts;
  if (!printer.scheme.ok) {
    status.unusable(printer.scheme.problem);
    reporter.report(printer.scheme.problem, { msg: {} });
    return () => undefined;
  }
  const unwatch = printer.link.watch((state) => status.connection(state));
  const stop = receiverOf(settings.kind)(parts);
  return () => {
    stop();
    unwatch();
  };
}

function receiverOf(kind: Receivable): (parts: Parts) => () => void {
  if (kind === "job") return followJobs;
  return kind === "printer" ? followStates : receiveMessages;
}
