import type { Node, NodeAPI, NodeMessage } from "node-red";
import type { AnyProblem } from "./any-problem.ts";
import type { ProblemError } from "./problem-error.ts";
import { translator } from "./translate.ts";

/** The texts of all problems are in the broker node's catalog. */
const catalog = "@printflow/node-red-octoprint-mqtt/octoprint-broker";

/** A problem in words, in the runtime's language. */
export function problemText(RED: NodeAPI, problem: AnyProblem): string {
  return printable(say(RED, `problem.${problem.code}`, inWords(RED, problem)));
}

function say(RED: NodeAPI, key: string, parameters: Record<string, string | number>): string {
  return translator(RED)(`${catalog}:${key}`, parameters);
}

/** What came over the network must not add lines to the log, steer a terminal, or turn the text's direction around. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
}

/** Characters of what is quoted in a text: a topic may have 65,535. */
const longestQuote = 200;

/** Settings are called by their labels in the editor; long words are cut. */
function inWords(RED: NodeAPI, problem: AnyProblem): AnyProblem {
  const words: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(problem)) {
    const long = typeof value === "string" && value.length > longestQuote;
    if (long) words[name] = `${value.slice(0, longestQuote).toWellFormed()}…`;
  }
  for (const name of ["field", "other"]) {
    const key = `field.${problem[name]}`;
    const label = problem[name] === undefined ? key : RED._(`${catalog}:${key}`);
    if (!label.endsWith(key)) words[name] = label;
  }
  // The problem behind this one, by its code: its parameters are among this one's.
  if (typeof problem.cause === "string") {
    const { cause, ...rest } = problem;
    words.cause = problemStatus(RED, { ...rest, code: cause });
  }
  return { ...problem, ...words };
}

/**
 * The error for `done` or `node.error`: Node-RED hands `code` to the Catch node.
 *
 * @param more how many others of its kind it stands for
 */
export function problemError(RED: NodeAPI, problem: AnyProblem, more = 0): ProblemError {
  const text = problemText(RED, problem);
  const message = more === 0 ? text : say(RED, "log.more", { text, count: more });
  return Object.assign(new Error(message), { code: problem.code });
}

/** A text for a status: the short form where there is one. */
export function problemStatus(RED: NodeAPI, problem: AnyProblem): string {
  const key = `status.${problem.code}`;
  const short = say(RED, key, inWords(RED, problem));
  return short.endsWith(key) ? problemText(RED, problem) : printable(short);
}

/** The text of a bug, with its place in the code. */
export function bugText(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Runs what may call other people's hooks: no exception in them, or in our code, may end the user's Node-RED. */
export function guarded(node: Pick<Node, "error">, action: () => void): void {
  try {
    action();
  } catch (error) {
    node.error(bugText(error));
  }
}

/**
 * The end of the work on one msg: `done` is called at most once, also with what throws, because an exception in a
 * callback of Node-RED (a context store, JSONata) would vanish.
 */
export class Completion {
  readonly #node: Pick<Node, "error">;
  #done: ((error?: Error) => void) | undefined;

  constructor(node: Pick<Node, "error">, done: (error?: Error) => void) {
    this.#node = node;
    this.#done = done;
  }

  done(error?: Error): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(error);
  }

  run(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.failed(error);
    }
  }

  /** The work threw this. */
  failed(error: unknown): void {
    if (this.#done === undefined) this.#node.error(bugText(error));
    else this.done(error instanceof Error ? error : new Error(String(error)));
  }
}

/** How each problem leaves a node: red status, and `done(err)`, or an error that a Catch node gets. */
export class Reporter {
  readonly #RED: NodeAPI;
  readonly #node: Node;
  readonly #show: (text: string) => void;

  constructor(RED: NodeAPI, node: Node, show: (text: string) => void) {
    this.#RED = RED;
    this.#node = node;
    this.#show = show;
  }

  /** @param more how many others of its kind it stands for */
  report(
    problem: AnyProblem,
    to: { readonly done: (error: Error) => void } | { readonly msg: NodeMessage },
    more = 0,
  ): void {
    this.#show(problemStatus(this.#RED, problem));
    const error = problemError(this.#RED, problem, more);
    if ("done" in to) to.done(error);
    else this.#node.error(error, to.msg);
  }
}
