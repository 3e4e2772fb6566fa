import { Buffer } from "node:buffer";
import type { IncomingMessage } from "node:http";
import WebSocket from "ws";
import { urlBelow } from "./address.ts";
import { refusalOf } from "./answers.ts";
import { readUser } from "./current-user.ts";
import { proxyHeaders, verifying } from "./exchange.ts";
import { fieldsOf, isFields, textOf } from "./json.ts";
import type { Frame, PushSettings, Session, SessionObserver, User } from "./message.ts";
import type { OctoPrintApi } from "./octoprint-api.ts";
import { login } from "./passive-login.ts";
import { type Failure, failure, type Problem } from "./problem.ts";
import type { pushTiming } from "./timing.ts";
import { problemOfError } from "./transport-errors.ts";
import { statusForbidden } from "./user.ts";

/** Of one frame: the history of half an hour has 150 KB. */
const largest = 10 * 1024 * 1024;
/** OctoPrint keeps as many for a socket that is not authorised yet. */
const mostHeld = 100;
/** OctoPrint may ask for another login, but only a limited number of times. */
const mostLogins = 3;

/**
 * One push socket: `…/sockjs/websocket`, the raw websocket without SockJS's framing. What we want is said first, then who
 * we are, with a login made right before; OctoPrint answers with `history`.
 */
