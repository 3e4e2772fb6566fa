import assert from "node:assert/strict";
import { test } from "node:test";
import { measureTracking, trackingReport } from "./tracking.ts";

test("the benchmark of jobs and states measures all of it", () => {
  const report = trackingReport(measureTracking({ rounds: 1, printers: 3, seconds: 1 }));
  assert.match(report, /taken into a printer's model \| \d+\.\d\d µs/);
  assert.match(report, /a table of 3 printers a second, 5 messages a second each \| \d+\.\d % of a core/);
});
