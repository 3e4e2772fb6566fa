import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { timing } from "../../nodes/mqtt/timing.ts";
import { cleanup } from "../support/cleanup.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { portOf } from "../support/ports.ts";
import { type FlowNode, loadFlow } from "../support/runtime.ts";
import { publisher } from "../support/wire.ts";
import { Condition, countNode, forgetSpies, heapInUse, megabytes } from "./counting.ts";
import { hostilePayload, wildTopic } from "./hostile.ts";
import { Random } from "./random.ts";
import { sized } from "./size.ts";

const times = sized(1000, 20_000);
/** Of the heap, bytes: what the engine compiles and caches. */
const mostGrown = 20_000_000;
const protocols = ["MQTTv311", "MQTTv5"] as const;

/** A header's first byte, a length, and a body that need not have it. */
function packet(random: Random, header: number, body: Buffer): Buffer {
  const length = random.once(10) ? random.whole(0, 2 * body.length) : body.length;
  return Buffer.concat([
    Buffer.from([header, (length & 127) | 128, ((length >> 7) & 127) | 128, (length >> 14) & 127]),
    body,
  ]);
}

/** What a broker that is none, or a bad one, may send once it has said CONNACK. */
function garbage(random: Random): Buffer {
  if (random.once(4)) return random.bytes(random.whole(1, 300));
  if (random.once(3)) return packet(random, random.whole(0, 255), random.bytes(random.whole(0, 40)));
  const topic = random.once(4) ? random.bytes(random.whole(0, 60)) : Buffer.from(wildTopic(random, "garbage/"));
  const length = Buffer.from([(topic.length >> 8) & 255, topic.length & 255]);
  const header = 0x30 | random.whole(0, 15);
  return packet(random, header, Buffer.concat([length, topic, random.bytes(2), hostilePayload(random)]));
}

/** CONNACK of 3.1.1 and of 5. */
const connacks = [Buffer.from([0x20, 2, 0, 0]), Buffer.from([0x20, 3, 0, 0, 0])];

test(`${times} times the broker talks garbage: the connection is made anew, nothing else`, {
  skip: withoutMosquitto(),
}, async (t) => {
  Object.assign(timing, { connect: 1000, retry: 2, longestRetry: 10 });
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const mosquitto = await startMosquitto(t);
  const sockets = new Set<Socket>();
  const changed = new Condition();
  let accepted = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    accepted++;
    forgetSpies();
    if (accepted > times) {
      const upstream = connect(mosquitto.port, "127.0.0.1").on("error", () => socket.destroy());
      socket.pipe(upstream).pipe(socket);
    } else
      socket.once("data", () => socket.end(Buffer.concat([random.of(connacks), garbage(random), garbage(random)])));
    changed.check();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup(t, () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  const client = await publisher(t, mosquitto.url);
  await client.publish("garbage/metadata/hello", "hello", { retain: true });
  const greeted = new Set<string>();
  const count = countNode((id, { key }) => {
    if (key === "hello" && accepted > times) greeted.add(id);
    changed.check();
  });
  const url = `mqtt://127.0.0.1:${portOf(server)}`;
  const flow = [{ id: "tab", type: "tab" }, ...protocols.flatMap((protocol) => flowOf(url, protocol))];
  const runtime = await loadFlow(t, flow, { nodes: [count], onComplete: () => undefined });

  let heap = 0;
  for (let step = 1; step <= 10; step++) {
    await changed.when(
      () => accepted >= (step * times) / 10,
      () => `a connection; ${accepted} were made`,
    );
    if (step === 1) heap = heapInUse();
  }
  await changed.when(
    () => greeted.size === protocols.length,
    () => "what the good broker has stored",
  );
  const grown = heapInUse() - heap;
  const lines = runtime.log.items.map(({ msg }) => (msg instanceof Error ? msg.message : String(msg)));
  t.diagnostic(`${accepted} connections; ${lines.length} lines in the log; heap grown by ${megabytes(grown)}`);
  assert.ok(grown < mostGrown);
  assert.deepEqual(
    lines.filter((line) => /\p{Cc}/u.test(line)),
    [],
  );
  // One for each connection that was lost. The pauses between them, which are short here, grow to half a minute.
  assert.ok(lines.length < 2 * accepted, `${lines.length} lines`);
});

function flowOf(url: string, protocol: string): FlowNode[] {
  return [
    { id: `broker-${protocol}`, type: "octoprint-broker", url, protocol },
    { id: `printer-${protocol}`, type: "octoprint-printer", broker: `broker-${protocol}`, baseTopic: "garbage/" },
    {
      id: `in-${protocol}`,
      z: "tab",
      type: "octoprint-in",
      printer: `printer-${protocol}`,
      kind: "all",
      wires: [[`out-${protocol}`]],
    },
    { id: `out-${protocol}`, z: "tab", type: "count", wires: [] },
  ];
}
