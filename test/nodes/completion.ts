import { ok } from "node:assert/strict";
import type { Message, Runtime } from "../support/runtime.ts";

/** How a msg ended: `undefined` while it has not. */
export function endOf(runtime: Runtime, msg: Message): string | undefined {
  const ends = runtime.completions.items.filter((completion) => completion.msg === msg);
  ok(ends.length <= 1, "done() was called more than once");
  const [end] = ends;
  if (end === undefined) return undefined;
  const { error } = end;
  return error === undefined ? "published" : codeOf(error);
}

export function codeOf(error: Error): string {
  return "code" in error ? String(error.code) : error.message;
}

/** Waits for the end of a msg that was injected before. */
export async function ended(runtime: Runtime, msg: Message): Promise<string | undefined> {
  await runtime.completions.next((completion) => completion.msg === msg);
  return endOf(runtime, msg);
}

/** Waits turn by turn for what has no event of its own. */
export async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; !condition(); turn++) {
    if (turn === 100_000) throw new Error("waited in vain");
    await new Promise((resolve) => setImmediate(resolve));
  }
}
