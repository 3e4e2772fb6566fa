import type { NodeStatus } from "node-red";
import { summaryOf } from "../octoprint/messages/summary.ts";
import type { Channel } from "../octoprint/topics/scheme.ts";
import type { AnyProblem } from "./any-problem.ts";

/** `ConnectionState`, or that of a node whose settings are wrong. */
interface State {
  readonly phase: "idle" | "connecting" | "connected" | "disconnected";
  readonly problem?: AnyProblem;
  readonly warnings?: readonly AnyProblem[];
}

/** At most one status a second: a node that receives a hundred messages a second must not flood the editor. */
const pause = 1000;
const longest = 40;

/**
 * A node's status: a bad connection at once, else what came or went last: the newest, once a
 * second, and only if the text changed.
 */
export class StatusLine {
  readonly #show: (status: NodeStatus) => void;
  readonly #textOf: (problem: AnyProblem) => string;
  readonly #connectedText: string;
  #shown = "";
  #state: State = { phase: "idle" };
  #unusable = false;
  /** The subscription was refused: shown until the next connection. */
  #refused: AnyProblem | undefined;
  /** What may be wrong: shown until it no longer is. */
  #hint: string | undefined;
  #next: (() => NodeStatus) | undefined;
  /**
   * The last message, as it is: a closure per message would live until the next one and burden the garbage collector.
   */
  #channel: Channel | undefined;
  #value: unknown;
  readonly #ofMessage = (): NodeStatus => this.#good(this.#channel ? summaryOf(this.#channel, this.#value) : "");
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param connectedText what there is to say when nothing has come or gone since the connection stands */
  constructor(
    show: (status: NodeStatus) => void,
    textOf: (problem: AnyProblem) => string,
    connectedText = "node-red:common.status.connected",
  ) {
    this.#show = show;
    this.#textOf = textOf;
    this.#connectedText = connectedText;
  }

  get connected(): boolean {
    return this.#state.phase === "connected";
  }

  /** @param waiting how many messages wait to be published */
  connection(state: State, waiting = 0): void {
    if (this.#unusable) return;
    if (state.phase !== this.#state.phase) this.#refused = undefined;
    this.#state = state;
    this.#next = undefined;
    this.#put(this.#refused ? this.#refusal(this.#refused) : this.#connectionStatus(waiting));
  }

  #connectionStatus(waiting: number): NodeStatus {
    const { phase, problem, warnings: [warning] = [] } = this.#state;
    const queue = waiting > 0 ? ` (${waiting})` : "";
    if (phase === "connected") {
      if (this.#hint !== undefined) return { fill: "yellow", shape: "dot", text: this.#hint };
      return this.#connected(problem ?? warning);
    }
    if (phase === "connecting") return { fill: "yellow", shape: "ring", text: "node-red:common.status.connecting" };
    if (problem === undefined) return { fill: "red", shape: "ring", text: "node-red:common.status.disconnected" };
    return { fill: "red", shape: "ring", text: this.#cut(this.#textOf(problem), queue) };
  }

  #connected(lack: AnyProblem | undefined): NodeStatus {
    if (lack === undefined) return { fill: "green", shape: "dot", text: this.#connectedText };
    return { fill: "yellow", shape: "dot", text: this.#cut(this.#textOf(lack)) };
  }

  refused(problem: AnyProblem): void {
    this.#refused = problem;
    this.#next = undefined;
    this.#put(this.#refusal(problem));
  }

  #refusal(problem: AnyProblem): NodeStatus {
    return { fill: "red", shape: "ring", text: this.#cut(this.#textOf(problem)) };
  }

  /** A setting is wrong: nothing can arrive. */
  unusable(problem: AnyProblem): void {
    this.#unusable = true;
    this.#state = { phase: "disconnected", problem };
    this.refused(problem);
  }

  /** What may be wrong: in yellow, until it no longer is (`undefined`). */
  hint(text: string | undefined): void {
    const isShown = this.connected && this.#refused === undefined;
    if (text === this.#hint || (text !== undefined && !isShown)) return;
    this.#hint = text;
    this.#next = undefined;
    if (isShown) this.#put(this.#connectionStatus(0));
  }

  /** The message that came or went last; its text is made only if it is shown. */
  message(channel: Channel, value: unknown): void {
    if (!this.#shows) return;
    this.#channel = channel;
    this.#value = value;
    this.#later(this.#ofMessage);
  }

  /** What was sent last; the text is made only if it is shown. */
  last(text: () => string): void {
    this.#soon(() => this.#good(text()));
  }

  /** There is no connection to speak of: only what is told shows. */
  ready(): void {
    this.#state = { phase: "connected" };
  }

  /** What is being waited for; the text is made only if it is shown. */
  pending(text: () => string): void {
    this.#soon(() => ({ fill: "yellow", shape: "ring", text: this.#cut(text()) }));
  }

  problem(text: string): void {
    this.#soon(() => ({ fill: "red", shape: "dot", text: this.#cut(text) }));
  }

  /** The queue grows while there is no connection. */
  waiting(count: number): void {
    if (this.connected) return;
    this.#later(() => this.#connectionStatus(count));
  }

  /** What is acknowledged after the node has gone must not set its status again. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
  }

  #soon(status: () => NodeStatus): void {
    if (this.#shows) this.#later(status);
  }

  /** Whether to show what comes and goes, rather than the connection, a refusal or a hint. */
  get #shows(): boolean {
    return this.connected && this.#refused === undefined && this.#hint === undefined;
  }

  #later(status: () => NodeStatus): void {
    if (this.#closed) return;
    this.#next = status;
    if (this.#timer === undefined) this.#putNext();
  }

  #putNext(): void {
    const next = this.#next;
    this.#timer = undefined;
    if (next === undefined) return;
    this.#next = undefined;
    this.#put(next());
    this.#value = undefined;
    this.#timer = setTimeout(() => this.#putNext(), pause).unref();
  }

  #put(status: NodeStatus): void {
    const key = JSON.stringify(status);
    if (key === this.#shown) return;
    this.#shown = key;
    this.#show(status);
  }

  #good(text: string): NodeStatus {
    return { fill: "green", shape: "dot", text: this.#cut(text) };
  }

  #cut(text: string, end = ""): string {
    const room = longest - end.length;
    return (text.length > room ? `${text.slice(0, room - 1)}…` : text) + end;
  }
}
