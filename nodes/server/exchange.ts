import { Buffer } from "node:buffer";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request as requestHttp } from "node:http";
import { type Agent, request as requestHttps } from "node:https";
import type { ConnectionOptions as TlsOptions } from "node:tls";
import { hostOf } from "./address.ts";
import type { Method, Refusal, ServerSettings } from "./message.ts";
import { failure } from "./problem.ts";
import { problemOfError } from "./transport-errors.ts";

/** One HTTP request. */
export interface Exchange {
  readonly url: URL;
  readonly method: Method;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
  /** Milliseconds until there is a connection, and for the whole request. */
  readonly limits: { readonly connect: number; readonly total: number };
  /** Bytes of the answer. */
  readonly largest: number;
  readonly signal?: AbortSignal | undefined;
  readonly agent?: Agent | undefined;
}

/** An answer of any status, not interpreted. */
export interface RawAnswer {
  readonly ok: true;
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** The headers that say who we are: to a proxy, and to OctoPrint. */
export function proxyHeaders({ proxyUser, proxyPassword }: ServerSettings): Record<string, string> {
  if (proxyUser === "") return {};
  return { Authorization: `Basic ${Buffer.from(`${proxyUser}:${proxyPassword}`).toString("base64")}` };
}

/** Verified, unless `tls` says otherwise. */
export function verifying(tls: TlsOptions): TlsOptions {
  return { rejectUnauthorized: true, ...tls };
}

/** Sends one request on a connection of its own and reads the answer; redirects are not followed. */
export function exchange(settings: ServerSettings, wanted: Exchange): Promise<RawAnswer | Refusal> {
  return new Promise((resolve) => new OneExchange(settings, wanted, resolve).start());
}

class OneExchange {
  readonly #settings: ServerSettings;
  readonly #wanted: Exchange;
  readonly #resolve: (answer: RawAnswer | Refusal) => void;
  readonly #timers: NodeJS.Timeout[] = [];
  #request: ClientRequest | undefined;
  /** There was a connection, so that the request may have been read. */
  #sent = false;
  #ended = false;

  constructor(settings: ServerSettings, wanted: Exchange, resolve: (answer: RawAnswer | Refusal) => void) {
    this.#settings = settings;
    this.#wanted = wanted;
    this.#resolve = resolve;
  }

  start(): void {
    const { url, method, headers, body, limits, agent, signal } = this.#wanted;
    if (signal?.aborted) return this.#end(failure("aborted"));
    const length = body === undefined && method === "GET" ? {} : { "Content-Length": body?.length ?? 0 };
    const options = { method, headers: { ...headers, ...length, Connection: "close" } };
    try {
      // A connection for each request: one that the server closes while it is idle would make a command's fate unknown.
      const request =
        url.protocol === "https:"
          ? requestHttps(url, { ...options, agent })
          : requestHttp(url, { ...options, agent: false });
      this.#request = request;
      this.#after(limits.connect, () => this.#sent || this.#late());
      this.#after(limits.total, () => this.#late());
      signal?.addEventListener("abort", this.#onAbort, { once: true });
      request.on("socket", (socket) => {
        socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
          this.#sent = true;
        });
      });
      request.on("error", (error) => this.#fail(error));
      request.on("response", (response) => this.#read(response));
      request.end(body);
    } catch (error) {
      // A certificate that cannot be read, a character that no header may have.
      this.#end(settingsProblem(error));
    }
  }

  readonly #onAbort = (): void => this.#end(failure("aborted"));

  #after(ms: number, action: () => void): void {
    this.#timers.push(setTimeout(action, ms).unref());
  }

  #late(): void {
    const server = hostOf(this.#settings.address);
    this.#end(failure(this.#mayHaveHappened ? "outcome-unknown" : "octoprint-no-answer", { server }));
  }

  #fail(error: unknown): void {
    const problem = problemOfError(error, hostOf(this.#settings.address));
    const lost = problem.code === "octoprint-reset" || problem.code === "octoprint-no-answer";
    if (lost && this.#mayHaveHappened) this.#late();
    else this.#end({ ok: false, problem });
  }

  get #mayHaveHappened(): boolean {
    return this.#sent && this.#wanted.method !== "GET";
  }

  #read(response: IncomingMessage): void {
    const { largest } = this.#wanted;
    const chunks: Buffer[] = [];
    let size = 0;
    response.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > largest) return this.#end(failure("answer-too-large", { limit: largest }));
      chunks.push(chunk);
    });
    response.on("error", (error) => this.#fail(error));
    response.on("end", () => {
      const { statusCode: status = 0, headers } = response;
      this.#end({ ok: true, status, headers, body: Buffer.concat(chunks) });
    });
  }

  #end(answer: RawAnswer | Refusal): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#wanted.signal?.removeEventListener("abort", this.#onAbort);
    this.#request?.destroy();
    this.#resolve(answer);
  }
}

function settingsProblem(error: unknown): Refusal {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ERR_INVALID_CHAR") return failure("key-invalid");
  return failure("tls-settings", { reason: error instanceof Error ? error.message : String(error) });
}
