import type { Node, NodeAPI, NodeMessage } from "node-red";
import type { TypedInput } from "./settings.ts";

/** The value of a setting that may come from the msg, a context store, the environment or a JSONata expression. */
export interface Typed {
  readonly value: string;
  readonly type: TypedInput;
}

export type Evaluated = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: Error };

/**
 * Evaluates a typed setting for a msg; calls back at once where nothing has to be waited for. An empty setting gives
 * `undefined`; one that is not empty and finds nothing, `null`.
 */
export type Evaluate = (msg: NodeMessage, callback: (result: Evaluated) => void) => void;

/** The value of a setting that is the same for every msg. */
export function fixedValue({ value, type }: Typed): { readonly value: string | undefined } | undefined {
  if (value === "") return { value: undefined };
  return type === "str" ? { value } : undefined;
}

/** Prepares what can be prepared once: a JSONata expression is compiled here. Throws nothing. */
export function evaluator(RED: NodeAPI, node: Node, { value, type }: Typed): Evaluate {
  const fixed = fixedValue({ value, type });
  if (fixed !== undefined) return (_msg, callback) => callback({ ok: true, value: fixed.value });
  if (type === "jsonata") return jsonata(RED, node, value);
  return (msg, callback) => {
    try {
      RED.util.evaluateNodeProperty(value, type, node, msg, (error, result) =>
        callback(error ? { ok: false, error } : { ok: true, value: result ?? null }),
      );
    } catch (error) {
      callback({ ok: false, error: asError(error) });
    }
  };
}

function jsonata(RED: NodeAPI, node: Node, expression: string): Evaluate {
  try {
    const prepared = RED.util.prepareJSONataExpression(expression, node);
    return (msg, callback) =>
      RED.util.evaluateJSONataExpression(prepared, msg, (error: Error | null, result: unknown) =>
        callback(error ? { ok: false, error: asError(error) } : { ok: true, value: result ?? null }),
      );
  } catch (error) {
    const failed = { ok: false, error: asError(error) } as const;
    return (_msg, callback) => callback(failed);
  }
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  // JSONata throws plain objects.
  const message = typeof error === "object" && error !== null && "message" in error ? error.message : error;
  return new Error(String(message));
}
