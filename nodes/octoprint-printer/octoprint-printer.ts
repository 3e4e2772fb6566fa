import type { NodeAPI, NodeDef } from "node-red";
import { textsOf } from "../node-red/text-settings.ts";
import { reduceJob, tickJob } from "../octoprint/tracking/job.ts";
import { noJob } from "../octoprint/tracking/job-state.ts";
import { reducePrinter, tickPrinter, unknownPrinter } from "../octoprint/tracking/printer-state.ts";
import { BaseTopicHint } from "./base-topic-hint.ts";
import { type DerivedKind, derivedFilters } from "./derived-filters.ts";
import type { PrinterNode } from "./printer-node.ts";
import { Reader } from "./reader.ts";
import { type PrinterSettings, printerDefaults } from "./settings.ts";
import { messagesOf, schemeOf, serverOf } from "./source.ts";
import { type Rules, Tracker } from "./tracker.ts";
import { type JobTracker, type StateTracker, trackingOf } from "./tracking.ts";

export default (RED: NodeAPI): void => {
  function OctoPrintPrinterNode(this: PrinterNode, definition: NodeDef & Partial<PrinterSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings: PrinterSettings = { ...printerDefaults, ...definition, ...textsOf(printerDefaults, definition) };
    this.scheme = schemeOf(settings);
    this.server = serverOf(RED, settings);
    this.messages = messagesOf(RED, settings, this.scheme, this.server);
    this.reader = this.scheme.ok ? new Reader(this.scheme.scheme, settings.name) : undefined;
    const baseTopicHint = this.scheme.ok && this.messages.hasBroker ? BaseTopicHint.of(this.scheme.scheme) : undefined;
    this.listen = (filters, subscriber, showHint, group = "") => {
      const leaveReader = this.reader?.join();
      const [noting, stopHint] = baseTopicHint?.watch(this.messages, subscriber, showHint) ?? [subscriber, undefined];
      const unsubscribe = this.messages.subscribe(filters, noting, group);
      return () => {
        unsubscribe();
        stopHint?.();
        leaveReader?.();
      };
    };
    this.jobs = jobTracker(this);
    this.states = stateTracker(this, Math.max(0, Number(settings.staleAfter) || 0) * 60_000);
    this.tracking = this.jobs && this.states && trackingOf(this.jobs, this.states);
    const unwatchName = settings.source === "server" && settings.name === "" ? followName(this) : undefined;
    this.on("close", () => {
      unwatchName?.();
      this.jobs?.close();
      this.states?.close();
    });
  }
  RED.nodes.registerType<PrinterNode, NodeDef & Partial<PrinterSettings>, object, object>(
    "octoprint-printer",
    OctoPrintPrinterNode,
  );
};

/** A printer without a name is called what its OctoPrint is. Returns a function that stops this. */
function followName(node: PrinterNode): (() => void) | undefined {
  return node.server?.watchName((name) => {
    const { reader, jobs, states } = node;
    if (reader === undefined || name === "") return;
    const former = reader.printer;
    reader.rename(name);
    jobs?.rename(former, name);
    states?.rename(former, name);
  });
}

function jobTracker(node: PrinterNode): JobTracker | undefined {
  return tracker(node, { unknown: noJob, reduce: reduceJob, tick: tickJob }, "job");
}

/** @param staleAfter ms */
function stateTracker(node: PrinterNode, staleAfter: number): StateTracker | undefined {
  const options = { staleAfter };
  return tracker(
    node,
    {
      unknown: unknownPrinter,
      reduce: (state, input) => reducePrinter(state, input, options),
      tick: (state, now) => tickPrinter(state, now, options),
    },
    "printer",
  );
}

function tracker<State, Result extends { readonly state: State; readonly wakeAt: number | undefined }>(
  node: PrinterNode,
  rules: Rules<State, Result>,
  kind: DerivedKind,
): Tracker<State, Result> | undefined {
  const { scheme, reader } = node;
  if (!scheme.ok || reader === undefined) return undefined;
  const filters = derivedFilters(scheme.scheme, kind);
  return new Tracker(rules, { node, reader, filters, one: !scheme.scheme.farm });
}
