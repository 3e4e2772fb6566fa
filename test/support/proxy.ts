import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { cleanup, type Scope } from "./cleanup.ts";
import { portOf } from "./ports.ts";

export type Direction = "toBroker" | "toClient";

/** A TCP proxy before a broker: the network, and what can be wrong with it. */
export interface TcpProxy {
  readonly port: number;
  readonly url: string;
  /** How many connections it has accepted. */
  readonly accepted: number;
  /** What comes now goes through, after a pause of so many ms (0 at first). */
  delay(ms: number): void;
  /**
   * Cuts the connection that carries the first byte more in this direction, after so many bytes: the rest of the
   * packet never arrives. Resolves when it is cut.
   */
  cutAfter(bytes: number, direction: Direction): Promise<void>;
  /** Cuts all connections. */
  cut(): void;
  /** Half-open: what comes on the connections of now is swallowed, and neither side is told. New ones are good. */
  swallow(): void;
  /** Accepts connections and never says a word, until `listen()`. */
  mute(): Promise<void>;
  /** Cuts all connections and refuses new ones, until `listen()`. */
  refuse(): Promise<void>;
  /** Accepts connections that work, on the same port; cuts those that never did. */
  listen(): Promise<void>;
}

/** Starts a proxy on a free loopback port; it ends with the test. */
export async function startProxy(scope: Scope, brokerPort: number): Promise<TcpProxy> {
  const proxy = new Network(brokerPort);
  await proxy.listen();
  cleanup(scope, () => proxy.refuse());
  return proxy;
}

interface Cut {
  left: number;
  /** The connection that is to be cut, once there is one. */
  pair: Pair | undefined;
  readonly done: () => void;
}

class Network implements TcpProxy {
  readonly #brokerPort: number;
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #cuts = new Map<Direction, Cut>();
  #port = 0;
  #mute = false;
  #delay = 0;
  accepted = 0;

  constructor(brokerPort: number) {
    this.#brokerPort = brokerPort;
    this.#server = createServer((client) => this.#accept(client));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.#port}`;
  }

  delay(ms: number): void {
    this.#delay = ms;
  }

  cutAfter(bytes: number, direction: Direction): Promise<void> {
    return new Promise((done) => this.#cuts.set(direction, { left: bytes, pair: undefined, done }));
  }

  cut(): void {
    for (const pair of this.#pairs) pair.end();
  }

  swallow(): void {
    for (const pair of this.#pairs) pair.swallows = true;
  }

  async mute(): Promise<void> {
    await this.refuse();
    this.#mute = true;
    await this.#open();
  }

  async refuse(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    this.cut();
    await closed;
  }

  async listen(): Promise<void> {
    if (this.#mute) this.cut();
    this.#mute = false;
    await this.#open();
  }

  async #open(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#port, "127.0.0.1");
    await once(this.#server, "listening");
    this.#port = portOf(this.#server);
  }

  #accept(client: Socket): void {
    this.accepted++;
    const upstream = this.#mute ? undefined : connect({ port: this.#brokerPort, host: "127.0.0.1", noDelay: true });
    client.setNoDelay();
    const pair = new Pair(client, upstream, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    client.on("data", (bytes) => this.#pass(pair, upstream, bytes, "toBroker"));
    upstream?.on("data", (bytes) => this.#pass(pair, client, bytes, "toClient"));
  }

  #pass(pair: Pair, to: Socket | undefined, bytes: Buffer, direction: Direction): void {
    if (to === undefined || pair.swallows) return;
    const cut = this.#cuts.get(direction);
    if (cut !== undefined) cut.pair ??= pair;
    if (cut?.pair === pair) {
      if (bytes.length > cut.left) {
        this.#cuts.delete(direction);
        pair.write(to, bytes.subarray(0, cut.left), this.#delay, true);
        cut.done();
        return;
      }
      cut.left -= bytes.length;
    }
    pair.write(to, bytes, this.#delay, false);
  }
}

/** A connection and the one behind it. */
class Pair {
  readonly #sockets: readonly Socket[];
  readonly #onEnd: () => void;
  readonly #lines = new Map<Socket, Promise<void>>();
  swallows = false;

  constructor(client: Socket, upstream: Socket | undefined, onEnd: () => void) {
    this.#sockets = upstream === undefined ? [client] : [client, upstream];
    this.#onEnd = onEnd;
    for (const socket of this.#sockets) {
      socket.on("error", () => this.#leave());
      socket.on("close", () => this.#leave());
      socket.on("end", () => this.#leave());
    }
  }

  /** @param last the connection ends behind these bytes */
  write(to: Socket, bytes: Buffer, delay: number, last: boolean): void {
    if (last) this.swallows = true;
    const due = Date.now() + delay;
    // One after the other: a shorter delay must not let bytes overtake others.
    const before = this.#lines.get(to) ?? Promise.resolve();
    this.#lines.set(
      to,
      before.then(() => this.#write(to, bytes, due, last)),
    );
  }

  async #write(to: Socket, bytes: Buffer, due: number, last: boolean): Promise<void> {
    const pause = due - Date.now();
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if (last) to.end(bytes, () => this.end());
    else if (to.writable) to.write(bytes);
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#onEnd();
  }

  /** One side has gone: the other one is told, unless the network is half-open. */
  #leave(): void {
    if (!this.swallows) this.end();
    else if (this.#sockets.every(({ destroyed }) => destroyed)) this.#onEnd();
  }
}
