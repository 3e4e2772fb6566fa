import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "../../nodes/octoprint/messages/decode.ts";
import { type Encoded, encode } from "../../nodes/octoprint/messages/encode.ts";
import { type Failure, problems } from "../../nodes/octoprint/problem.ts";
import { kinds } from "../../nodes/octoprint/topics/kinds.ts";
import {
  compileScheme,
  type Scheme,
  type SchemeSettings,
  schemeDefaults,
} from "../../nodes/octoprint/topics/scheme.ts";
import { heapInUse, megabytes } from "./counting.ts";
import { hostilePayload, hostileValue, wildTopic } from "./hostile.ts";
import { Random } from "./random.ts";
import { sized } from "./size.ts";

const times = sized(1_000_000, 20_000_000);
/** Of the heap, bytes: what the engine compiles and caches. The payloads hold some hundred times as much. */
const mostGrown = 20_000_000;

const schemes = [
  compiled({ baseTopic: "hostile/" }),
  compiled({ baseTopic: "hostile/{printer}/" }),
  compiled({
    baseTopic: "hostile/",
    eventTopic: "{event}",
    temperatureTopic: "x{temp}y/z",
    lwTopic: "",
    timestampField: "",
  }),
  compiled({ baseTopic: "", eventTopic: "event/{event}/bar", timestampField: "__proto__" }),
];

function compiled(settings: Partial<SchemeSettings>): Scheme {
  const scheme = compileScheme({ ...schemeDefaults, ...settings });
  assert.ok(scheme.ok);
  return scheme.scheme;
}

/** Every outcome by its name: a code without a text would be a bug. */
class Outcomes {
  readonly #counts = new Map<string, number>();

  count(outcome: string): void {
    this.#counts.set(outcome, (this.#counts.get(outcome) ?? 0) + 1);
  }

  failed({ problem }: Failure): void {
    assert.ok(Object.hasOwn(problems, problem.code), JSON.stringify(problem));
    this.count(problem.code);
  }

  get total(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  toString(): string {
    return [...this.#counts].map(([outcome, count]) => `${outcome} ${count}`).join(", ");
  }
}

test(`${times} hostile topics and payloads are read, written again, refused or ignored for a reason`, (t) => {
  const random = new Random();
  t.diagnostic(`seed ${random.seed}`);
  const read = new Outcomes();
  const written = new Outcomes();
  const account = (outcome: Encoded | Failure): void =>
    outcome.ok ? written.count("written") : written.failed(outcome);
  let heap = 0;
  for (let time = 0; time < times; time++) {
    // What is compiled and cached once is by then.
    if (time === times / 10) heap = heapInUse();
    const scheme = random.of(schemes);
    const topic = wildTopic(random, "hostile/");
    const payload = hostilePayload(random, 100_000);
    const channel = scheme.match(topic);
    if (channel === undefined) {
      read.count("not a topic of the printer");
      continue;
    }
    const filled = scheme.fill(channel);
    if (filled.ok) assert.equal(filled.topic, topic);
    const { timestampField } = scheme.settings;
    const decoded = decode(channel, payload, timestampField);
    const outgoing = { ...channel, texts: {}, timestamp: random.once(2) ? 0 : Number.NaN, timestampField };
    if (!decoded.ok) read.failed(decoded);
    else if ("ignored" in decoded) read.count(decoded.ignored);
    else {
      read.count("read");
      account(encode({ ...outgoing, payload: decoded.message }));
    }
    if (random.once(4)) account(encode({ ...outgoing, kind: random.of(kinds), payload: hostileValue(random) }));
  }
  const grown = heapInUse() - heap;
  t.diagnostic(`reading: ${read}`);
  t.diagnostic(`writing: ${written}`);
  t.diagnostic(`heap grown by ${megabytes(grown)}`);
  assert.equal(read.total, times);
  assert.ok(!("polluted" in {}));
  assert.ok(grown < mostGrown);
});
