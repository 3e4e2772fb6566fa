import { createRequire } from "node:module";
import { connect } from "node:net";
import type { Packet } from "mqtt";
import type { Scope } from "./cleanup.ts";
import { type RawServer, startRaw } from "./raw-server.ts";

interface Parser {
  on(event: "packet", listener: (packet: Packet) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
  parse(bytes: Buffer): number;
}

const { parser: createParser }: { parser(options: { protocolVersion: number }): Parser } = createRequire(
  require.resolve("mqtt"),
)("mqtt-packet");

/** A broker behind a policy, as hosted ones are: it hangs up at a packet that the policy does not allow. */
export async function startStrictBroker(
  scope: Scope,
  brokerPort: number,
  allows: (packet: Packet) => boolean,
): Promise<RawServer> {
  return startRaw(scope, (socket) => {
    const broker = connect(brokerPort, "127.0.0.1");
    const parser = createParser({ protocolVersion: 4 });
    let allowed = true;
    parser.on("packet", (packet) => {
      allowed &&= allows(packet);
    });
    parser.on("error", () => socket.destroy());
    for (const [from, to] of [
      [socket, broker],
      [broker, socket],
    ] as const) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
    socket.on("data", (bytes: Buffer) => {
      parser.parse(bytes);
      if (allowed) broker.write(bytes);
      else socket.end();
    });
    broker.pipe(socket);
  });
}
