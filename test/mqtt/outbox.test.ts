import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Publication } from "../../nodes/mqtt/message.ts";
import { Outbox } from "../../nodes/mqtt/outbox.ts";
import type { Problem } from "../../nodes/mqtt/problem.ts";

const removed: Problem = { code: "node-removed" };

/** An outbox on a wire that does what the test says: nothing is written or acknowledged by itself. */
class Bench {
  /** What was handed to the wire, by payload. */
  readonly sent: string[] = [];
  /** Each call of `done`: the payload, and why not. */
  readonly done: [string, string][] = [];
  readonly takenBack: string[] = [];
  readonly outbox: Outbox;
  /** True: a QoS 0 message is written at once, as long as the socket takes it. */
  flowing = true;
  /** True: a PINGREQ is answered at once. */
  answering = true;
  /** QoS 2 messages that the broker counts: each from its first sending to its end. */
  readonly counted = new Set<string>();
  #pings: (() => void)[] = [];
  readonly #open = new Map<string, (problem?: Problem) => void>();

  constructor(limit = 1000) {
    this.outbox = new Outbox(limit, {
      send: ({ payload, qos }, sent) => {
        const name = String(payload);
        const packetId = this.sent.push(name);
        if (qos === 2) this.counted.add(name);
        if (qos === 0 && this.flowing) sent();
        else this.#open.set(name, sent);
        return qos === 0 ? undefined : packetId;
      },
      takeBack: (packetId) => void this.takenBack.push(this.sent[packetId - 1] ?? ""),
      abandon: () => undefined,
      abandoned: () => 0,
      isInterrupted: ({ payload }) => this.counted.has(String(payload)),
      ping: (answered) => {
        if (this.answering) answered();
        else this.#pings.push(answered);
      },
    });
  }

  push(name: string, options: Partial<Publication> = {}): void {
    const done = (problem?: Problem): void => void this.done.push([name, problem?.code ?? "ok"]);
    this.outbox.push({ topic: "t", payload: name, qos: 0, retain: false, queue: true, done, ...options });
  }

  /** The socket takes a QoS 0 message, or the broker acknowledges another. */
  ack(name: string, problem?: Problem): void {
    this.counted.delete(name);
    this.#open.get(name)?.(problem);
  }

  hangUp(): void {
    this.#pings = [];
    this.outbox.disconnected();
    this.outbox.connected();
  }

  /** The broker answers the oldest PINGREQ. */
  answer(): void {
    this.#pings.shift()?.();
  }

