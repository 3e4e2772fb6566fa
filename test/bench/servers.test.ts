import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { packageDir } from "../support/node-red.ts";
import { measureServers, serversReport } from "./servers.ts";

const built = existsSync(join(packageDir, "dist"));
const skip = process.env.CI === "true" || built ? false : "the package is not built: npm run build";

test("the benchmark of OctoPrints themselves: every event comes, and the servers come back", { skip }, async (t) => {
  // As small as it can be: it tells of correctness, not of speed.
  const result = await measureServers(t, { servers: [2], time: 1200, progress: () => undefined });
  assert.ok(result.measured, JSON.stringify(result));
  assert.equal(result.storm.servers, 2);
  assert.doesNotMatch(serversReport(result), /NaN|undefined/);
});
