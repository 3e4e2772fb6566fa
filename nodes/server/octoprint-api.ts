import { Buffer } from "node:buffer";
import { Agent } from "node:https";
import { hostOf, urlBelow } from "./address.ts";
import { parseBody, refusalOf } from "./answers.ts";
import { exchange, proxyHeaders, type RawAnswer, verifying } from "./exchange.ts";
import type { Answer, Bytes, Method, Refusal, RequestOptions, ServerSettings, UploadFile } from "./message.ts";
import { failure } from "./problem.ts";
import { requestTiming } from "./timing.ts";
import { decodeUser } from "./user.ts";

/** Of one answer. */
const largest = 10 * 1024 * 1024;

/**
 * OctoPrint's REST API. Each request is sent once, on a connection of its own, and ends in an answer or a problem: no
 * method throws. Paths are relative to the address: `api/job`. Segments that come from users are for the caller to
 * encode (`encodeURIComponent`).
 *
 * @example
 * const api = new OctoPrintApi(settings);
 * const answer = await api.post("api/job", { command: "pause", action: "pause" });
 * if (!answer.ok) console.log(answer.problem.code); // "conflict", with answer.status 409
 */
export class OctoPrintApi {
  readonly settings: ServerSettings;
  readonly #timing: typeof requestTiming;
  readonly #agent: Agent;

  constructor(settings: ServerSettings, times: Partial<typeof requestTiming> = {}) {
    this.settings = { ...settings, apiKey: settings.apiKey.trim() };
    this.#timing = { ...requestTiming, ...times };
    this.#agent = new Agent({ ...verifying(settings.tls), keepAlive: false });
  }

  /** Host and port, for texts. */
  get server(): string {
    return hostOf(this.settings.address);
  }

  get(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request("GET", path, undefined, options);
  }

  /** @param body is sent as JSON; `undefined`: none */
  post(path: string, body?: object, options: RequestOptions = {}): Promise<Answer> {
    return this.request("POST", path, body, options);
  }

  delete(path: string, options: RequestOptions = {}): Promise<Answer> {
    return this.request("DELETE", path, undefined, options);
  }

  /** A request whose answer is JSON, or nothing. */
  async request(method: Method, path: string, body: object | undefined, options: RequestOptions = {}): Promise<Answer> {
    const answer = await this.#send(method, path, jsonBody(body), options);
    if (!answer.ok) return answer;
    const { json, value } = parseBody(answer);
    // A page of some other server, or of a proxy that wants a login.
    if (!json) return { ...failure("not-octoprint", { server: this.server }), status: answer.status };
    return { ok: true, status: answer.status, body: value };
  }

  /** A request whose answer may be anything, such as a picture: it is not parsed. */
  async bytes(
    method: Method,
    path: string,
    body: object | undefined,
    options: RequestOptions = {},
  ): Promise<Answer<Bytes>> {
    const answer = await this.#send(method, path, jsonBody(body), options);
    if (!answer.ok) return answer;
    const [contentType = ""] = (answer.headers["content-type"] ?? "").toLowerCase().split(";");
    return { ok: true, status: answer.status, body: { bytes: answer.body, contentType: contentType.trim() } };
  }

  /**
   * Sends a form with a file to `path`: `api/files/local`. @param fields such as `{ path: "folder", print: "true" }`
   */
  async upload(
    path: string,
    file: UploadFile,
    fields: Readonly<Record<string, string>> = {},
    options: RequestOptions = {},
  ): Promise<Answer> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const content = typeof file.content === "string" ? file.content : new Uint8Array(file.content);
    form.append("file", new Blob([content]), file.name);
    const encoded = new Response(form);
    // In one piece and with its length: some proxies take no chunks [RFC 9110 15.5.12].
    const body = Buffer.from(await encoded.arrayBuffer());
    const limit = this.#timing.upload + body.length / 100;
    const contentType = encoded.headers.get("content-type") ?? "";
    const answer = await this.#send("POST", path, { body, contentType }, { limit, ...options });
    return answer.ok ? { ok: true, status: answer.status, body: parseBody(answer).value } : answer;
  }

  async #send(
    method: Method,
    path: string,
    content: Content | undefined,
    options: RequestOptions,
  ): Promise<RawAnswer | Refusal> {
    const answer = await this.#exchange(method, path, content, options);
    if (!answer.ok) return answer;
    const refusal = refusalOf(this.settings, path, answer);
    return refusal?.problem.code === "access-refused" ? this.#whyForbidden(refusal) : (refusal ?? answer);
  }

  async #exchange(
    method: Method,
    path: string,
    content: Content | undefined,
    { limit, signal }: RequestOptions,
  ): Promise<RawAnswer | Refusal> {
    const url = urlBelow(this.settings.address, path);
    if (url === undefined) return failure("path-invalid", { path });
    const { apiKey } = this.settings;
    return exchange(this.settings, {
      url,
      method,
      headers: {
        Accept: "*/*",
        ...proxyHeaders(this.settings),
        // An empty key counts as none.
        ...(apiKey === "" ? {} : { "X-Api-Key": apiKey }),
        ...(content === undefined ? {} : { "Content-Type": content.contentType }),
      },
      body: content?.body,
      limits: {
        connect: this.#timing.connect,
        total: limit ?? (method === "GET" ? this.#timing.get : this.#timing.change),
      },
      largest,
      signal,
      agent: this.#agent,
    });
  }

  /** From 1.11 on a wrong key gets the same 403 as a user who may not; OctoPrint tells whom it takes us for. */
  async #whyForbidden(refusal: Refusal): Promise<Refusal> {
    const wrongKey = { ...refusal, ...failure(this.settings.apiKey === "" ? "key-missing" : "key-refused") };
    const answer = await this.#exchange("GET", "api/currentuser", undefined, {});
    // 1.6 to 1.8.2 say no more than this to a wrong key; any right one may ask who it is. A proxy's 403 is a page.
    if (answer.ok && answer.status === 403 && parseBody(answer).json) return wrongKey;
    const user = answer.ok && answer.status === 200 ? decodeUser(parseBody(answer).value) : undefined;
    if (user === undefined) return refusal;
    if (user.name === null) return wrongKey;
    // Until the setup wizard is through, only reading works, for all users.
    if (user.permissions?.includes("ADMIN")) return { ...refusal, ...failure("wizard-unfinished") };
    return { ...refusal, ...failure("forbidden", { user: user.name }) };
  }
}

interface Content {
  readonly body: Buffer;
  readonly contentType: string;
}

function jsonBody(body: object | undefined): Content | undefined {
  if (body === undefined) return undefined;
  return { body: Buffer.from(JSON.stringify(body)), contentType: "application/json" };
}