  get open(): readonly string[] {
    return [...this.#open.keys()];
  }
}

test("without a connection messages wait, and are published in their order", () => {
  const bench = new Bench();
  for (const name of ["1", "2", "3"]) bench.push(name);
  assert.deepEqual(bench.sent, []);
  assert.equal(bench.outbox.size, 3);
  bench.outbox.connected();
  assert.deepEqual(bench.sent, ["1", "2", "3"]);
  assert.deepEqual(bench.done, [
    ["1", "ok"],
    ["2", "ok"],
    ["3", "ok"],
  ]);
  assert.equal(bench.outbox.size, 0);
});

test("a message that may not wait is refused while there is no connection", () => {
  const bench = new Bench();
  bench.push("pause", { queue: false });
  assert.deepEqual(bench.done, [["pause", "disconnected"]]);
  bench.outbox.connected();
  bench.push("go", { queue: false });
  assert.deepEqual(bench.sent, ["go"]);
});

test("a newer retained message takes the place of the waiting one of its topic, at the end", () => {
  const bench = new Bench();
  bench.push("23 %", { topic: "progress", retain: true });
  bench.push("PrintDone", { topic: "event" });
  bench.push("24 %", { topic: "progress", retain: true });
  bench.push("live", { topic: "progress" });
  assert.deepEqual(bench.done, [["23 %", "ok"]]);
  bench.outbox.connected();
  assert.deepEqual(bench.sent, ["PrintDone", "24 %", "live"]);
});

test("a full queue refuses the newest, but a retained one may replace", () => {
  const bench = new Bench(2);
  bench.push("1", { topic: "a", retain: true });
  bench.push("2");
  bench.push("3");
  bench.push("4", { topic: "b", retain: true });
  assert.deepEqual(bench.done, [
    ["3", "queue-full"],
    ["4", "queue-full"],
  ]);
  bench.push("5", { topic: "a", retain: true });
  bench.outbox.connected();
  assert.deepEqual(bench.sent, ["2", "5"]);
});

test("no more is unacknowledged than the broker takes, and QoS 0 does not overtake", () => {
  const bench = new Bench();
  bench.outbox.connected({ receiveMaximum: 2 });
  for (const name of ["1", "2", "3"]) bench.push(name, { qos: 1 });
  bench.push("4");
  assert.deepEqual(bench.sent, ["1", "2"]);
  bench.ack("2");
  assert.deepEqual(bench.sent, ["1", "2", "3", "4"]);
  assert.deepEqual(bench.done, [
    ["2", "ok"],
    ["4", "ok"],
  ]);
});

test("what comes first at a connection counts among what the broker takes", () => {
  const bench = new Bench();
  bench.push("1", { qos: 1 });
  const done = (): void => undefined;
  const first = { topic: "s", payload: "connected", qos: 1, retain: true, queue: false, done } as const;
  bench.outbox.connected({ receiveMaximum: 1, first });
  assert.deepEqual(bench.sent, ["connected"]);
  bench.ack("connected");
  assert.deepEqual(bench.sent, ["connected", "1"]);
});

test("while the socket takes nothing, one QoS 0 message is in it and the others wait", () => {
  const bench = new Bench();
  bench.flowing = false;
  bench.outbox.connected();
  for (const name of ["1", "2", "3"]) bench.push(name);
  assert.deepEqual(bench.sent, ["1"]);
  assert.equal(bench.outbox.size, 2);
  assert.deepEqual(bench.done, []);
  bench.flowing = true;
  bench.ack("1");
  assert.deepEqual(bench.sent, ["1", "2", "3"]);
});

test("trap: the callback of a QoS 0 message that was not written never comes; it is published again", () => {
  const bench = new Bench();
  bench.flowing = false;
  bench.outbox.connected();
  bench.push("1");
  bench.push("2", { queue: false });
  bench.push("3");
  bench.outbox.disconnected();
  assert.deepEqual(bench.done, [["2", "connection-lost"]]);
  bench.flowing = true;
  bench.outbox.connected();
  assert.deepEqual(bench.sent, ["1", "1", "3"]);
  bench.ack("1");
  assert.deepEqual(bench.done.slice(1), [
    ["1", "ok"],
    ["3", "ok"],
  ]);
});

test("what is not acknowledged when the connection goes is published again, unless it may not wait", () => {
  const bench = new Bench();
  bench.outbox.connected();
  bench.push("1", { qos: 1 });
  bench.push("2", { qos: 2, queue: false });
  bench.push("3", { qos: 2 });
  bench.outbox.disconnected();
  bench.push("4", { qos: 1 });
  assert.deepEqual(bench.takenBack, ["1", "2", "3"]);
  assert.deepEqual(bench.done, [["2", "connection-lost"]]);
  bench.outbox.connected();
  assert.deepEqual(bench.sent.slice(3), ["1", "3", "4"]);
  bench.ack("2");
  bench.ack("1");
  assert.deepEqual(bench.done.slice(1), [["1", "ok"]]);
});

test("a message at which the broker hangs up: the others go first, then it is tried alone, then it is refused", () => {
  const bench = new Bench();
  bench.push("bad", { topic: "bad", qos: 1 });
  bench.push("good", { topic: "good", qos: 1 });
  for (let loss = 0; loss < 2; loss++) {
    bench.outbox.connected();
    bench.outbox.disconnected();
  }
  // Both are suspect, each is tried alone; what is behind one of them on its topic waits, others go first.
  bench.push("behind", { topic: "bad", qos: 0 });
  bench.push("other", { topic: "other", qos: 1 });
  bench.sent.length = 0;
  bench.outbox.connected();
  assert.deepEqual(bench.sent, ["other"]);
  bench.ack("other");
  assert.deepEqual(bench.sent, ["other", "bad"]);
  for (let trial = 1; trial < 4; trial++) {
    bench.outbox.disconnected();
    bench.outbox.connected();
  }
  bench.outbox.disconnected();
  assert.deepEqual(bench.done, [["other", "ok"]]);
  bench.outbox.connected();
  assert.deepEqual(bench.done[1], ["bad", "publish-closes-connection"]);
  bench.ack("good");
  assert.deepEqual(bench.done.slice(2), [
    ["behind", "ok"],
    ["good", "ok"],
  ]);
});

test("after the trials of two topics, too, the broker has no more than 19 QoS 2 messages to count", () => {
  const bench = new Bench();
  bench.outbox.connected();
  const names = Array.from({ length: 60 }, (_, at) => `${at % 2 === 0 ? "even" : "odd"} ${at}`);
  for (const name of names) bench.push(name, { topic: name.slice(0, 4), qos: 2 });
  bench.hangUp();
  bench.hangUp();
  const tried = bench.sent.slice(-1);
  assert.deepEqual(tried, names.slice(0, 1));
  for (const name of names) {
    bench.ack(name);
    assert.ok(bench.counted.size <= 19, `${bench.counted.size} after ${name}`);
  }
  assert.deepEqual(
    bench.done,
    names.map((name) => [name, "ok"]),
  );
});

test("a loss after which the broker could not be reached at once is no message's fault", () => {
  const bench = new Bench();
  bench.push("1", { qos: 1 });
  for (let loss = 0; loss < 20; loss++) {
    bench.outbox.connected({ atOnce: false });
    bench.outbox.disconnected();
  }
  bench.outbox.connected({ atOnce: false });
  bench.ack("1");
  assert.deepEqual(bench.done, [["1", "ok"]]);
});

test("one trial decides for all that wait with the same topic, QoS and retain flag; none is replaced", () => {
  const bench = new Bench();
  const retained = { topic: "state", qos: 1, retain: true } as const;
  bench.outbox.connected();
  bench.push("1", retained);
  for (let loss = 0; loss < 6; loss++) {
    bench.outbox.disconnected();
    bench.push(`${loss + 2}`, retained);
    bench.outbox.connected();
  }
  const refused = ["1", "2", "3", "4", "5", "6", "7"].map((name) => [name, "publish-closes-connection"]);
  assert.deepEqual(bench.done, refused);
  // Nor is the next one tried, for a while; a smaller one could be what the broker takes.
  bench.push("8", retained);
  assert.deepEqual(bench.done.at(-1), ["8", "publish-closes-connection"]);
  bench.push("", retained);
  bench.ack("");
  assert.deepEqual(bench.done.at(-1), ["", "ok"]);
});

test("at QoS 0, too: what is published again and again costs the connection some times, not for ever", () => {
  const bench = new Bench();
  const retained = { topic: "state", retain: true } as const;
  bench.outbox.connected();
  bench.push("0", retained);
  // Only from the first loss on is it known what was written.
  bench.hangUp();
  for (const name of ["1", "2"]) {
    bench.push(name, retained);
    bench.hangUp();
  }
  bench.answering = false;
  bench.push("3", retained);
  assert.equal(bench.sent.length, 3, "the trial begins with a PINGREQ");
  bench.answer();
  assert.equal(bench.sent.at(-1), "3");
  for (let trial = 1; trial < 4; trial++) {
    bench.hangUp();
    bench.answer();
  }
  bench.hangUp();
  assert.deepEqual(bench.done, [
    ["0", "ok"],
    ["1", "ok"],
    ["2", "ok"],
    ["3", "publish-closes-connection"],
  ]);
});

test("a suspect at QoS 0 that the broker takes is done when the broker has answered what comes after it", () => {
  const bench = new Bench();
  bench.outbox.connected();
  for (let loss = 0; loss < 3; loss++) {
    bench.push(`${loss}`);
    bench.outbox.disconnected();
    bench.outbox.connected();
  }
  bench.answering = false;
  bench.push("good");
  bench.push("behind");
  bench.answer();
  assert.deepEqual([bench.sent.at(-1), bench.done.length], ["good", 3]);
  bench.answer();
  assert.deepEqual(bench.done.slice(3), [
    ["good", "ok"],
    ["behind", "ok"],
  ]);
});

test("a broker's refusal is the message's problem", () => {
  const bench = new Bench();
  bench.outbox.connected();
  bench.push("1", { qos: 1 });
  bench.ack("1", { code: "publish-refused" });
  assert.deepEqual(bench.done, [["1", "publish-refused"]]);
});

test("the wire holds 1,000 unacknowledged messages, of what has waited 100, of QoS 2 19", () => {
  const rows = [
    { qos: 1, waited: false, most: 1000 },
    { qos: 1, waited: true, most: 100 },
    { qos: 2, waited: false, most: 19 },
  ] as const;
  for (const { qos, waited, most } of rows) {
    const bench = new Bench(10_000);
    if (!waited) bench.outbox.connected();
    for (let at = 0; at < most + 5; at++) bench.push(`${at}`, { qos });
    if (waited) bench.outbox.connected();
    assert.deepEqual([bench.sent.length, bench.outbox.size], [most, 5]);
    for (let at = 0; at < most; at++) bench.ack(`${at}`);
    assert.deepEqual([bench.sent.length, bench.outbox.size], [most + 5, 0]);
  }
});

test("a broker that says how many messages it takes is believed, for QoS 2 too", () => {
  const bench = new Bench();
  bench.outbox.connected({ receiveMaximum: 50 });
  for (let at = 0; at < 60; at++) bench.push(`${at}`, { qos: 2 });
  assert.equal(bench.sent.length, 49);
  bench.push("of QoS 1", { topic: "other", qos: 1 });
  assert.equal(bench.outbox.size, 12, "in its turn");
});

test("what is left in the end is refused, or the caller's where it may wait", () => {
  const closed: Problem = { code: "connection-closed" };
  const bench = new Bench();
  bench.outbox.connected({ receiveMaximum: 1 });
  bench.push("1", { qos: 1 });
  bench.push("2", { qos: 1, queue: false });
  bench.push("3");
  const { kept, lost } = bench.outbox.end(closed, true);
  assert.deepEqual([kept.map(({ payload }) => payload), lost], [["1", "3"], 1]);
  assert.deepEqual(bench.done, [["2", "connection-closed"]]);
});

test("an owner's messages are withdrawn, the others go on", () => {
  const bench = new Bench();
  bench.outbox.connected({ receiveMaximum: 1 });
  bench.push("1", { qos: 1, owner: "a" });
  bench.push("2", { qos: 1, owner: "b" });
  bench.push("3", { qos: 1, owner: "a" });
  bench.outbox.withdraw(removed, "a");
  assert.deepEqual(bench.takenBack, ["1"]);
  assert.deepEqual(bench.done, [
    ["1", "node-removed"],
    ["3", "node-removed"],
  ]);
  assert.deepEqual(bench.sent, ["1", "2"]);
  bench.ack("1");
  bench.ack("2");
  assert.deepEqual(bench.done.slice(2), [["2", "ok"]]);
});

test("empty means: nothing waits and nothing is on its way", () => {
  const bench = new Bench();
  let empty = 0;
  bench.outbox.whenEmpty(() => empty++);
  assert.equal(empty, 1);
  bench.push("1", { qos: 1 });
  bench.outbox.connected();
  assert.equal(empty, 1);
  bench.ack("1");
  assert.equal(empty, 2);
});

test("100,000 waiting messages do not overflow the stack", () => {
  const bench = new Bench(100_000);
  for (let count = 0; count < 100_000; count++) bench.push(`${count}`);
  bench.outbox.connected();
  assert.equal(bench.done.length, 100_000);
  assert.equal(bench.sent.at(-1), "99999");
});

test("a done() that publishes the next message keeps the order", () => {
  const bench = new Bench();
  bench.push("1", { done: () => bench.push("3") });
  bench.push("2");
  bench.outbox.connected();
  assert.deepEqual(bench.sent, ["1", "2", "3"]);
});

type Step =
  | { readonly kind: "push"; readonly options: Partial<Publication> }
  | { readonly kind: "connected"; readonly window: number }
  | { readonly kind: "disconnected" | "withdraw" | "ack" | "stall" | "flow"; readonly which: number };

const push = fc.record({
  topic: fc.constantFrom("a", "b"),
  qos: fc.constantFrom<0 | 1 | 2>(0, 0, 1, 2),
  retain: fc.boolean(),
  queue: fc.boolean(),
  owner: fc.constantFrom("x", "y"),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: push.map((options) => ({ kind: "push", options }) as const) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: 3 }).map((window) => ({ kind: "connected", window }) as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom<"disconnected" | "withdraw" | "ack" | "stall" | "flow">(
        "disconnected",
        "withdraw",
        "ack",
        "ack",
        "stall",
        "flow",
      ),
      which: fc.nat(20),
    }),
  },
);

