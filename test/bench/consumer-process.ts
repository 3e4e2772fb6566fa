import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cleanup, type Scope } from "../support/cleanup.ts";
import type { Report, Request, Setup } from "./consumer/protocol.ts";

type Wanted<T extends Report["type"]> = Extract<Report, { readonly type: T }>;

/** How long a burst, or a start, may take; what has not arrived then is lost. */
const patience = 60_000;

/** A consumer in a process of its own. */
export class Consumer {
  readonly #name: string;
  readonly #child: ChildProcess;
  #output = "";
  #waiting: { readonly type: Report["type"]; readonly resolve: (report: Report) => void } | undefined;
  #early: Report[] = [];
  #fail: (problem: Error) => void = () => undefined;

  /** @param options of node, for example to profile it */
  constructor(scope: Scope, name: string, script: string, setup: Setup, options: readonly string[] = []) {
    this.#name = name;
    const child = spawn(process.execPath, ["--expose-gc", ...options, script, JSON.stringify(setup)], {
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: withoutTestRunner(),
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (text: Buffer) => {
        this.#output += text.toString();
      });
    }
    child.on("message", (report: Report) => this.#hear(report));
    child.on("exit", (code) => this.#fail(new Error(`${name} ended (${code}):\n${this.#output}`)));
    cleanup(scope, () => this.end());
  }

  /** What it has said: a Node-RED that runs well says nothing. */
  get output(): string {
    return this.#output;
  }

  get name(): string {
    return this.#name;
  }

  send(request: Request): void {
    this.#child.send(request);
  }

  async request<T extends Report["type"]>(request: Request, type: T): Promise<Wanted<T>> {
    this.send(request);
    return this.next(type);
  }

  /** The next report, which may have come already. */
  async next<T extends Report["type"]>(type: T): Promise<Wanted<T>> {
    const report = this.#early.shift() ?? (await this.#wait(type));
    if (!isOf(report, type)) throw new Error(`${this.#name} said ${report.type}, not ${type}`);
    return report;
  }

  #wait(type: Report["type"]): Promise<Report> {
    return new Promise((resolve, reject) => {
      const late = new Error(`${this.#name}: waited in vain for "${type}": messages were lost\n${this.#output}`);
      const timer = setTimeout(() => this.#fail(late), patience);
      this.#fail = (problem) => {
        clearTimeout(timer);
        reject(problem);
      };
      this.#waiting = {
        type,
        resolve: (report) => {
          clearTimeout(timer);
          resolve(report);
        },
      };
    });
  }

  #hear(report: Report): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#early.push(report);
    else waiting.resolve(report);
  }

  async end(): Promise<void> {
    const child = this.#child;
    this.#fail = () => undefined;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    if (child.connected) this.send({ type: "end" });
    else child.kill();
    await exit;
  }
}

function isOf<T extends Report["type"]>(report: Report, type: T): report is Wanted<T> {
  return report.type === type;
}

function withoutTestRunner(): NodeJS.ProcessEnv {
  const { NODE_OPTIONS, NODE_V8_COVERAGE, NODE_TEST_CONTEXT, NODE_RED_HOME, ...rest } = process.env;
  return rest;
}
