import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { Aedes, type AedesOptions } from "aedes";
import { createWebSocketStream, WebSocketServer } from "ws";
import { cleanup, type Scope } from "./cleanup.ts";
import { portOf } from "./ports.ts";

export interface BrokerOptions extends AedesOptions {
  /** Also over websockets. */
  readonly ws?: boolean;
  /** Also over TLS; with `ws`, secure websockets too. */
  readonly tls?: TlsOptions;
}

/** An MQTT broker in this process. It speaks MQTT 3.1 and 3.1.1, not 5. */
export interface InProcessBroker {
  readonly aedes: Aedes;
  readonly port: number;
  readonly url: string;
  /** Ports of the listeners that were asked for. */
  readonly wsUrl: string;
  readonly tlsUrl: string;
  readonly wssUrl: string;
  /** The plain TCP server. */
  readonly server: Server;
  /** Cuts every connection and refuses new ones; what is stored stays. */
  down(): Promise<void>;
  /** Listens again, on the same ports. */
  up(): Promise<void>;
  /** Cuts every connection; new ones are welcome. */
  cut(): void;
  publish(topic: string, payload: string | Buffer, options?: { qos?: 0 | 1 | 2; retain?: boolean }): Promise<void>;
  close(): Promise<void>;
}

/** Starts a broker on free loopback ports; it is closed at the end of the test. */
export async function startAedes(scope: Scope, options: BrokerOptions = {}): Promise<InProcessBroker> {
  const { ws, tls, ...aedesOptions } = options;
  const aedes = await Aedes.createBroker({ authorizePublish: oneByOne, ...aedesOptions });
  const listeners = new Map<string, Listener>();
  const server = createServer((socket) => aedes.handle(socket));
  listeners.set("mqtt", new Listener(server));
  if (ws) listeners.set("ws", new Listener(overWebsocket(createHttpServer(), aedes)));
  if (tls) listeners.set("mqtts", new Listener(createTlsServer(tls, (socket) => aedes.handle(socket))));
  if (ws && tls) listeners.set("wss", new Listener(overWebsocket(createHttpsServer(tls), aedes)));
  for (const listener of listeners.values()) await listener.up();

  const url = (scheme: string): string => {
    const port = listeners.get(scheme)?.port;
    if (port === undefined) throw new Error(`this broker was not asked to speak ${scheme}`);
    return `${scheme}://127.0.0.1:${port}`;
  };
  const broker: InProcessBroker = {
    aedes,
    server,
    port: portOf(server),
    url: url("mqtt"),
    get wsUrl() {
      return url("ws");
    },
    get tlsUrl() {
      return url("mqtts");
    },
    get wssUrl() {
      return url("wss");
    },
    async down() {
      for (const listener of listeners.values()) await listener.down();
    },
    async up() {
      for (const listener of listeners.values()) await listener.up();
    },
    cut() {
      for (const listener of listeners.values()) listener.cut();
    },
    publish(topic, payload, { qos = 0, retain = false } = {}) {
      return new Promise((resolve, reject) => {
        const packet = { cmd: "publish", topic, payload, qos, retain, dup: false } as const;
        aedes.publish(packet, (problem) => (problem ? reject(problem) : resolve()));
      });
    },
    async close() {
      await broker.down();
      if (!aedes.closed) await new Promise<void>((resolve) => aedes.close(resolve));
    },
  };
  cleanup(scope, () => broker.close());
  return broker;
}

/**
 * aedes 1.2 stores a retained message asynchronously; what overtakes it meanwhile has the higher number, and the
 * retained one is dropped as a duplicate. So each PUBLISH waits until the one before is stored and sent.
 */
const oneByOne: NonNullable<AedesOptions["authorizePublish"]> = (_client, _packet, callback) => {
  setImmediate(callback, null);
};

/** One server and its sockets: closing a server leaves the sockets open. */
class Listener {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #port = 0;

  constructor(server: Server) {
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  get port(): number {
    return this.#port;
  }

  async up(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = portOf(this.#server);
  }

  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function overWebsocket<S extends ReturnType<typeof createHttpServer>>(server: S, aedes: Aedes): S {
  const websockets = new WebSocketServer({ server });
  websockets.on("connection", (websocket, request) => {
    const stream = createWebSocketStream(websocket);
    stream.on("error", () => stream.destroy());
    aedes.handle(stream, request);
  });
  return server;
}
