import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { cleanup, type Scope } from "./cleanup.ts";
import { Mailbox } from "./mailbox.ts";
import { portOf } from "./ports.ts";

export interface RawServer {
  readonly port: number;
  readonly url: string;
  /** Every connection, as soon as it is there; over TLS once its handshake is done. */
  readonly sockets: Mailbox<Socket>;
  /** All bytes that came, over TLS decrypted. */
  received(): Buffer;
  /** How many TCP connections are open. */
  open(): number;
  /** Cuts every connection. */
  cut(): void;
}

/** CONNACK of 3.1.1: accepted, no session. */
export const connack = Buffer.from([0x20, 2, 0, 0]);

/** A server that is no broker: what it says to a connection is up to the test. */
export async function startRaw(scope: Scope, behave: (socket: Socket) => void): Promise<RawServer> {
  const server = createServer();
  return listen(scope, server, "connection", behave);
}

export async function startRawTls(scope: Scope, tls: TlsOptions): Promise<RawServer> {
  const server = createTlsServer(tls);
  server.on("tlsClientError", () => undefined);
  return listen(scope, server, "secureConnection", (socket) => socket.resume());
}

async function listen(
  scope: Scope,
  server: Server,
  event: string,
  behave: (socket: Socket) => void,
): Promise<RawServer> {
  const sockets = new Mailbox<Socket>("a connection");
  const chunks: Buffer[] = [];
  const tcp = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    tcp.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => tcp.delete(socket));
  });
  server.on(event, (socket: Socket) => {
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    behave(socket);
    sockets.push(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of tcp) socket.destroy();
  };
  cleanup(scope, async () => {
    const closed = once(server, "close");
    server.close();
    cut();
    await closed;
  });
  const port = portOf(server);
  return {
    port,
    url: `mqtt://127.0.0.1:${port}`,
    sockets,
    received: () => Buffer.concat(chunks),
    open: () => tcp.size,
    cut,
  };
}
