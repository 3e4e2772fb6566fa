import type { Refusal } from "./admin-routes.ts";
import type { AnyProblem } from "./any-problem.ts";
import { catalogOf, type Note, problemNote, topDialog } from "./editor-dialog.ts";

const text = catalogOf("octoprint-broker");

/** Each with the id of the node whose dialog asks. */
const running = new Map<JQuery.jqXHR, string | undefined>();
/** What the runtime does for a button ends sooner, ms. */
const usualLimit = 20_000;

/**
 * Asks the runtime; a refusal is a note in words. Resolves with `undefined` when the dialog was closed meanwhile.
 *
 * @param route `octoprint-broker/test`: relative, for the editor may be below `httpAdminRoot`, and adds its token to
 *   relative addresses only
 * @param limit ms
 * @param signal gives up, as when the dialog is closed
 */
export async function ask<T extends { readonly ok: true }>(
  route: string,
  body: object,
  limit = usualLimit,
  signal?: AbortSignal,
): Promise<T | { readonly ok: false; readonly note: Note } | undefined> {
  const request = $.ajax({
    url: route,
    method: "POST",
    contentType: "application/json",
    data: JSON.stringify(body),
    dataType: "json",
    timeout: limit,
  });
  running.set(request, topDialog());
  const giveUp = (): void => request.abort();
  signal?.addEventListener("abort", giveUp);
  try {
    const answer: T | Refusal = await request;
    return answer.ok ? answer : { ok: false, note: problemNote("error", answer.problem) };
  } catch {
    return request.statusText === "abort"
      ? undefined
      : { ok: false, note: failureNote(permissionsFor(route, body), request) };
  } finally {
    running.delete(request);
    signal?.removeEventListener("abort", giveUp);
  }
}

/** The node's dialog is closed: the runtime need not go on. The dialog below may be waiting for an answer of its own. */
export function stopAsking({ id }: EditorNode): void {
  for (const [request, owner] of running) if (owner === id) request.abort();
}

/** What the environment holds is for those who may deploy. */
function permissionsFor(route: string, body: object): string {
  const [type] = route.split("/");
  const variables = /"\$(?:\(\S+\)|\{\S+\})"/.test(JSON.stringify(body));
  return variables ? `${type}.write, flows.write` : `${type}.write`;
}

function failureNote(permission: string, { status, statusText, responseJSON }: JQuery.jqXHR): Note {
  const problem: AnyProblem | undefined = responseJSON?.problem;
  if (problem !== undefined) return problemNote("error", problem);
  if (status === 401 || status === 403) {
    return { level: "error", text: text("ask.forbidden", { permission }) };
  }
  return { level: "error", text: text("ask.failed", { reason: `${status || ""} ${statusText}`.trim() }) };
}
