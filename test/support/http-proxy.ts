import { once } from "node:events";
import { createServer, type IncomingMessage, request as requestHttp, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { cleanup, type Scope } from "./cleanup.ts";
import { portOf } from "./ports.ts";

export interface HttpProxyOptions {
  /** The path that it takes off, and tells OctoPrint of: `/mk3`. */
  readonly prefix?: string;
  /** Lets no websocket through, as nginx does until it is told otherwise. */
  readonly noUpgrade?: boolean;
}

/** A reverse proxy in front of a server on this computer, as people have one. Returns its address, without a slash. */
export async function startHttpProxy(scope: Scope, target: number, options: HttpProxyOptions = {}): Promise<string> {
  const { prefix = "", noUpgrade = false } = options;
  const sockets = new Set<Socket>();
  const onward = (request: IncomingMessage): object => ({
    port: target,
    host: "127.0.0.1",
    method: request.method,
    path: (request.url ?? "").slice(prefix.length),
    headers: { ...withoutHopByHop(request), ...(prefix === "" ? {} : { "X-Script-Name": prefix }) },
  });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    if (!(request.url ?? "").startsWith(`${prefix}/`)) return void response.writeHead(404).end("<h1>404</h1>");
    const forwarded = requestHttp(onward(request), (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => response.headersSent || response.writeHead(502).end("<h1>502 Bad Gateway</h1>"));
    request.pipe(forwarded);
  });
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  // Without a listener for it, Node.js ignores the header Upgrade, as a proxy does that does not know it.
  if (!noUpgrade) {
    server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
      const behind = connect(target, "127.0.0.1", () => {
        const headers = request.rawHeaders.flatMap((text, index, all) =>
          index % 2 ? [`${all[index - 1]}: ${text}`] : [],
        );
        const path = (request.url ?? "").slice(prefix.length);
        behind.write([`GET ${path} HTTP/1.1`, ...headers, `X-Script-Name: ${prefix}`, "", ""].join("\r\n"));
        behind.write(head);
        behind.pipe(socket).pipe(behind);
      });
      behind.on("error", () => socket.destroy());
      behind.on("close", () => socket.destroy());
      socket.on("close", () => behind.destroy());
    });
  }
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup(scope, async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return `http://127.0.0.1:${portOf(server)}${prefix}`;
}

/** What a proxy must not pass on [RFC 9110 7.6.1]. */
function withoutHopByHop({ headers }: IncomingMessage): IncomingMessage["headers"] {
  const { connection: _connection, upgrade: _upgrade, ...others } = headers;
  return others;
}
