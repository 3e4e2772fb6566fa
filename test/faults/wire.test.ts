import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { decode } from "../../nodes/octoprint/messages/decode.ts";
import { compileScheme, schemeDefaults } from "../../nodes/octoprint/topics/scheme.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { type FlowNode, loadFlow } from "../support/runtime.ts";
import { publisher } from "../support/wire.ts";
import { Condition, countNode, forgetSpies, heapInUse, megabytes } from "./counting.ts";
import { bigPayload, hostilePayload, hostileTopic } from "./hostile.ts";
import { Random } from "./random.ts";
import { sized } from "./size.ts";

const times = sized(100_000, 1_000_000);
const big = sized(5, 50);
/** Of the heap, bytes; the payloads hold some times as much. */
const mostGrown = 30_000_000;
/** Characters in a line of the log: more would be the sender's text, not ours. */
const longestLine = 1000;

const settings = { ...schemeDefaults, baseTopic: "hostile/" };

/**
 * mqtt-packet keeps the encoding of each length that was ever written, and the 8 KB that it was cut from. Those of the
 * publisher, which lives in this process too, would look like a leak; written one after the other they share them.
 */
function fillCacheOfLengths(): void {
  const { writeToStream }: { writeToStream(packet: object, stream: object): boolean } = createRequire(
    require.resolve("mqtt"),
  )("mqtt-packet");
  const nowhere = { write: () => true, cork: () => undefined, uncork: () => undefined };
  const longest = Buffer.alloc(130_000);
  for (let length = 0; length < longest.length; length++) {
    writeToStream({ cmd: "publish", topic: "x", payload: longest.subarray(0, length), qos: 0 }, nowhere);
  }
}

/** What must become of each message: the domain's own answer. */
class Expected {
  readonly #scheme = compileScheme(settings);
  readonly ignored = new Map<string, number>();
  readonly problems = new Map<string, number>();
  sent = 0;
  reported = 0;

  add(topic: string, payload: Buffer): void {
    assert.ok(this.#scheme.ok);
    const channel = this.#scheme.scheme.match(topic);
    if (channel === undefined) return this.#count(this.ignored, "not a topic of the printer");
    const decoded = decode(channel, payload, settings.timestampField);
    if (!decoded.ok) {
      this.reported++;
      this.#count(this.problems, `${channel.kind} ${decoded.problem.code}`);
    } else if ("ignored" in decoded) this.#count(this.ignored, decoded.ignored);
    else this.sent++;
  }

  #count(counts: Map<string, number>, reason: string): void {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
}

/** `in-a`, whose errors a Catch node gets, and `in-b`, whose errors the log does. */
function flowOf(url: string, round: number): FlowNode[] {
  const input = (name: string): FlowNode[] => [
    { id: `tab-${name}`, type: "tab" },
    {
      id: `in-${name}`,
      z: `tab-${name}`,
      type: "octoprint-in",
      printer: "printer",
      kind: "all",
      name: `round ${round}`,
      wires: [[`sent-${name}`]],
    },
    { id: `sent-${name}`, z: `tab-${name}`, type: "count", wires: [] },
  ];
  return [
    { id: "broker", type: "octoprint-broker", url },
    { id: "printer", type: "octoprint-printer", broker: "broker", baseTopic: settings.baseTopic },
    ...input("a"),
    ...input("b"),
    { id: "catcher", z: "tab-a", type: "catch", wires: [["caught"]] },
    { id: "caught", z: "tab-a", type: "count", wires: [] },
  ];
}

test(`${times} hostile messages are sent, reported or ignored for a reason`, {
  skip: withoutMosquitto(),
}, async (t) => {
  fillCacheOfLengths();
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const conf = ["max_queued_messages 0", "max_inflight_messages 0", "log_type none", "log_type information"];
  const broker = await startMosquitto(t, { conf });
  const client = await publisher(t, broker.url);
  const counts: Record<string, number> = { "sent-a": 0, "sent-b": 0 };
  const reported = { singly: 0, counted: 0, sums: 0 };
  const changed = new Condition();
  const ended = new Set<string>();
  const receive = countNode((id, { event, count }) => {
    if (id === "caught") {
      reported[count === undefined ? "singly" : "sums"]++;
      if (typeof count === "number") reported.counted += count;
    } else if (event === "The End") ended.add(id);
    else counts[id] = (counts[id] ?? 0) + 1;
    changed.check();
  });
  const runtime = await loadFlow(t, flowOf(broker.url, 0), { nodes: [receive], onComplete: () => undefined });
  for (const name of ["a", "b"]) await runtime.status(`in-${name}`, /connected/);

  const expected = new Expected();
  const batch = 500;
  let heap = 0;
  const bigEvery = Math.floor(times / big);
  for (let from = 0; from < times; from += batch) {
    const sending: Promise<void>[] = [];
    for (let at = from; at < from + batch; at++) {
      const topic = hostileTopic(random, settings.baseTopic);
      const payload =
        at % bigEvery === bigEvery - 1 ? bigPayload(random) : hostilePayload(random, Number.POSITIVE_INFINITY);
      expected.add(topic, payload);
      sending.push(client.publish(topic, payload));
    }
    await Promise.all(sending);
    forgetSpies();
    if (from === times / 10) heap = heapInUse();
  }
  await client.publish("hostile/event/The End", {});
  await changed.when(
    () => ended.size === 2,
    () => "the end",
  );

  // A deploy ends the minute: what was counted is told.
  await runtime.deploy(flowOf(broker.url, 1), "nodes");
  const told = (): number => reported.singly + reported.counted;
  await changed.when(
    () => told() === expected.reported,
    () => `reports: ${told()} of ${expected.reported}`,
  );

  const grown = heapInUse() - heap;
  const lines = runtime.log.items.map(({ msg }) => (msg instanceof Error ? msg.message : String(msg)));
  const longest = Math.max(...lines.map((line) => line.length));
  t.diagnostic(
    `${expected.sent} sent; ${expected.reported} reported: ${reported.singly} singly, ${reported.sums} sums`,
  );
  t.diagnostic(`reported: ${[...expected.problems].map((entry) => entry.join(" ")).join(", ")}`);
  t.diagnostic(`ignored: ${[...expected.ignored].map((entry) => entry.join(" ")).join(", ")}`);
  t.diagnostic(`${lines.length} lines in the log, ${longest} characters at most; heap grown by ${megabytes(grown)}`);
  assert.deepEqual(counts, { "sent-a": expected.sent, "sent-b": expected.sent });
  assert.ok(!("polluted" in {}));
  assert.ok(grown < mostGrown);
  // Ten of a sort in a minute and their sum.
  const minutes = Math.ceil(performance.now() / 60_000) + 1;
  assert.ok(lines.length <= expected.problems.size * 11 * minutes, `${lines.length} lines`);
  assert.deepEqual(lines.filter((line) => /\p{Cc}/u.test(line) || line.length > longestLine).slice(0, 5), []);
});
