import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { startProxy } from "../support/proxy.ts";
import { type Completion, type FlowNode, loadFlow } from "../support/runtime.ts";
import { observe } from "../support/wire.ts";
import { Condition, forgetSpies, heapInUse, megabytes } from "./counting.ts";
import { shortenPauses } from "./pauses.ts";
import { sized } from "./size.ts";

const limit = 1000;
const sensors = 10;
/** Of the heap, bytes: a tenth of what the refused messages hold. */
const mostGrown = 10_000_000;
const text = "x".repeat(1000);

function flowOf(url: string): FlowNode[] {
  return [
    { id: "tab", type: "tab" },
    { id: "broker", type: "octoprint-broker", url, queueLimit: String(limit) },
    { id: "printer", type: "octoprint-printer", broker: "broker", baseTopic: "queue/" },
    { id: "out", z: "tab", type: "octoprint-mqtt-out", printer: "printer", wires: [] },
    // Node-RED's log would have a line for each msg that is refused.
    { id: "caught", z: "tab", type: "catch", wires: [] },
  ];
}

test("a full queue holds its memory, says how many wait, and refuses each msg", {
  skip: withoutMosquitto(),
}, async (t) => {
  shortenPauses();
  const broker = await startMosquitto(t);
  const proxy = await startProxy(t, broker.port);
  await proxy.refuse();
  const results = new Map<string, number>();
  const changed = new Condition();
  let done = 0;
  const onComplete = ({ node, error }: Completion): void => {
    if (node !== "out") return;
    done++;
    const result = error === undefined ? "published or replaced" : error.message;
    results.set(result, (results.get(result) ?? 0) + 1);
    changed.check();
  };
  const runtime = await loadFlow(t, flowOf(proxy.url), { onComplete });
  const give = async (count: number, msgOf: (at: number) => object): Promise<void> => {
    for (let at = 0; at < count; at++) {
      runtime.inject("out", msgOf(at));
      if (at % 1000 > 0) continue;
      await setImmediate();
      forgetSpies();
    }
    await setImmediate();
  };
  await runtime.status("out", /connection refused/);

  // Retained: only the newest of each topic waits.
  const retained = sized(100_000, 1_000_000);
  const temperature = (at: number): object => ({
    kind: "temperature",
    temp: `t${at % sensors}`,
    payload: { actual: at, text },
  });
  await give(limit, temperature);
  const beforeRetained = heapInUse();
  await give(retained, temperature);
  const grownRetained = heapInUse() - beforeRetained;
  assert.equal(done, limit + retained - sensors);
  await runtime.status("out", new RegExp(`\\(${sensors}\\)$`));

  // Not retained: first in, first out; the newest is refused.
  const refused = sized(100_000, 1_000_000);
  const event = (at: number): object => ({ kind: "event", event: "Tick", payload: { at, text } });
  await give(limit - sensors, event);
  await runtime.status("out", new RegExp(`\\(${limit}\\)$`));
  const beforeRefused = heapInUse();
  await give(refused, event);
  const grownRefused = heapInUse() - beforeRefused;
  assert.equal(done, limit + retained - sensors + refused);
  assert.deepEqual(
    [...results],
    [
      ["published or replaced", limit + retained - sensors],
      [`queue full: ${limit} messages are already waiting for the connection, so this one was refused.`, refused],
    ],
  );

  // And the queue is what it was.
  const wire = await observe(t, broker.url, "queue/#");
  await proxy.listen();
  await changed.when(
    () => done === limit + retained + limit - sensors + refused,
    () => `done: ${done}`,
  );
  await wire.take(limit);
  await wire.fence();
  assert.equal(wire.messages.length, limit);
  const numbers = wire.messages.map(({ text: json }): unknown => JSON.parse(json)).map(numberOf);
  assert.deepEqual(
    numbers.slice(0, sensors),
    Array.from({ length: sensors }, (_, at) => retained - sensors + at),
  );
  assert.deepEqual(
    numbers.slice(sensors),
    Array.from({ length: limit - sensors }, (_, at) => at),
  );
  t.diagnostic(`${retained} retained msgs of ${sensors} topics: heap grown by ${megabytes(grownRetained)}`);
  t.diagnostic(`${refused} msgs refused: heap grown by ${megabytes(grownRefused)}`);
  assert.ok(grownRetained < mostGrown && grownRefused < mostGrown);
});

function numberOf(message: unknown): unknown {
  if (typeof message !== "object" || message === null) return undefined;
  return "at" in message ? message.at : "actual" in message ? message.actual : undefined;
}
