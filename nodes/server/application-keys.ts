import { urlBelow } from "./address.ts";
import { asRepeatable } from "./answers.ts";
import { fieldsOf, textOf } from "./json.ts";
import type { Answer, Refusal, ServerSettings } from "./message.ts";
import { OctoPrintApi } from "./octoprint-api.ts";
import { failure } from "./problem.ts";
import { keyTiming } from "./timing.ts";

/** A request for a key, which waits for somebody at OctoPrint. */
export interface KeyRequest {
  readonly appToken: string;
  /** The page of OctoPrint that asks the user, if the browser reaches it as we do; `undefined` before OctoPrint 1.8. */
  readonly page: string | undefined;
}

/**
 * Asks OctoPrint for a key of our own: users who are logged in there see the question. OctoPrint takes three such
 * requests a minute from one address, and forgets one that is not polled for 5 seconds.
 *
 * @param app what OctoPrint shows, and calls the key; the same user and name get the same key again
 * @param user the only one to be asked; `""`: everybody who may grant
 * @example
 * const asked = await requestKey(settings, "Node-RED kitchen", "");
 * const granted = asked.ok ? await waitForKey(settings, asked.body, signal) : asked;
 */
export async function requestKey(settings: ServerSettings, app: string, user: string): Promise<Answer<KeyRequest>> {
  const api = asGuest(settings);
  const probed = await api.get("plugin/appkeys/probe");
  if (!probed.ok) return probed.status === 404 ? { ...probed, ...failure("application-keys-missing") } : probed;
  const answer = await api.post("plugin/appkeys/request", user === "" ? { app } : { app, user });
  // The question may stand at OctoPrint now; asking again does no harm.
  if (!answer.ok) return asRepeatable(answer, api.server);
  const fields = fieldsOf(answer.body);
  const appToken = textOf(fields.app_token);
  if (appToken === undefined) return notOctoPrint(api, answer.status);
  return { ...answer, body: { appToken, page: pageOf(settings, textOf(fields.auth_dialog) ?? "") } };
}

/** Asks once a second what became of the request, until somebody has decided; `signal` gives up. */
export async function waitForKey(
  settings: ServerSettings,
  { appToken }: KeyRequest,
  signal: AbortSignal,
  times: Partial<typeof keyTiming> = {},
): Promise<Answer<{ readonly apiKey: string }>> {
  const { poll } = { ...keyTiming, ...times };
  const api = asGuest(settings);
  // Not OctoPrint's own `Location`: behind a proxy it may have the wrong scheme, port or path.
  const path = `plugin/appkeys/request/${encodeURIComponent(appToken)}`;
  for (;;) {
    const answer = await api.get(path, { signal });
    if (!answer.ok) return answer.status === 404 ? { ...answer, ...failure("key-not-granted") } : answer;
    if (answer.status === 200) return keyIn(api, answer.status, answer.body);
    if (!(await pause(poll, signal))) return failure("aborted");
  }
}

function keyIn(api: OctoPrintApi, status: number, body: unknown): Answer<{ readonly apiKey: string }> {
  const apiKey = textOf(fieldsOf(body).api_key);
  return apiKey === undefined ? notOctoPrint(api, status) : { ok: true, status, body: { apiKey } };
}

/** Without the key that is set: a wrong one would be in the way. */
function asGuest(settings: ServerSettings): OctoPrintApi {
  return new OctoPrintApi({ ...settings, apiKey: "" });
}

function notOctoPrint(api: OctoPrintApi, status: number): Refusal {
  return { ...failure("not-octoprint", { server: api.server }), status };
}

/** OctoPrint's page at the address that we use ourselves. */
function pageOf({ address }: ServerSettings, dialog: string): string | undefined {
  if (!URL.canParse(dialog)) return undefined;
  const { pathname, search } = new URL(dialog);
  const own = pathname.indexOf("/plugin/appkeys/");
  return own < 0 ? undefined : urlBelow(address, pathname.slice(own) + search)?.href;
}

/** `false`: given up. */
function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const onAbort = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve(true);
    }, ms);
    signal.addEventListener("abort", onAbort, { once: true });
  });
}
