import type { NodeAPI, NodeDef } from "node-red";
import { FlowStart, FlowStarts } from "../node-red/flow-start.ts";
import { trackedFilters } from "./derived-filters.ts";
import { Hints } from "./hints.ts";
import type { PrinterNode } from "./printer-node.ts";
import { Reader } from "./reader.ts";
import { limitsOf, type PrinterSettings, readSettings } from "./settings.ts";
import { commandQueuesOf, messagesOf, schemeOf, serverOf } from "./source.ts";
import { Tracker } from "./tracker.ts";

export default (RED: NodeAPI): void => {
  const starts = new FlowStarts(RED);

  function OctoPrintPrinterNode(this: PrinterNode, definition: NodeDef & Partial<PrinterSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings = readSettings(definition);
    this.scheme = schemeOf(settings);
    this.server = serverOf(RED, settings, this.scheme);
    const flowStart = new FlowStart();
    const leaveStarts = starts.join(flowStart);
    this.messages = messagesOf(RED, settings, this, flowStart);
    this.reader = this.scheme.ok ? new Reader(this.scheme.scheme, settings.name) : undefined;
    const hints = this.scheme.ok && this.messages.hasBroker ? new Hints(this.scheme.scheme) : undefined;
    this.reader?.onceReceived(() => hints?.received());
    this.listen = (filters, subscriber, showHint, group = "") => {
      const leaveReader = this.reader?.join();
      const stopHint = hints?.watch(this.messages, showHint);
      const unsubscribe = this.messages.subscribe(filters, subscriber, group);
      return () => {
        unsubscribe();
        stopHint?.();
        leaveReader?.();
      };
    };
    this.commands = settings.commands;
    this.limits = limitsOf(settings);
    this.commandQueue = commandQueuesOf(RED, settings, this);
    const tracker = trackerOf(RED, this, Math.max(0, Number(settings.staleAfter) || 0) * 60_000);
    this.tracking = tracker;
    const unwatchName = settings.source === "server" && settings.name === "" ? followName(this, tracker) : undefined;
    this.on("close", () => {
      unwatchName?.();
      leaveStarts();
      tracker?.close();
    });
  }
  RED.nodes.registerType<PrinterNode, NodeDef & Partial<PrinterSettings>, object, object>(
    "octoprint-printer",
    OctoPrintPrinterNode,
  );
};

/** A printer without a name is called what its OctoPrint is. Returns a function that stops this. */
function followName({ server, reader }: PrinterNode, tracker: Tracker | undefined): (() => void) | undefined {
  return server?.watchName((name) => {
    if (reader === undefined || name === "") return;
    const former = reader.printer;
    reader.rename(name);
    tracker?.rename(former, name);
  });
}

/** @param staleAfter ms */
function trackerOf(RED: NodeAPI, node: PrinterNode, staleAfter: number): Tracker | undefined {
  const { scheme, reader } = node;
  if (!scheme.ok || reader === undefined) return undefined;
  return new Tracker({
    node,
    reader,
    filters: trackedFilters(scheme.scheme),
    one: !scheme.scheme.farm,
    options: { staleAfter },
    warnOfClash: (baseTopic) => node.warn(RED._("log.twoOctoPrints", { baseTopic })),
  });
}
