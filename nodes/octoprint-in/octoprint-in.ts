import type { Node, NodeAPI, NodeDef } from "node-red";
import { problemStatus, Reporter } from "../node-red/report.ts";
import { StatusLine } from "../node-red/status-line.ts";
import { translator } from "../node-red/translate.ts";
import { isPrinter } from "../octoprint-printer/printer-node.ts";
import type { ReceiveContext } from "./receive-context.ts";
import { receiveJobs } from "./receive-jobs.ts";
import { receiveMessages } from "./receive-messages.ts";
import { receiveStates } from "./receive-states.ts";
import { type InSettings, type Receivable, readSettings, sourceProblem } from "./settings.ts";

export default (RED: NodeAPI): void => {
  function OctoPrintInNode(this: Node, definition: NodeDef & Partial<InSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings = readSettings(definition);
    const status = new StatusLine(
      (shown) => this.status(shown),
      (problem) => problemStatus(RED, problem),
      RED._("status.waiting"),
    );
    const printer = RED.nodes.getNode(settings.printer);
    const stop = isPrinter(printer) ? start(contextOf(RED, this, { settings, printer, status })) : unusable(status);
    this.on("close", () => {
      stop();
      status.close();
    });
  }
  RED.nodes.registerType("octoprint-in", OctoPrintInNode);
};

function contextOf(
  RED: NodeAPI,
  node: Node,
  { settings, printer, status }: Pick<ReceiveContext, "settings" | "printer" | "status">,
): ReceiveContext {
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
    showHint: (hint) => status.hint(hint && translator(RED)(`hint.${hint.code}`, { ...hint })),
  };
}

function unusable(status: StatusLine): () => void {
  status.unusable({ code: "printer-missing" });
  return () => undefined;
}

/** Receives from the printer. Returns a function that stops this. */
function start(context: ReceiveContext): () => void {
  const { settings, printer, status, reporter } = context;
  const wrong = printer.scheme.ok ? sourceProblem(settings, printer.messages.hasBroker) : printer.scheme.problem;
  if (wrong !== undefined) {
    status.unusable(wrong);
    reporter.report(wrong, { msg: {} });
    return () => undefined;
  }
  const unwatch = printer.messages.watch((state) => status.connection(state));
  const stop = receiverOf(settings.kind)(context);
  return () => {
    stop();
    unwatch();
  };
}

function receiverOf(kind: Receivable): (context: ReceiveContext) => () => void {
  if (kind === "job") return receiveJobs;
  return kind === "printer" ? receiveStates : receiveMessages;
}
