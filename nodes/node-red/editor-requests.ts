import { type AnyProblem, catalogOf, type Note, problemNote } from "../../node-red/editor-dialog.ts";
import type { Refusal } from "./admin-responses.ts";

const text = catalogOf("octoprint-broker");

const running = new Set<JQuery.jqXHR>();
/** ms; the runtime ends sooner. */
const longest = 20_000;

/**
 * Asks the runtime; a refusal is a note in words. Resolves with `undefined` when the dialog was closed meanwhile.
 * Relative, for the editor may be below `httpAdminRoot`, and adds its token to relative addresses only.
 */
export async function ask<T extends { readonly ok: true }>(
  what: "test" | "find" | "config-yaml",
  body: object,
): Promise<T | { readonly ok: false; readonly note: Note } | undefined> {
  const request = $.ajax({
    url: `octoprint-broker/${what}`,
    method: "POST",
    contentType: "application/json",
    data: JSON.stringify(body),
    dataType: "json",
    timeout: longest,
  });
  running.add(request);
  try {
    const answer: T | Refusal = await request;
    return answer.ok ? answer : { ok: false, note: problemNote("error", answer.problem) };
  } catch {
    return request.statusText === "abort" ? undefined : { ok: false, note: failureNote(request) };
  } finally {
    running.delete(request);
  }
}

/** The dialog is closed: the runtime need not go on. */
export function stopAsking(): void {
  for (const request of running) request.abort();
}

function failureNote({ status, statusText, responseJSON }: JQuery.jqXHR): Note {
  const problem: AnyProblem | undefined = responseJSON?.problem;
  if (problem !== undefined) return problemNote("error", problem);
  if (status === 401 || status === 403) return { level: "error", text: text("ask.forbidden") };
  return { level: "error", text: text("ask.failed", { reason: `${status || ""} ${statusText}`.trim() }) };
}
