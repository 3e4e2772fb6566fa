import type { Node, NodeAPI, NodeDef, NodeMessage } from "node-red";
import { failure as mqttFailure } from "../mqtt/problem.ts";
import type { AnyProblem } from "../node-red/any-problem.ts";
import { OrderedCompletion } from "../node-red/ordered-completion.ts";
import { Completion, problemStatus, Reporter } from "../node-red/report.ts";
import { StatusLine } from "../node-red/status-line.ts";
import { type Evaluate, type Evaluated, evaluator, fixedValue } from "../node-red/typed-input.ts";
import { valueOfMessage } from "../octoprint/messages/decode.ts";
import { isPrinter, type PrinterNode } from "../octoprint-printer/printer-node.ts";
import { type Names, Publisher } from "./publisher.ts";
import { type OutSettings, readSettings } from "./settings.ts";

type Done = (error?: Error) => void;

export default (RED: NodeAPI): void => {
  function OctoPrintMqttOutNode(this: Node, definition: NodeDef & Partial<OutSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings = readSettings(definition);
    const printer = RED.nodes.getNode(settings.printer);
    const out = new Out(RED, this, settings, isPrinter(printer) ? printer : undefined);
    this.on("input", (msg, _send, done) => out.input(msg, done));
    this.on("close", (removed: boolean, done: () => void) => {
      out.close(removed);
      done();
    });
  }
  RED.nodes.registerType("octoprint-mqtt-out", OctoPrintMqttOutNode);
};

/** What an `octoprint-mqtt-out` node does with each msg. */
class Out {
  readonly #node: Node;
  readonly #printer: PrinterNode | undefined;
  readonly #publisher: Publisher | undefined;
  readonly #status: StatusLine;
  readonly #reporter: Reporter;
  readonly #inOrder = new OrderedCompletion();
  /** The names, if they are the same for each msg: then there is nothing to wait for. */
  readonly #fixed: Names | undefined;
  readonly #printerName: Evaluate;
  readonly #target: Evaluate;
  readonly #unwatch: () => void;
  #removed = false;

  constructor(RED: NodeAPI, node: Node, settings: OutSettings, printer: PrinterNode | undefined) {
    this.#node = node;
    this.#printer = printer;
    this.#status = new StatusLine(
      (status) => node.status(status),
      (problem) => problemStatus(RED, problem),
    );
    this.#reporter = new Reporter(RED, node, (text) => this.#status.problem(text));
    this.#fixed = fixedNames(settings);
    this.#printerName = evaluator(RED, node, { value: settings.printerName, type: settings.printerNameType });
    this.#target = evaluator(RED, node, { value: settings.target, type: settings.targetType });
    this.#publisher = printer?.scheme.ok ? new Publisher(settings, printer.scheme.scheme) : undefined;
    this.#unwatch = this.#watch();
  }

  #watch(): () => void {
    const unusable = this.#unusable;
    if (unusable !== undefined || this.#printer === undefined) {
      this.#status.unusable(unusable ?? printerMissing);
      return () => undefined;
    }
    const { messages } = this.#printer;
    return messages.watch((state) => this.#status.connection(state, messages.waiting));
  }

  /** Why nothing can ever be published. */
  get #unusable(): AnyProblem | undefined {
    if (this.#printer === undefined) return printerMissing;
    const { scheme, messages } = this.#printer;
    if (!scheme.ok) return scheme.problem;
    return messages.hasBroker ? undefined : mqttFailure("no-broker").problem;
  }

  input(msg: NodeMessage, done: Done): void {
    const arrived = Date.now();
    const completion = new Completion(this.#node, done);
    if (this.#fixed !== undefined) return this.#tryToPublish(msg, this.#fixed, arrived, completion);
    this.#inOrder.run((finish) =>
      this.#names(msg, (names) => finish(() => this.#tryToPublish(msg, names, arrived, completion))),
    );
  }

  #names(msg: NodeMessage, callback: (names: Names | AnyProblem) => void): void {
    const results: { printer?: Evaluated; target?: Evaluated } = {};
    const both = (): void => {
      const { printer, target } = results;
      if (printer === undefined || target === undefined) return;
      if (!printer.ok) callback(printer.problem);
      else if (!target.ok) callback(target.problem);
      else callback({ printer: printer.value, target: target.value });
    };
    this.#printerName(msg, (result) => {
      results.printer = result;
      both();
    });
    this.#target(msg, (result) => {
      results.target = result;
      both();
    });
  }

  #tryToPublish(msg: NodeMessage, names: Names | AnyProblem, arrived: number, completion: Completion): void {
    try {
      this.#publish(msg, names, arrived, completion);
    } catch (error) {
      completion.failed(error);
    }
  }

  #publish(msg: NodeMessage, names: Names | AnyProblem, arrived: number, completion: Completion): void {
    const printer = this.#printer;
    if ("code" in names) return this.#reporter.report(names, completion);
    if (this.#removed) return this.#reporter.report(mqttFailure("node-removed").problem, completion);
    const publisher = this.#publisher;
    if (printer === undefined || publisher === undefined || !printer.messages.hasBroker) {
      return this.#reporter.report(this.#unusable ?? printerMissing, completion);
    }
    const prepared = publisher.prepare(msg, names, arrived);
    if (!prepared.ok) return this.#reporter.report(prepared.problem, completion);
    if ("unchanged" in prepared) return completion.done();
    const { channel, message, publication } = prepared;
    const value = valueOfMessage(channel, message);
    const { topic, payload, qos, retain, queue, at } = publication;
    // Made in one piece: a copy with two more properties would cost more than all else here.
    printer.messages.publish({
      topic,
      payload,
      qos,
      retain,
      queue,
      at,
      owner: this.#node,
      done: (problem) => {
        if (problem === undefined) {
          this.#status.message(channel, value);
          return completion.done();
        }
        publisher.forget(channel);
        this.#reporter.report(problem, completion);
      },
    });
    if (!this.#status.connected) this.#status.waiting(printer.messages.waiting);
  }

  close(removed: boolean): void {
    this.#unwatch();
    this.#removed = removed;
    if (removed) this.#printer?.messages.withdraw(this.#node);
    this.#status.close();
  }
}

function fixedNames({ printerName, printerNameType, target, targetType }: OutSettings): Names | undefined {
  const printer = fixedValue({ value: printerName, type: printerNameType });
  const name = fixedValue({ value: target, type: targetType });
  return printer && name && { printer: printer.value, target: name.value };
}

const printerMissing = { code: "printer-missing" } as const;
