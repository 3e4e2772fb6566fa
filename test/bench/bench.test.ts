import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withoutMosquitto } from "../support/mosquitto.ts";
import { packageDir } from "../support/node-red.ts";
import { burstOf, samplesInAPrint, subtopics } from "./load.ts";
import { measure } from "./measure.ts";
import type { Options } from "./options.ts";
import { reportOf } from "./report.ts";
import { quartilesOf, ratiosOf } from "./statistics.ts";
import { isDerived } from "./variants.ts";

/** As small as it can be: one print through each variant, so that it tells of correctness, not of speed. */
const tiny: Options = {
  rounds: 1,
  printers: [3],
  variants: ["floor", "least", "ours", "farm", "job", "printer", "table"],
  publishing: true,
  burst: 1,
  warmUp: 1,
  longest: 1_000,
  settle: 0,
  rate: 2000,
  latencyRounds: 1,
  progress: () => undefined,
};

const built = existsSync(join(packageDir, "dist"));
const reason = withoutMosquitto() || (built ? false : "the package is not built: npm run build");

test("the benchmark accounts for every message", { skip: process.env.CI === "true" ? false : reason }, async (t) => {
  const results = await measure(t, tiny);
  assert.equal(results.received.length, tiny.variants.length);
  for (const { variant, costs, latencies } of results.received) {
    assert.equal(costs.length, 1);
    assert.equal(latencies.length, isDerived(variant) ? 0 : samplesInAPrint);
  }
  assert.deepEqual(
    results.published.map(({ variant, qos }) => `${variant} ${qos}`),
    ["least 0", "least 1", "ours 0", "ours 1"],
  );
  const report = reportOf(results, "npm run bench", new Date(0));
  assert.match(report, /messages were published and all of them arrived/);
  assert.doesNotMatch(report, /NaN|undefined/);
});

test("a burst holds whole prints, spread over all printers", () => {
  const { count, packets, timestamps } = burstOf("bench-000", 10, 2);
  assert.equal(count, 2 * samplesInAPrint);
  assert.equal(packets.length, count);
  assert.equal(timestamps, (count * (2 * 1_795_000_000 + count - 1)) / 2);
  const printers = new Set(packets.map((packet) => /p\d{4}/.exec(packet.toString("latin1"))?.[0]));
  assert.equal(printers.size, 10);
  for (const kind of ["event", "progress", "temperature"]) {
    assert.ok(subtopics.some((subtopic) => subtopic.startsWith(`${kind}/`)));
  }
});

test("quartiles lie between the values next to them, ratios are those of a round", () => {
  assert.deepEqual(quartilesOf([4, 1, 2, 3]), { lower: 1.75, median: 2.5, upper: 3.25 });
  assert.deepEqual(ratiosOf([2, 30], [1, 10]), { lower: 2.25, median: 2.5, upper: 2.75 });
});
