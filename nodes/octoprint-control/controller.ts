import type { Node, NodeAPI, NodeMessage } from "node-red";
import type { AnyProblem } from "../node-red/any-problem.ts";
import { withTexts } from "../node-red/job-and-state-text.ts";
import { OrderedCompletion } from "../node-red/ordered-completion.ts";
import { Completion, guarded, problemError, problemStatus } from "../node-red/report.ts";
import type { StatusLine } from "../node-red/status-line.ts";
import { type Translate, translator } from "../node-red/translate.ts";
import { type Evaluate, evaluator } from "../node-red/typed-input.ts";
import type { Parameters } from "../octoprint/commands/check-parameters.ts";
import { type CommandName, commands, isCommand } from "../octoprint/commands/commands-table.ts";
import { failure } from "../octoprint/problem.ts";
import type { PrinterSnapshot } from "../octoprint/tracking/printer-snapshot.ts";
import type { PrinterNode } from "../octoprint-printer/printer-node.ts";
import type { CommandWay, Failed } from "./command-way.ts";
import { OpenCommand, type Outcome } from "./open-command.ts";
import { ApiWay } from "./over-api.ts";
import { MqttWay } from "./over-mqtt.ts";
import { commandOf, type RequestedCommand, requestedOf } from "./requested-command.ts";
import { type ControlSettings, controlDefaults, isTimeout } from "./settings.ts";

type Send = (msg: NodeMessage) => void;
type Done = (error?: Error) => void;

/** A msg that was taken, and the one way out of it. */
interface Taken {
  readonly msg: NodeMessage;
  readonly send: Send;
  readonly done: Done;
  readonly arrived: number;
}

const printerMissing: AnyProblem = { code: "printer-missing" };

/** What an `octoprint-control` node does with each msg: it ends in exactly one msg, or one error. */
export class Controller {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  readonly #settings: ControlSettings;
  readonly #printer: PrinterNode | undefined;
  readonly #status: StatusLine;
  readonly #text: Translate;
  readonly #inOrder = new OrderedCompletion();
  readonly #printerName: Evaluate;
  readonly #parameters: readonly (readonly [name: string, evaluate: Evaluate])[];
  readonly #timeout: number;
  readonly #open = new Set<OpenCommand>();
  readonly #stops: readonly (() => void)[];
  #closed = false;

  constructor(
    RED: NodeAPI,
    node: Node,
    settings: ControlSettings,
    printer: PrinterNode | undefined,
    status: StatusLine,
  ) {
    this.#RED = RED;
    this.#node = node;
    this.#settings = settings;
    this.#printer = printer;
    this.#status = status;
    this.#text = translator(RED);
    this.#printerName = evaluator(RED, node, { value: settings.printerName, type: settings.printerNameType });
    this.#parameters = parametersOf(settings).map(([name, typed]) => [name, evaluator(RED, node, typed)]);
    const timeout = String(settings.timeout);
    this.#timeout = Number(isTimeout(timeout) ? timeout : controlDefaults.timeout) * 1000;
    this.#stops = this.#watch();
  }

  /** The connection that matters, and what is said of the printer: it is followed before it is asked for. */
  #watch(): readonly (() => void)[] {
    const printer = this.#printer;
    if (printer === undefined || !printer.scheme.ok) {
      this.#status.unusable(printer?.scheme.ok === false ? printer.scheme.problem : printerMissing);
      return [];
    }
    const { messages, tracking, server } = printer;
    if (server?.client.ok === false) {
      this.#status.unusable(server.client.problem);
      return [];
    }
    const follower = { follow: () => undefined, refused: () => undefined, showHint: () => undefined };
    const stops = tracking === undefined ? [] : [tracking.follow(follower)];
    // Over a broker come the messages; whether OctoPrint itself can be reached shows when it is asked.
    if (server !== undefined && messages.hasBroker) this.#status.ready();
    else stops.push(messages.watch((state) => this.#status.connection(state)));
    return stops;
  }

  input(msg: NodeMessage, send: Send, done: Done): void {
    const completion = new Completion(this.#node, done);
    const taken: Taken = { msg, send, done: (error) => completion.done(error), arrived: Date.now() };
    completion.run(() => {
      const command = commandOf(this.#settings, msg, taken.arrived);
      if (!command.ok) return this.#refuse(taken, command.problem);
      // Nothing waits for an emergency stop to be evaluated in its turn.
      if (commands[command.command].urgent === true && this.#isFixed)
        return this.#begin(taken, command.command, {}, undefined);
      this.#inOrder.run((finish) =>
        this.#evaluate(msg, (own, printer) =>
          finish(() => completion.run(() => this.#begin(taken, command.command, own, printer))),
        ),
      );
    });
  }

  get #isFixed(): boolean {
    return this.#printer?.scheme.ok === true && !this.#printer.scheme.scheme.farm;
  }

  /** The typed settings of the node; a problem where one cannot be read. */
  #evaluate(msg: NodeMessage, callback: (own: Parameters | Failed, printer: unknown) => void): void {
    const own: Record<string, unknown> = {};
    let printer: unknown;
    let failed: Failed | undefined;
    let left = this.#parameters.length + 1;
    const one = (): void => {
      left--;
      if (left === 0) callback(failed ?? own, printer);
    };
    this.#printerName(msg, (result) => {
      if (result.ok) printer = result.value;
      else failed = result;
      one();
    });
    for (const [name, evaluate] of this.#parameters) {
      evaluate(msg, (result) => {
        if (!result.ok) failed = failure("parameter-failed", { parameter: name, reason: reasonOf(result.problem) });
        else if (result.value !== undefined) own[name] = result.value;
        one();
      });
    }
  }

