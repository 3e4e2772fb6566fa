import type { Node, NodeAPI, NodeDef } from "node-red";
import { classPrefix } from "../octoprint/events.ts";
import type { Selection } from "../octoprint/scheme.ts";
import { problemStatus, Reporter } from "../octoprint-broker/report.ts";
import { StatusLine } from "../octoprint-broker/status-line.ts";
import type { PrinterNode } from "../octoprint-printer/octoprint-printer.ts";
import { Flood } from "./flood.ts";
import { Receiver } from "./receiver.ts";
import { shortOf } from "./sentence.ts";
import { type InSettings, inDefaults } from "./settings.ts";

export default (RED: NodeAPI): void => {
  function OctoPrintInNode(this: Node, definition: NodeDef & Partial<InSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings: InSettings = { ...inDefaults, ...definition };
    const status = new StatusLine(
      (shown) => this.status(shown),
      (problem) => problemStatus(RED, problem),
    );
    const flood = new Flood();
    const printer = RED.nodes.getNode(settings.printer);
    const stop = isPrinter(printer) ? start(RED, this, settings, printer, status, flood) : unusable(status);
    this.on("close", () => {
      stop();
      flood.end();
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
function start(
  RED: NodeAPI,
  node: Node,
  settings: InSettings,
  printer: PrinterNode,
  status: StatusLine,
  flood: Flood,
): () => void {
  const reporter = new Reporter(RED, node, (text) => status.problem(text));
  const { scheme, reader } = printer;
  const wanted = scheme.ok ? scheme.scheme.filters(selectionOf(settings)) : scheme;
  if (!wanted.ok || reader === undefined) {
    if (!wanted.ok) {
      status.unusable(wanted.problem);
      reporter.report(wanted.problem, { msg: {} });
    }
    return () => undefined;
  }
  const receiver = new Receiver(settings, {
    reader,
    translate: (key, parameters) => RED._(key, parameters),
    clone: (message) => RED.util.cloneMessage({ payload: message }).payload,
    send: (msg, channel, decoded) => {
      node.send(msg);
      status.last(() => shortOf(channel, decoded));
    },
    report: (problem, msg, channel) =>
      flood.report(`${channel.kind} ${problem.code}`, (count) =>
        reporter.report(problem, { msg: count === undefined ? msg : { ...msg, count } }),
      ),
  });
  const unwatch = printer.link.watch((state) => status.connection(state));
  const unsubscribe = printer.listen(
    wanted.filters,
    {
      deliver: (delivery) => receiver.receive(delivery),
      refused: (problem) => {
        status.refused(problem);
        reporter.report(problem, { msg: {} });
      },
    },
    (found) => status.hint(found && RED._("status.twin", { ...found })),
  );
  return () => {
    unsubscribe();
    unwatch();
  };
}

/** A class of events is known here, not to the broker; names alone narrow the subscription. */
function selectionOf({ kind, printers, select }: InSettings): Selection {
  const narrow = !select.some((name) => kind === "event" && name.startsWith(classPrefix));
  return { kind, printers, names: narrow ? select : [] };
}
