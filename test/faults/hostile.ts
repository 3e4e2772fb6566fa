import type { Random } from "./random.ts";

const words = [
  ...'{}[]",:\\ 0-.eE\n\t\0',
  ...[
    "NaN",
    "Infinity",
    "-Infinity",
    "true",
    "null",
    "1e999",
    "-1e999",
    "1e308",
    "5e-324",
    "-0",
    "-100",
    "23.0",
    "101",
  ],
  ...["9007199254740993", "9".repeat(400), '"\\ud800"', '"\\u0000"', "\ufeff", "\u202e", "\u001b[31m", "💥", "\ud800"],
  ...['"progress":', '"path":', '"location":', '"actual":', '"target":', '"_timestamp":', '"_event":', '"toJSON":'],
  ...['"__proto__":', '"constructor":', '"prototype":', '"hasOwnProperty":', '"then":', '"length":', '"":'],
  ...["connected", "DISCONNECTED", '"connected"', "Connected ", "\r\n[error] forged"],
] as const;

const names = [
  ...["__proto__", "constructor", "toString", "hasOwnProperty", "$SYS", "printing", "slicing", "tool0", "bed", "mqtt"],
  ...[
    "PrintDone",
    "ZChange",
    "PausedForUser",
    "plugin_x",
    "a b",
    "ü",
    "日本",
    "💥",
    "..",
    "%00",
    "{event}",
    "{printer}",
  ],
  ...["", " ", "\u202e", "$(x)", "__x__", "<script>", "class:printjob"],
] as const;
/** What no broker lets through. */
const forbidden = ["+", "#", "a#", "\0", "\u0001", "\ud800", "\udfff\ud800", "\ufffe"] as const;

const frames = [
  "event/",
  "progress/",
  "temperature/",
  "metadata/",
  "mqtt",
  "",
  "hass/",
  "event",
  "progress/printing/",
] as const;

/** A topic below the base topic, as it may come over the wire: at most 190 levels, for mosquitto ends at 200. */
export function hostileTopic(random: Random, base: string): string {
  if (random.once(500)) return base.slice(0, -1);
  const levels = random.once(50) ? random.whole(1, 190) : random.whole(1, 3);
  const level = (): string => (random.once(200) ? random.of(names).repeat(random.whole(1, 500)) : random.of(names));
  const topic = base + random.of(frames) + Array.from({ length: levels }, level).join("/");
  return topic.split("/").length > 190 || Buffer.byteLength(topic) > 60_000 ? `${base}event/cut` : topic;
}

/** A topic that no broker would deliver, too: wildcards, half characters, thousands of levels, any length. */
export function wildTopic(random: Random, base: string): string {
  const topic = hostileTopic(random, random.once(10) ? random.of(names) : base);
  if (random.once(4)) return `${topic}/${random.of(forbidden)}/${random.of(names)}`;
  if (random.once(2000)) return topic + "/x".repeat(random.whole(1, 40_000));
  return random.once(20) ? topic.slice(random.whole(0, topic.length)) : topic;
}

/** Few are big: in so many it is one. */
export function hostilePayload(random: Random, big = 20_000): Buffer {
  const shape = random.whole(0, 9);
  if (random.once(big)) return bigPayload(random);
  if (random.once(1000)) return Buffer.from(nested(random, random.whole(60, 5000)));
  if (shape === 0) return random.bytes(random.whole(0, 60));
  if (shape === 1) return Buffer.alloc(0);
  if (shape <= 4) return Buffer.from(wordsOf(random));
  const json = Buffer.from(JSON.stringify(plausible(random)));
  if (shape <= 6) return json;
  return shape === 7 ? json.subarray(0, random.whole(0, json.length)) : damaged(random, json);
}

function wordsOf(random: Random): string {
  return Array.from({ length: random.whole(1, 12) }, () => random.of(words)).join("");
}

function damaged(random: Random, json: Buffer): Buffer {
  for (let times = random.whole(1, 3); times > 0; times--) {
    if (random.once(2)) json[random.whole(0, json.length - 1)] = random.whole(0, 255);
    else json = Buffer.concat([json, Buffer.from(random.of(words)), json.subarray(random.whole(0, json.length))]);
  }
  return json;
}

/** What the plugin might have sent, but for the types of its fields. */
function plausible(random: Random): unknown {
  const any = (): unknown =>
    random.of<unknown>([
      null,
      true,
      0,
      23,
      99.5,
      -100,
      1e308,
      "",
      "a.gcode",
      [],
      {},
      [[]],
      { a: { b: [1] } },
      "\u001b[2J",
    ]);
  const fields = ["progress", "location", "path", "printer_data", "actual", "target", "temperature", "_timestamp"];
  const more = ["_event", "slicer", "source_path", "__proto__", "constructor", "toJSON", "msg", "_msgid", "ui_update"];
  const message: Record<string, unknown> = Object.create(null);
  for (let count = random.whole(0, 8); count > 0; count--) message[random.of([...fields, ...more])] = any();
  if (random.once(3)) Object.assign(message, { location: "local", path: "a.gcode", progress: random.whole(-1, 101) });
  return random.once(10) ? any() : message;
}

function nested(random: Random, levels: number): string {
  const [open, close] = random.of([
    ["[", "]"],
    ['{"a":', "}"],
    ['{"progress":[', "]}"],
  ] as const);
  return open.repeat(levels) + (random.once(2) ? "1" : "") + (random.once(3) ? "" : close.repeat(levels));
}

const tenMegabytes = 10_000_000;

/** 10 MB: text, a message that is good but for its length, brackets, bytes. */
export function bigPayload(random: Random): Buffer {
  const shape = random.whole(0, 4);
  if (shape === 0) return Buffer.from(`{"path":"${"x".repeat(tenMegabytes)}"}`);
  if (shape === 1) return Buffer.alloc(tenMegabytes, 0xfe);
  if (shape === 2) return Buffer.alloc(tenMegabytes, "[");
  if (shape === 3) return Buffer.from(`{"a":[${"NaN,".repeat(tenMegabytes / 4)}1]}`);
  return Buffer.from(`{"a":"${'\\"'.repeat(tenMegabytes / 2)}"}`);
}

const circular: { self?: unknown } = {};
circular.self = circular;
const throwing = {
  toJSON(): never {
    throw new Error("no JSON of this");
  },
};
const values: readonly unknown[] = [
  ...[undefined, null, true, 0, -0, 23, -1, 101, 1e308, Number.NaN, Number.POSITIVE_INFINITY, 10n, Symbol("x")],
  ...["", "connected", "\ud800", "\0", "x".repeat(1000), () => 1, new Date(0), new Date(Number.NaN), /x/, new Map()],
  ...[Buffer.from("x"), new Uint16Array(3), new ArrayBuffer(2), [], [undefined], Array(3), circular, throwing],
  ...[
    Object.create(null),
    JSON.parse('{"__proto__":{"polluted":true}}'),
    { progress: "23" },
    { progress: 23, path: 5 },
  ],
  ...[{ actual: "x" }, { actual: 20, target: null }, { _timestamp: "x" }],
  JSON.parse(`${"[".repeat(3000)}${"]".repeat(3000)}`),
];

/** What a flow might give to be published. */
export function hostileValue(random: Random): unknown {
  return random.once(2) ? random.of(values) : plausible(random);
}