test("law: whatever happens, done is called exactly once for each message, and order holds", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 5 }), (steps, limit) => {
      const bench = new Bench(limit);
      const queued: string[] = [];
      let count = 0;
      let connected = false;
      // What was on its way comes back to the queue when the connection is lost.
      let onTheirWay = 1;
      for (const each of steps) {
        if (each.kind === "push") {
          const name = `${++count}`;
          if (each.options.queue && each.options.qos === 0) queued.push(name);
          bench.push(name, each.options);
        } else if (each.kind === "connected") {
          // A connection is announced once.
          if (!connected) bench.outbox.connected({ receiveMaximum: each.window });
          onTheirWay = Math.max(onTheirWay, 1 + (each.window ?? 100));
          connected = true;
        } else if (each.kind === "disconnected") {
          if (connected) bench.outbox.disconnected();
          connected = false;
        } else if (each.kind === "withdraw") {
          bench.outbox.withdraw(removed, each.which % 2 === 0 ? "x" : "y");
        } else if (each.kind === "ack") {
          // Nothing is written or acknowledged without a connection; late and double calls do no harm.
          const name = bench.open[each.which];
          if (connected && name !== undefined) bench.ack(name);
        } else {
          bench.flowing = each.kind === "flow";
        }
        assert.ok(bench.outbox.size <= limit + onTheirWay, "the queue is bounded");
        const names = bench.done.map(([name]) => name);
        assert.equal(new Set(names).size, names.length, "done is called once");
      }
      const pending = bench.outbox.pending;
      assert.equal(bench.done.length + pending, count, "no message is forgotten");
      assert.equal(bench.outbox.end({ code: "connection-closed" }, false).lost, pending);
      assert.equal(bench.outbox.pending, 0);
      assert.equal(new Set(bench.done.map(([name]) => name)).size, count);
      const written = bench.done.filter(([name, result]) => result === "ok" && queued.includes(name));
      const first = [...new Set(bench.sent)].filter((name) => written.some(([other]) => other === name));
      assert.deepEqual(
        first,
        [...first].sort((one, other) => Number(one) - Number(other)),
        "first in, first out",
      );
    }),
    { numRuns: 1000 },
  );
});
