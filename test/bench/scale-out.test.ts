import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { withoutMosquitto } from "../support/mosquitto.ts";
import { packageDir } from "../support/node-red.ts";
import { measureScaleOut, scaleOutReport } from "./scale-out.ts";

const built = existsSync(join(packageDir, "dist"));
const reason = withoutMosquitto() || (built ? false : "the package is not built: npm run build");
/** As small as it can be: it tells of correctness, not of speed. */
const tiny = { rounds: 1, printers: 3, prints: 2, progress: () => undefined };

test("two Node-REDs in a group: each message of the benchmark comes to one of them", {
  skip: process.env.CI === "true" ? false : reason,
}, async (t) => {
  const result = await measureScaleOut(t, { ...tiny, cores: 0 });
  assert.ok(result.measured);
  assert.equal(result.alone.length, 1);
  const [share = 0] = result.shares;
  assert.ok(share > 0 && share < 1);
  const report = scaleOutReport(result);
  assert.match(report, /two in a group, together/);
  assert.doesNotMatch(report, /NaN|undefined/);
});

test("where too few cores are free, the benchmark says that it was not measured", async (t) => {
  const result = await measureScaleOut(t, { ...tiny, cores: Number.POSITIVE_INFINITY });
  assert.equal(result.measured, false);
  assert.match(scaleOutReport(result), /was not measured: it needs/);
});
