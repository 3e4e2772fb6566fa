import type { Node, NodeAPI, NodeMessage } from "node-red";
import { type Failure, failure } from "../octoprint/problem.ts";
import type { Typed } from "./typed-value.ts";

/** How long a context store may take, ms. */
const patience = 2_000;

/** What a typed setting gave for a msg, or why it gave nothing. */
export type Evaluated = { readonly ok: true; readonly value: unknown } | Failure;

/**
 * Evaluates a typed setting for a msg. Calls back exactly once: at once if there is nothing to wait for, else within
 * `patience`. An empty setting gives `undefined`; a setting that finds nothing gives `null`.
 */
export type Evaluate = (msg: NodeMessage, callback: (result: Evaluated) => void) => void;

/** The value of a setting that is the same for each msg. */
export function fixedValue({ value, type }: Typed): { readonly value: string | undefined } | undefined {
  if (value === "") return { value: undefined };
  return type === "str" ? { value } : undefined;
}

/** Prepares a typed setting once: a JSONata expression is compiled here. Never throws. */
export function evaluator(RED: NodeAPI, node: Node, { value, type }: Typed): Evaluate {
  const fixed = fixedValue({ value, type });
  if (fixed !== undefined) return (_msg, callback) => callback({ ok: true, value: fixed.value });
  if (type === "jsonata") return jsonata(RED, node, value);
  return (msg, callback) =>
    bounded(callback, (answer) => RED.util.evaluateNodeProperty(value, type, node, msg, answer));
}

function jsonata(RED: NodeAPI, node: Node, expression: string): Evaluate {
  try {
    const prepared = RED.util.prepareJSONataExpression(expression, node);
    return (msg, callback) => bounded(callback, (answer) => RED.util.evaluateJSONataExpression(prepared, msg, answer));
  } catch (error) {
    const failed = failedBecause(error);
    return (_msg, callback) => callback(failed);
  }
}

/** Takes only the first answer: there may be none, or a second one if the callback throws. */
function bounded(
  callback: (result: Evaluated) => void,
  evaluate: (answer: (error: Error | null, result: unknown) => void) => void,
): void {
  let open = true;
  let timer: NodeJS.Timeout | undefined;
  const end = (result: Evaluated): void => {
    if (!open) return;
    open = false;
    clearTimeout(timer);
    callback(result);
  };
  try {
    evaluate((error, result) => end(error ? failedBecause(error) : { ok: true, value: result ?? null }));
  } catch (error) {
    end(failedBecause(error));
  }
  if (open) timer = setTimeout(() => end(failure("name-late", { seconds: patience / 1000 })), patience);
}

/** JSONata throws plain objects. */
function failedBecause(error: unknown): Failure {
  const reason = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return failure("name-failed", { reason: String(reason) });
}