export class PushSocket {
  readonly #api: OctoPrintApi;
  readonly #user: User;
  readonly #observer: SessionObserver;
  readonly #timing: typeof pushTiming;
  #settings: PushSettings;
  #socket: WebSocket | undefined;
  #session: Session | undefined;
  #greeting: { version: string; safeMode: string | null } | undefined;
  #localAddress = "";
  /** What came before `history`. */
  #held: Frame[] = [];
  #logins = 0;
  #missingPongs = 0;
  #deadline: NodeJS.Timeout | undefined;
  #pings: NodeJS.Timeout | undefined;
  #keyChecks: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(
    api: OctoPrintApi,
    user: User,
    settings: PushSettings,
    observer: SessionObserver,
    timing: typeof pushTiming,
  ) {
    this.#api = api;
    this.#user = user;
    this.#settings = settings;
    this.#observer = observer;
    this.#timing = timing;
  }

  open(): void {
    const { settings } = this.#api;
    const url = urlBelow(settings.address, "sockjs/websocket");
    if (url === undefined) return this.#end(failure("no-websocket").problem);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    try {
      this.#listen(
        new WebSocket(url, {
          ...verifying(settings.tls),
          headers: proxyHeaders(settings),
          handshakeTimeout: this.#timing.handshake,
          maxPayload: largest,
          perMessageDeflate: false,
        }),
      );
    } catch (error) {
      // A certificate that cannot be read.
      const reason = error instanceof Error ? error.message : String(error);
      this.#end(failure("tls-settings", { reason }).problem);
    }
  }

  /** Wants something else from now on. */
  subscribe(settings: PushSettings): void {
    this.#settings = settings;
    if (this.#greeting !== undefined) this.#sendSettings();
  }

  /** Closes the socket. The listener is not called again. */
  close(): void {
    this.#leave();
    this.#socket?.close(1000);
    // A peer that is gone does not answer the closing handshake.
    setTimeout(() => this.#socket?.terminate(), this.#timing.farewell).unref();
  }

  #listen(socket: WebSocket): void {
    this.#socket = socket;
    socket.on("upgrade", ({ socket: { localAddress } }) => {
      this.#localAddress = localAddress ?? "";
    });
    socket.on("open", () => this.#within(this.#timing.greeting, failure("no-websocket")));
    socket.on("unexpected-response", (request, response) => {
      response.resume();
      request.destroy();
      this.#end(this.#handshakeRefused(response));
    });
    socket.on("error", (error) => this.#end(this.#socketFailed(error)));
    socket.on("close", () => this.#end(failure("push-lost", { server: this.#api.server }).problem));
    socket.on("pong", () => {
      this.#missingPongs = 0;
    });
    socket.on("message", (data) => {
      const frame = decodeFrame(String(data));
      if (frame !== undefined) this.#receive(frame);
    });
  }

  /** REST has just answered, so a proxy blocks only the socket. */
  #handshakeRefused(response: IncomingMessage): Problem {
    const { statusCode: status = 0, headers } = response;
    const refusal = refusalOf(this.#api.settings, "sockjs/websocket", { ok: true, status, headers, body: empty });
    const { code } = refusal?.problem ?? failure("no-websocket").problem;
    const known = ["redirected", "proxy-password", "octoprint-unavailable", "too-many-requests"].includes(code);
    return known && refusal !== undefined ? refusal.problem : failure("no-websocket").problem;
  }

  #socketFailed(error: Error): Problem {
    const lost = failure("push-lost", { server: this.#api.server }).problem;
    if (this.#session !== undefined) return lost;
    const problem = problemOfError(error, this.#api.server);
    const proxy = ["connection-failed", "octoprint-reset", "not-octoprint"].includes(problem.code);
    return proxy ? failure("no-websocket").problem : problem;
  }

  #receive(frame: Frame): void {
    if (this.#ended) return;
    if ("connected" in frame) return this.#greet(frame.connected);
    if ("reauthRequired" in frame) return this.#loginAgain(frame.reauthRequired);
    if (this.#session === undefined) {
      // `timelapse`: what comes first where the state is not subscribed to.
      if (!("history" in frame) && !("timelapse" in frame)) return this.#hold(frame);
      this.#open();
    }
    this.#logins = 0;
    this.#missingPongs = 0;
    this.#observer.frame(frame);
    this.#release();
  }

  #greet(connected: unknown): void {
    const { version, safe_mode: safeMode } = fieldsOf(connected);
    this.#greeting = { version: textOf(version) ?? "", safeMode: textOf(safeMode) ?? null };
    // First, for `history` comes by them, too.
    this.#sendSettings();
    this.#login();
  }

  #sendSettings(): void {
    const { throttle, logs, plugins } = this.#settings;
    this.#send({ throttle: Math.max(1, Math.round(throttle * 2)) });
    this.#send({ subscribe: { state: { logs, messages: false }, events: true, plugins } });
  }

  #login(): void {
    if (++this.#logins > mostLogins) return this.#end(failure("session-refused").problem);
    // A guest has nothing to log in with: OctoPrint takes the socket for one already.
    if (this.#api.settings.apiKey === "") return this.#within(this.#timing.auth, statusForbidden(this.#user));
    clearTimeout(this.#deadline);
    void login(this.#api).then((answer) => {
      if (this.#ended) return;
      if (!answer.ok) return this.#end(answer.problem);
      if (this.#session === undefined) this.#within(this.#timing.auth, failure("push-silent"));
      this.#send({ auth: answer.auth });
    });
  }

  /**
   * The login is not valid any more. Events that happen meanwhile come after the next one, but no second `history`: after a
   * change of the user's rights a new socket tells more.
   */
  #loginAgain(required: unknown): void {
    if (this.#session !== undefined && fieldsOf(required).reason === "modified") {
      return this.#end(failure("push-lost", { server: this.#api.server }).problem);
    }
    this.#login();
  }

  #open(): void {
    clearTimeout(this.#deadline);
    const { version = "", safeMode = null } = this.#greeting ?? {};
    const user = this.#user;
    this.#session = { version, safeMode, user, localAddress: this.#localAddress, polled: false };
    this.#pings = setInterval(() => this.#ping(), this.#timing.ping).unref();
    this.#keyChecks = setInterval(() => void this.#checkKey(), this.#timing.keyCheck).unref();
    this.#observer.opened(this.#session);
  }

  #hold(frame: Frame): void {
    if (this.#held.length < mostHeld) this.#held.push(frame);
  }

  #release(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    for (const frame of held) if (!this.#ended) this.#observer.frame(frame);
  }

  #ping(): void {
    if (this.#missingPongs >= this.#timing.missingPongs) {
      return this.#end(failure("push-lost", { server: this.#api.server }).problem);
    }
    this.#missingPongs++;
    this.#socket?.ping();
  }

  /** OctoPrint goes on delivering to a socket whose key was revoked, and to one whose user was deleted (1.11.8). */
  async #checkKey(): Promise<void> {
    const answer = await readUser(this.#api);
    if (this.#ended || answer.ok) return;
    const { code } = answer.problem;
    if (code === "key-refused" || code === "key-missing") this.#end(answer.problem);
  }

  #within(ms: number, { problem }: Failure): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#end(problem), ms).unref();
  }

  #send(message: object): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #end(problem: Problem): void {
    if (this.#ended) return;
    this.#leave();
    this.#socket?.terminate();
    this.#observer.ended(problem);
  }

  #leave(): void {
    this.#ended = true;
    this.#held = [];
    clearTimeout(this.#deadline);
    clearInterval(this.#pings);
    clearInterval(this.#keyChecks);
  }
}

const empty = Buffer.alloc(0);

/** `undefined`: nothing that OctoPrint would send. */
function decodeFrame(text: string): Frame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
