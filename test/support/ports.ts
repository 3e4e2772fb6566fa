import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";

/** A loopback port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = portOf(server);
  server.close();
  await once(server, "close");
  return port;
}

export function portOf(server: Server): number {
  const address = server.address();
  if (!isAddress(address)) throw new Error("the server does not listen on a port");
  return address.port;
}

function isAddress(address: AddressInfo | string | null): address is AddressInfo {
  return typeof address === "object" && address !== null;
}
