import { STATUS_CODES } from "node:http";
import { hostOf } from "./address.ts";
import type { RawAnswer } from "./exchange.ts";
import { fieldsOf, textOf } from "./json.ts";
import type { Refusal, ServerSettings } from "./message.ts";
import { failure, type Problem } from "./problem.ts";

/** The body as JSON if it is JSON (proxies answer in HTML), otherwise as text; `undefined` if there is none. */
export function parseBody({ body }: RawAnswer): { readonly json: boolean; readonly value: unknown } {
  if (body.length === 0) return { json: true, value: undefined };
  const text = body.toString("utf8");
  try {
    return { json: true, value: JSON.parse(text) };
  } catch {
    return { json: false, value: text };
  }
}

/** What was wrong with a request that got an answer; `undefined`: nothing. */
export function refusalOf(settings: ServerSettings, path: string, answer: RawAnswer): Refusal | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return undefined;
  const reason = reasonOf(settings, answer);
  const problem = problemOfStatus(settings, path, answer, reason);
  return { ok: false, problem, status, reason };
}

/** The refusal of what may be sent again without harm: that it may have been carried out is no news. */
export function asRepeatable(refusal: Refusal, server: string): Refusal {
  return refusal.problem.code === "outcome-unknown" ? failure("octoprint-no-answer", { server }) : refusal;
}

function problemOfStatus(settings: ServerSettings, path: string, answer: RawAnswer, said: string): Problem {
  const { status, headers } = answer;
  // A text never has a hole in it: a proxy may answer without a word.
  const reason = said || STATUS_CODES[status] || "?";
  const key = failure(settings.apiKey === "" ? "key-missing" : "key-refused").problem;
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return failure("redirected", { target: targetOf(settings, headers.location) }).problem;
    case 400:
      // What a POST gets from 1.11 on instead of a word on the key, for OctoPrint then takes us for a browser.
      if (reason.includes("CSRF")) return key;
      // nginx.
      if (/plain HTTP request was sent to HTTPS port/i.test(reason)) {
        return failure("https-needed", { server: hostOf(settings.address) }).problem;
      }
      return failure("request-refused", { status, reason }).problem;
    case 401:
      // OctoPrint up to 1.3.6 answers so; no later one does, so it is a proxy.
      return /^(Invalid API key|No API key provided)/.test(reason) ? key : failure("proxy-password").problem;
    case 403:
      return reason.startsWith("Invalid API key") ? key : failure("access-refused").problem;
    case 404:
      return failure("path-unknown", { path: path.replace(/[?#].*$/, "") }).problem;
    case 409:
      return failure("conflict", { reason }).problem;
    case 413:
      return failure("upload-too-large").problem;
    case 429:
      return failure("too-many-requests").problem;
    case 501:
      // OctoPrint's start page, to a POST.
      return failure("octoprint-starting").problem;
    case 502:
    case 503:
    case 504:
      return failure("octoprint-unavailable", { status }).problem;
    default:
      return failure(status >= 500 ? "octoprint-failed" : "request-refused", { status, reason }).problem;
  }
}

/** Where a redirect leads; only what helps to mend the address. */
function targetOf({ address }: ServerSettings, location: string | undefined): string {
  const here = `${address.origin}${address.prefix}/`;
  if (location === undefined || !URL.canParse(location, here)) return here;
  const { origin, pathname } = new URL(location, here);
  return `${origin}${pathname}`.slice(0, 200);
}

/** `{"error": text}` since 1.6, else text; `unselect` and everything below `/downloads/` still answer in text or HTML. */
function reasonOf(settings: ServerSettings, answer: RawAnswer): string {
  const { json, value } = parseBody(answer);
  const said = json ? errorOf(value) : isHtml(answer, value) ? titleOf(value) : String(value);
  return withoutSecrets(settings, said.trim()).slice(0, 300);
}

function errorOf(value: unknown): string {
  return textOf(fieldsOf(value).error) ?? "";
}

function isHtml({ headers }: RawAnswer, value: unknown): value is string {
  return /text\/html/i.test(headers["content-type"] ?? "") && typeof value === "string" && /<\w/.test(value);
}

/** Of a page, what it says in short: `<title>`, or the text of all of it. */
function titleOf(page: string): string {
  const [, title] = /<title[^>]*>([^<]*)/i.exec(page) ?? [];
  const body = page.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, "");
  return (title ?? body.replace(/<[^>]*>/g, " ")).replace(/\s+/g, " ");
}

/** Some proxies repeat in their error pages what they were sent. */
function withoutSecrets({ apiKey, proxyPassword }: ServerSettings, text: string): string {
  return [apiKey, proxyPassword].reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "…")), text);
}