  #begin(taken: Taken, command: CommandName, own: Parameters | Failed, givenPrinter: unknown): void {
    if (isFailed(own)) return this.#refuse(taken, own.problem);
    if (this.#closed) return this.#refuse(taken, { code: "command-withdrawn" });
    const requested = requestedOf(this.#settings, command, own, taken.msg);
    if (!requested.ok) return this.#refuse(taken, requested.problem);
    const named = this.#nameOf(givenPrinter, taken.msg);
    if (!named.ok) return this.#refuse(taken, named.problem);
    const way = this.#wayTo(named.printer, named.name);
    if (!way.ok) return this.#refuse(taken, way.problem);
    this.#start(taken, requested.requested, way.way, named.printer, named.name);
  }

  #nameOf(
    given: unknown,
    msg: NodeMessage,
  ): { readonly ok: true; readonly printer: PrinterNode; readonly name: string } | Failed {
    const printer = this.#printer;
    if (printer === undefined) return { ok: false, problem: printerMissing };
    if (!printer.scheme.ok) return printer.scheme;
    if (!printer.scheme.scheme.farm) return { ok: true, printer, name: printer.reader?.printer ?? "" };
    const name = given === undefined ? msg.printer : given;
    if (typeof name !== "string" || name === "") return failure("name-missing", { placeholder: "printer" });
    return { ok: true, printer, name };
  }

  #wayTo(node: PrinterNode, printer: string): { readonly ok: true; readonly way: CommandWay } | Failed {
    const { scheme, commands: commandable, limits, server } = node;
    const answerOf = (snapshot: PrinterSnapshot): unknown =>
      withTexts((key, values) => this.#text(`${textsOfIn}:${key}`, values), snapshot);
    if (server !== undefined) {
      if (!server.client.ok) return server.client;
      const { api, camera } = server.client;
      return { ok: true, way: new ApiWay({ api, camera, limits, printer, tracking: node.tracking, answerOf }) };
    }
    if (!scheme.ok) return scheme;
    const way = new MqttWay({
      node,
      scheme: scheme.scheme,
      printer,
      limits,
      commandable: commandable === "homeassistant",
      answerOf,
    });
    return { ok: true, way };
  }

  #start(taken: Taken, requested: RequestedCommand, way: CommandWay, printer: PrinterNode, name: string): void {
    const open = new OpenCommand({
      requested,
      way,
      queue: printer.commandQueue(name),
      wait: this.#settings.wait,
      timeout: this.#timeout,
      waiting: (state) => this.#status.pending(() => this.#own("status.waiting", { state })),
      ended: (outcome) => {
        this.#open.delete(open);
        guarded(this.#node, () => this.#end(taken, requested.command, name, outcome));
      },
    });
    this.#open.add(open);
    open.start();
  }

  #end({ msg, send, done, arrived }: Taken, command: CommandName, printer: string, outcome: Outcome): void {
    if (!outcome.ok) return this.#refuse({ msg, send, done, arrived }, outcome.problem);
    const { answer, happened } = outcome;
    msg.command = command;
    msg.printer = printer;
    if (answer !== undefined) Object.assign(msg, { payload: answer.payload }, answer.properties);
    this.#status.last(() => (happened ? this.#own(`done.${command}`) : this.#own("status.accepted", { command })));
    send(msg);
    done();
  }

  #refuse({ done }: Taken, problem: AnyProblem): void {
    const text = problemStatus(this.#RED, problem);
    this.#status.problem(plainly.has(problem.code) ? text : this.#own("status.refused", { text }));
    done(problemError(this.#RED, problem));
  }

  #own(key: string, values: Record<string, string | number> = {}): string {
    return this.#text(key, values);
  }

  close(): void {
    this.#closed = true;
    for (const stop of this.#stops) stop();
    for (const open of [...this.#open]) open.abandon();
    this.#status.close();
  }
}

/** The catalog with the words for states. */
const textsOfIn = "@printflow/node-red-octoprint-mqtt/octoprint-in";

/** The command was not refused, but nothing good came of it. */
const plainly = new Set(["still-waiting", "not-happened", "outcome-unknown", "command-abandoned", "print-over"]);

function parametersOf({ command, parameters }: ControlSettings) {
  if (!isCommand(command)) return [];
  const known = commands[command].parameters.properties;
  return Object.entries(parameters).filter(([name, { value }]) => Object.hasOwn(known, name) && value !== "");
}

function isFailed(own: Parameters | Failed): own is Failed {
  return own.ok === false && typeof own.problem === "object";
}

function reasonOf({ code, reason }: AnyProblem): string {
  return typeof reason === "string" ? reason : code;
}
