import type { Node, NodeAPI, NodeDef } from "node-red";
import { failure } from "../mqtt/problem.ts";
import type { Subscriber } from "../mqtt/router.ts";
import { type JobResult, reduceJob, tickJob } from "../octoprint/job.ts";
import { type JobState, noJob } from "../octoprint/job-state.ts";
import {
  type PrinterOptions,
  type PrinterResult,
  type PrinterState,
  reducePrinter,
  tickPrinter,
  unknownPrinter,
} from "../octoprint/printer-state.ts";
import { compileScheme, type Scheme } from "../octoprint/scheme.ts";
import { Link } from "../octoprint-broker/link.ts";
import type { BrokerNode } from "../octoprint-broker/octoprint-broker.ts";
import type { AnyProblem } from "../octoprint-broker/report.ts";
import { type Followed, followedFilters } from "./followed.ts";
import { Reader } from "./reader.ts";
import { type PrinterSettings, printerDefaults } from "./settings.ts";
import { type Rules, Tracker } from "./tracker.ts";
import { type Found, Twin } from "./twin.ts";

/** Is told that nothing comes but something is below the other default base topic; `undefined`: not so any more. */
export type Hint = (found: Found | undefined) => void;

export type JobTracker = Tracker<JobState, JobResult>;
export type StateTracker = Tracker<PrinterState, PrinterResult>;

/** The printer node as the nodes of this package use it. */
export interface PrinterNode extends Node {
  /** The printer's topics, or what is wrong with them. */
  scheme: { readonly ok: true; readonly scheme: Scheme } | { readonly ok: false; readonly problem: AnyProblem };
  link: Link;
  reader: Reader | undefined;
  /**
   * Receives the filters' messages, or a group's share of them; `hint` is told what may be wrong while nothing comes.
   * The result unsubscribes.
   */
  listen(filters: readonly string[], subscriber: Subscriber, hint: Hint, group?: string): () => void;
  /** The jobs and the states of all its printers, for those nodes that follow them; without a scheme there are none. */
  jobs: JobTracker | undefined;
  states: StateTracker | undefined;
}

export default (RED: NodeAPI): void => {
  function OctoPrintPrinterNode(this: PrinterNode, definition: NodeDef & Partial<PrinterSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings: PrinterSettings = { ...printerDefaults, ...definition };
    const broker = RED.nodes.getNode(settings.broker);
    this.link = isBroker(broker) ? broker.link : new Link(undefined, failure("not-configured").problem);
    this.scheme = compileScheme(settings);
    this.reader = this.scheme.ok ? new Reader(this.scheme.scheme, settings.name) : undefined;
    const hints = new Hints(this);
    this.listen = (filters, subscriber, hint, group = "") => {
      const leaveReader = this.reader?.join();
      const leave = hints.listen(filters, subscriber, hint, group);
      return () => {
        leave();
        leaveReader?.();
      };
    };
    const staleAfter = Math.max(0, Number(settings.staleAfter) || 0) * 60_000;
    this.jobs = tracker(this, jobRules, "job");
    this.states = tracker(this, stateRules({ staleAfter }), "printer");
    this.on("close", () => {
      this.jobs?.close();
      this.states?.close();
    });
  }
  RED.nodes.registerType<PrinterNode, NodeDef & Partial<PrinterSettings>, object, object>(
    "octoprint-printer",
    OctoPrintPrinterNode,
  );
};

function isBroker(node: Node | null): node is BrokerNode {
  return node !== null && node.type === "octoprint-broker" && "link" in node;
}

const jobRules: Rules<JobState, JobResult> = { unknown: noJob, reduce: reduceJob, tick: tickJob };

function stateRules(options: PrinterOptions): Rules<PrinterState, PrinterResult> {
  return {
    unknown: unknownPrinter,
    reduce: (state, input) => reducePrinter(state, input, options),
    tick: (state, now) => tickPrinter(state, now, options),
  };
}

function tracker<State, Result extends { readonly state: State; readonly wakeAt: number | undefined }>(
  node: PrinterNode,
  rules: Rules<State, Result>,
  what: Followed,
): Tracker<State, Result> | undefined {
  const { scheme, reader } = node;
  if (!scheme.ok || reader === undefined) return undefined;
  const filters = followedFilters(scheme.scheme, what);
  return new Tracker(rules, { node, reader, filters, only: scheme.scheme.farm ? undefined : reader.printer });
}

/** Listens on the plugin's other default base topic for as long as somebody receives from this printer. */
class Hints {
  readonly #node: PrinterNode;
  readonly #listeners = new Set<Hint>();
  readonly #twin: Twin | undefined;
  #leaveTwin: (() => void) | undefined;

  constructor(node: PrinterNode) {
    this.#node = node;
    if (!node.scheme.ok) return;
    this.#twin = Twin.of(node.scheme.scheme, (found) => {
      for (const hint of this.#listeners) hint(found);
    });
  }

  listen(filters: readonly string[], subscriber: Subscriber, hint: Hint, group: string): () => void {
    const twin = this.#twin;
    if (twin === undefined) return this.#node.link.subscribe(filters, subscriber, group);
    this.#listeners.add(hint);
    if (twin.found) hint(twin.found);
    this.#leaveTwin ??= this.#node.link.subscribe(twin.filters, {
      deliver: (delivery) => twin.deliver(delivery),
      // Whoever may not read there gets no hint.
      refused: () => undefined,
    });
    const heard: Subscriber = {
      deliver: (delivery) => {
        twin.heard();
        subscriber.deliver(delivery);
      },
      refused: (problem) => subscriber.refused(problem),
    };
    const leave = this.#node.link.subscribe(filters, heard, group);
    return () => {
      leave();
      this.#listeners.delete(hint);
      if (this.#listeners.size > 0) return;
      this.#leaveTwin?.();
      this.#leaveTwin = undefined;
    };
  }
}
