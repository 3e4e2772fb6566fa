import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";
import { portOf } from "./ports.ts";

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface StandInAnswer {
  readonly status: number;
  /** An object is sent as JSON, text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A push socket at the stand-in. */
export interface SeenSocket {
  readonly headers: IncomingMessage["headers"];
  /** What the client said, parsed. */
  readonly frames: Mailbox<Record<string, unknown>>;
  send(frame: object): void;
  /** As when OctoPrint ends: without a word. */
  cut(): void;
  /** Does not answer pings any more, nor anything else. */
  freeze(): void;
  readonly closed: Promise<number>;
}

export interface StandInUser {
  readonly name: string;
  readonly permissions: readonly string[];
}

export interface StandInOptions {
  /** How it answers a wrong key, and what it knows: `1.3.6`, `1.4.2`, `1.9.3`, `1.11.8`, `2.0.0rc7`. */
  readonly version?: string;
  /** A proxy's path, such as `/octoprint`. */
  readonly prefix?: string;
  readonly tls?: ServerOptions;
  /** What a guest may do. */
  readonly guest?: readonly string[];
  /** A proxy's Basic authentication: `user:password`. */
  readonly basic?: string;
  /** What a websocket's handshake gets; else it is let through. `"swallow"`: nothing. */
  readonly upgrade?: number | "swallow";
  readonly safeMode?: string;
}

/** Speaks as OctoPrint does, of which it is no more than what a client meets: keys, logins, push socket. */
export interface StandIn {
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
  readonly requests: Mailbox<SeenRequest>;
  readonly sockets: Mailbox<SeenSocket>;
  /** By key. */
  readonly users: Map<string, StandInUser>;
  /** What `GET api/job` and `GET api/printer` say; no printer: 409. */
  job: object;
  printer: object | undefined;
  /** What `history` says. */
  history: object;
  upgrade: StandInOptions["upgrade"];
  /** Answers these in this way, before anything else; `undefined`: as else. */
  intercept: (request: SeenRequest) => StandInAnswer | "never" | "cut" | undefined;
  /** Does nothing with `auth`, as OctoPrint does with one that it cannot read. */
  silent: boolean;
  /** Sends a frame to every socket that is authorised. */
  push(frame: object): void;
  /** Stops listening and cuts everything. */
  stop(): Promise<void>;
  /** Listens again on the same port. */
  start(): Promise<void>;
}

/** The key of `kay`, who may do what the group users may. */
export const goodKey = "kays-key-0123456789";

const usersMay = ["STATUS", "CONNECTION", "PRINT", "CONTROL", "FILES_LIST", "SETTINGS_READ", "MONITOR_TERMINAL"];

export const idleJob = {
  job: { file: { name: null, path: null, origin: null, size: null, date: null }, user: null },
  progress: { completion: null, filepos: null, printTime: null, printTimeLeft: null, printTimeLeftOrigin: null },
  state: "Operational",
};

/** Starts a stand-in on a free loopback port; it ends with the scope. */
export async function startStandIn(scope: Scope, options: StandInOptions = {}): Promise<StandIn> {
  const standIn = new SpeakingServer(options);
  await standIn.start();
  cleanup(scope, () => standIn.stop());
  return standIn;
}

class SpeakingServer implements StandIn {
  readonly requests = new Mailbox<SeenRequest>("a request");
  readonly sockets = new Mailbox<SeenSocket>("a push socket");
  readonly users = new Map<string, StandInUser>([[goodKey, { name: "kay", permissions: usersMay }]]);
  readonly #options: StandInOptions;
  readonly #version: readonly [number, number, number];
  readonly #authorised = new Set<WebSocket>();
  readonly #tcp = new Set<Duplex>();
  readonly #sessions = new Map<string, string>();
  readonly #webSockets = new WebSocketServer({ noServer: true });
  #server: Server | undefined;
  #logins = 0;
  port = 0;
  job: object = { ...idleJob, state: "Offline" };
  printer: object | undefined;
  history: object = { state: { text: "Offline", flags: { closedOrError: true } }, temps: [], logs: [] };
  upgrade: StandInOptions["upgrade"];
  intercept: StandIn["intercept"] = () => undefined;
  silent = false;

  constructor(options: StandInOptions) {
    this.#options = options;
    this.upgrade = options.upgrade;
    const [major = 0, minor = 0, patch = 0] = (options.version ?? "1.11.8")
      .split(".")
      .map((part) => parseInt(part, 10));
    this.#version = [major, minor, patch];
  }

  get url(): string {
    const scheme = this.#options.tls === undefined ? "http" : "https";
    return `${scheme}://127.0.0.1:${this.port}${this.#options.prefix ?? ""}`;
  }

  async start(): Promise<void> {
    const onRequest = (request: IncomingMessage, response: ServerResponse): void => void this.#serve(request, response);
    const { tls } = this.#options;
    const server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
    this.#server = server;
    server.on("connection", (socket: Duplex) => {
      this.#tcp.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#tcp.delete(socket));
    });
    server.on("tlsClientError", () => undefined);
    server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#onUpgrade(request, socket, head),
    );
    server.listen(this.port, "127.0.0.1");
    await once(server, "listening");
    this.port = portOf(server);
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of this.#tcp) socket.destroy();
    await closed;
  }

  push(frame: object): void {
    for (const socket of this.#authorised) socket.send(JSON.stringify(frame));
  }

  #since(major: number, minor: number, patch = 0): boolean {
    const [a, b, c] = this.#version;
    return a !== major ? a > major : b !== minor ? b > minor : c >= patch;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = "", url: path = "", headers } = request;
    const seen = { method, path, headers, body: Buffer.concat(chunks) };
    this.requests.push(seen);
    const answer = this.intercept(seen) ?? this.#proxy(seen) ?? this.#answer(seen);
    if (answer === "never") return;
    if (answer === "cut") return void request.socket.destroy();
    const { status, body, headers: extra } = answer;
    const json = typeof body === "object" && !Buffer.isBuffer(body);
    const type = json ? { "Content-Type": "application/json" } : { "Content-Type": "text/html" };
    response.writeHead(status, { ...type, ...extra });
    response.end(body === undefined ? undefined : json ? JSON.stringify(body) : body);
  }

  /** What a proxy in front says. */
  #proxy({ headers, path }: Pick<SeenRequest, "headers" | "path">): StandInAnswer | undefined {
    const { basic, prefix = "" } = this.#options;
    if (basic !== undefined && headers.authorization !== `Basic ${Buffer.from(basic).toString("base64")}`) {
      return { status: 401, body: "<html><title>401 Authorization Required</title></html>" };
    }
    return path.startsWith(`${prefix}/`) ? undefined : { status: 404, body: "<h1>Not Found</h1>" };
  }

  #answer(request: SeenRequest): StandInAnswer {
    const key = request.headers["x-api-key"];
    const user = typeof key === "string" ? this.users.get(key) : undefined;
    const path = this.#below(request.path);
    if (path.startsWith("/plugin/appkeys/")) return { status: 404, body: { error: "not found" } };
    if (user === undefined && !(path === "/api/currentuser" && this.#since(1, 11))) {
      const refused = this.#refuseKey(request.method, key !== undefined && key !== "");
      if (refused !== undefined) return refused;
    }
    return this.#answerTo(user, request.method, path);
  }

  #below(path: string): string {
    return path.slice((this.#options.prefix ?? "").length).replace(/\?.*$/, "");
  }

  /** By version, as 1.3 of the API's description has it; `undefined`: a guest. */
  #refuseKey(method: string, given: boolean): StandInAnswer | undefined {
    const csrf = { status: 400, body: { error: "CSRF validation failed" } };
    if (!this.#since(1, 3, 7)) return { status: 401, body: given ? "Invalid API key" : "No API key provided" };
    if (!this.#since(1, 6)) return given || !this.#since(1, 4) ? { status: 403, body: "Invalid API key" } : undefined;
    if (!this.#since(1, 11) && given) return { status: 403, body: { error: "Invalid API key" } };
    return method === "GET" || !this.#since(1, 8, 3) ? undefined : csrf;
  }

  #answerTo(user: StandInUser | undefined, method: string, path: string): StandInAnswer {
    const permissions = user?.permissions ?? this.#options.guest ?? [];
    const forbidden = {
      status: 403,
      body: { error: "You don't have the permission to access the requested resource." },
    };
    const { version = "1.11.8", safeMode = null } = this.#options;
    switch (`${method} ${path}`) {
      case "GET /api/currentuser":
        if (!this.#since(1, 4)) break;
        return { status: 200, body: { name: user?.name ?? null, permissions, groups: [] } };
      case "POST /api/login":
        return this.#login(user);
      case "GET /api/version":
        if (!permissions.includes("STATUS")) return forbidden;
        return { status: 200, body: { api: "0.1", server: version, text: `OctoPrint ${version}` } };
      case "GET /api/server":
        if (!this.#since(1, 5)) break;
        return { status: 200, body: { version, safemode: safeMode } };
      case "GET /api/job":
        return permissions.includes("STATUS") ? { status: 200, body: this.job } : forbidden;
      case "POST /api/job":
        if (!permissions.includes("PRINT")) return forbidden;
        return { status: 409, body: { error: "Printer is not operational" } };
      case "GET /api/printer":
        if (this.printer === undefined) return { status: 409, body: { error: "Printer is not operational" } };
        return { status: 200, body: this.printer };
    }
    return { status: 404, body: this.#since(1, 6) ? { error: "Not found" } : "<h1>Not Found</h1>" };
  }

  #login(user: StandInUser | undefined): StandInAnswer {
    if (user === undefined) return { status: 403, body: { error: "no" } };
    const session = `session${++this.#logins}`;
    this.#sessions.set(`${user.name}:${session}`, user.name);
    return { status: 200, body: { name: user.name, session, active: true } };
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const refusal = this.#proxy({ headers: request.headers, path: request.url ?? "" });
    const status = refusal?.status ?? this.upgrade;
    if (status === "swallow") return;
    if (status !== undefined) {
      socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\nLocation: https://elsewhere.example/\r\n\r\n`);
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#accept(webSocket, request));
  }

  #accept(webSocket: WebSocket, { headers }: IncomingMessage): void {
    const frames = new Mailbox<Record<string, unknown>>("what the client says");
    const send = (frame: object): void => webSocket.send(JSON.stringify(frame));
    const closed = once(webSocket, "close").then(([code]) => Number(code));
    webSocket.on("error", () => undefined);
    webSocket.on("close", () => this.#authorised.delete(webSocket));
    webSocket.on("message", (data) => {
      const frame: Record<string, unknown> = JSON.parse(String(data));
      frames.push(frame);
      if (typeof frame.auth === "string") this.#authorise(webSocket, frame.auth);
    });
    send({ connected: { version: this.#options.version ?? "1.11.8", safe_mode: this.#options.safeMode ?? null } });
    if (this.#options.guest?.includes("STATUS")) this.#welcome(webSocket);
    this.sockets.push({
      headers,
      frames,
      send,
      closed,
      cut: () => webSocket.terminate(),
      freeze: () => void webSocket.pause(),
    });
  }

  #authorise(webSocket: WebSocket, auth: string): void {
    // A malformed one gets no answer at all.
    if (this.silent || auth.split(":").length !== 2) return;
    if (!this.#sessions.has(auth)) {
      webSocket.send(JSON.stringify({ reauthRequired: { reason: "stale" } }));
      return;
    }
    // A second time there is no history.
    if (!this.#authorised.has(webSocket)) this.#welcome(webSocket);
  }

  #welcome(webSocket: WebSocket): void {
    this.#authorised.add(webSocket);
    for (const frame of [{ history: this.history }, { timelapse: null }]) webSocket.send(JSON.stringify(frame));
  }
}
