import type { Node, NodeAPI, NodeDef } from "node-red";
import type { Problem } from "../mqtt/problem.ts";
import { guarded, problemStatus, Reporter } from "../octoprint-broker/report.ts";
import { StatusLine } from "../octoprint-broker/status-line.ts";
import type { Hint, PrinterNode } from "../octoprint-printer/octoprint-printer.ts";
import { followJobs } from "./follow-jobs.ts";
import { followStates } from "./follow-states.ts";
import { groupProblem } from "./group.ts";
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
  /** The broker does not let us read a filter. */
  readonly refused: (problem: Problem) => void;
  readonly hint: Hint;
  /** `guarded` with this node. */
  readonly guard: (action: () => void) => void;
}

export default (RED: NodeAPI): void => {
  function OctoPrintInNode(this: Node, definition: NodeDef & Partial<InSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings: InSettings = { ...inDefaults, ...definition, group: `${definition.group ?? ""}` };
    const status = new StatusLine(
      (shown) => this.status(shown),
      (problem) => problemStatus(RED, problem),
    );
    const printer = RED.nodes.getNode(settings.printer);
    const stop = isPrinter(printer) ? start(partsOf(RED, this, { settings, printer, status })) : unusable(status);
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

function partsOf(
  RED: NodeAPI,
  node: Node,
  { settings, printer, status }: Pick<Parts, "settings" | "printer" | "status">,
): Parts {
  const reporter = new Reporter(RED, node, (text) => status.problem(text));
  return {
    RED,
    node,
    settings,
    printer,
    status,
    reporter,
    refused: (problem) => {
      status.refused(problem);
      reporter.report(problem, { msg: {} });
    },
    hint: (found) => status.hint(found && RED._("status.twin", { ...found })),
    guard: (action) => guarded(node, action),
  };
}

function unusable(status: StatusLine): () => void {
  status.unusable({ code: "not-configured" });
  return () => undefined;
}

/** Receives from the printer; the result stops that. */
function start(parts: Parts): () => void {
  const { settings, printer, status, reporter } = parts;
  const wrong = printer.scheme.ok ? groupProblem(settings) : printer.scheme.problem;
  if (wrong !== undefined) {
    status.unusable(wrong);
    reporter.report(wrong, { msg: {} });
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
