import type { Refusal } from "../../nodes/node-red/admin-routes.ts";
import type { Connected, Converted, Discovered } from "../../nodes/octoprint-broker/dialogs/admin-responses.ts";
import type { Runtime } from "../support/runtime.ts";

/** What a button of a dialog gets: the answer, and its text as it crossed the wire. */
export interface Reply<T> {
  readonly status: number;
  readonly answer: T | Refusal;
  readonly wire: string;
}

interface Form {
  readonly id?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly credentials?: Readonly<Record<string, string>>;
}

async function post<T>(runtime: Runtime, name: string, body: object): Promise<Reply<T>> {
  const { status, body: answer, text } = await runtime.request().post(`/octoprint-broker/${name}`).send(body);
  return { status, answer, wire: text };
}

export const testConnection = (runtime: Runtime, form: Form): Promise<Reply<Connected>> => post(runtime, "test", form);
export const findPrinters = (runtime: Runtime, form: Form): Promise<Reply<Discovered>> => post(runtime, "find", form);
export const convert = (runtime: Runtime, text: string): Promise<Reply<Converted>> =>
  post(runtime, "config-yaml", { text });

/** The problem's code and its text; an error where it was no refusal. */
export function refusalOf({ answer, wire }: Reply<{ readonly ok: true }>): {
  readonly code: string;
  readonly text: string;
} {
  if (answer.ok) throw new Error(`not refused: ${wire}`);
  return { code: answer.problem.code, text: answer.text };
}

export function granted<T extends { readonly ok: true }>({ answer, wire }: Reply<T>): T {
  if (!answer.ok) throw new Error(wire);
  return answer;
}
