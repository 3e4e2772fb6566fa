import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Changes } from "../../../nodes/octoprint/messages/changes.ts";
import type { Kind } from "../../../nodes/octoprint/topics/kinds.ts";
import type { Channel } from "../../../nodes/octoprint/topics/scheme.ts";

const channel = (kind: Kind, name: string, printer?: string): Channel => ({ kind, name, printer });
const tool0 = channel("temperature", "tool0");
const printing = channel("progress", "printing");
const paused = channel("event", "PausedForUser");
const now = 1_790_000_000_000;

/** Those of a topic's messages that say something new. */
function news<T>(of: Channel, messages: readonly T[]): T[] {
  const changes = new Changes();
  return messages.filter((message) => changes.isNew(of, message, now));
}

describe("what says the same again is left out", () => {
  const actual = (value: number | null) => ({ actual: value, target: 210 });
  const job = (progress: number | null, path = "a.gco") => ({ location: "local", path, progress });
  const sliced = (progress: number, source_path: string) => ({ slicer: "cura", source_path, progress });

  const rows: readonly [title: string, of: Channel, messages: readonly unknown[], kept: readonly number[]][] = [
    ["20.4 after 20.3 is 0.1 degrees, though not in binary", tool0, [actual(20.3), actual(20.4)], [0, 1]],
    ["20.39 after 20.3 is not", tool0, [actual(20.3), actual(20.39)], [0]],
    ["downwards too", tool0, [actual(20.4), actual(20.35), actual(20.3)], [0, 2]],
    [
      "a slow drift is measured against the last that was sent",
      tool0,
      [actual(20), actual(20.04), actual(20.08), actual(20.12), actual(20.16), actual(20.2), actual(20.24)],
      [0, 3, 6],
    ],
    ["22.15 again and again", tool0, [actual(22.15), actual(22.15), actual(22.15)], [0]],
    ["a target alone", tool0, [actual(20), { actual: 20, target: 0 }], [0, 1]],
    ["null and a number differ", tool0, [actual(null), actual(null), actual(0), actual(null)], [0, 2, 3]],
    [
      "chamber null/null again",
      tool0,
      [
        { actual: null, target: null },
        { actual: null, target: null },
      ],
      [0],
    ],
    ["a cleared topic, once", tool0, [actual(20), null, null, actual(20)], [0, 1, 3]],
    ["a new time says nothing new", tool0, [actual(20), { ...actual(20), _timestamp: 7 }], [0]],
    [
      "soc",
      channel("temperature", "soc"),
      [{ temperature: 48 }, { temperature: 48.05 }, { temperature: 48.1 }],
      [0, 2],
    ],
    ["a percentage", printing, [job(41), job(42), job(42), job(42)], [0, 1]],
    ["100 % that comes three times", printing, [job(100), job(100), job(100)], [0]],
    ["the same percentage of another file", printing, [job(0), job(0, ""), job(0, "")], [0, 1]],
    ["a percentage with newer printer_data", printing, [job(42), { ...job(42), printer_data: {} }], [0]],
    ["a percentage with decimals", printing, [job(41), job(41.05)], [0, 1]],
    ["cleared where nothing was known", printing, [job(null), null, null], [0, 1]],
    ["a sensor that is cleared after it said nothing", tool0, [{ actual: null, target: null }, null], [0, 1]],
    ["an unknown size", printing, [job(0), job(null), job(null), job(0)], [0, 1, 3]],
    [
      "slicing of another file",
      channel("progress", "slicing"),
      [sliced(1, "a.stl"), sliced(1, "b.stl"), sliced(1, "b.stl")],
      [0, 1],
    ],
    [
      "disconnected twice, as a clean stop sends it",
      channel("connection", ""),
      ["connected", "disconnected", "disconnected", "connected"],
      [0, 1, 3],
    ],
  ];
  for (const [title, of, messages, kept] of rows) {
    it(title, () =>
      assert.deepEqual(
        news(of, messages),
        kept.map((at) => messages[at]),
      ),
    );
  }
});

describe("what happens again is news", () => {
  const zChange = { new: 0.4, old: 0.2 };
  for (const of of [
    channel("event", "ZChange"),
    channel("event", "pausedforuser"),
    channel("metadata", "material"),
    channel("metadata", "PausedForUser"),
    channel("other", "hassControl/stop"),
    channel("other", "PausedForUser"),
  ]) {
    it(`${of.kind} ${of.name}`, () => assert.equal(news(of, [zChange, zChange, zChange]).length, 3));
  }
});

describe("PausedForUser, which Marlin repeats every 2 s", () => {
  const newsAt = (seconds: readonly number[]) => {
    const changes = new Changes();
    return seconds.filter((second) => changes.isNew(paused, { _event: "PausedForUser" }, now + second * 1000));
  };

  it("is news once, however long it goes on", () => {
    const everyTwo = Array.from({ length: 60 }, (_, index) => 2 * index);
    assert.deepEqual(newsAt(everyTwo), [0]);
  });
  it("is news again after 10 s of silence", () => assert.deepEqual(newsAt([0, 2, 4, 14, 16, 26.5]), [0, 14, 26.5]));
  it("is not after 9.999 s", () => assert.deepEqual(newsAt([0, 9.999]), [0]));
  it("survives a clock that is put back", () => assert.deepEqual(newsAt([0, -3600, -3598, -3580]), [0, -3580]));
  it("of another printer is news of its own", () => {
    const changes = new Changes();
    assert.ok(changes.isNew(channel("event", "PausedForUser", "mk3"), {}, now));
    assert.ok(changes.isNew(channel("event", "PausedForUser", "mk4"), {}, now));
    assert.ok(!changes.isNew(channel("event", "PausedForUser", "mk3"), {}, now));
  });
});

describe("the memory", () => {
  const at20 = { actual: 20, target: 0 };

  it("is one for each topic: printer, kind and name", () => {
    const changes = new Changes();
    for (const of of [tool0, channel("temperature", "bed"), channel("temperature", "tool0", "mk3")]) {
      assert.ok(changes.isNew(of, at20, now));
      assert.ok(!changes.isNew(of, at20, now));
    }
  });

  it("forgets what did not get out", () => {
    const changes = new Changes();
    assert.ok(changes.isNew(tool0, at20, now));
    changes.forget(tool0);
    assert.ok(changes.isNew(tool0, at20, now));
  });

  it("is bounded: of 10,001 topics the one that changed longest ago is forgotten", () => {
    const changes = new Changes();
    const sensor = (index: number) => channel("temperature", `sensor${index}`);
    for (let index = 0; index < 10_000; index++) changes.isNew(sensor(index), at20, now);
    assert.ok(!changes.isNew(sensor(0), at20, now));
    assert.ok(changes.isNew(sensor(0), { actual: 30, target: 0 }, now));
    assert.ok(changes.isNew(sensor(10_000), at20, now));
    assert.ok(!changes.isNew(sensor(2), at20, now));
    assert.ok(!changes.isNew(sensor(10_000), at20, now));
    assert.ok(changes.isNew(sensor(1), at20, now));
  });

  it("does not grow with events", () => {
    const changes = new Changes();
    assert.ok(changes.isNew(tool0, at20, now));
    for (let index = 0; index < 20_000; index++) changes.isNew(channel("event", `plugin_${index}`), {}, now);
    assert.ok(!changes.isNew(tool0, at20, now));
  });
});
