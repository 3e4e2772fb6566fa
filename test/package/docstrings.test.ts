import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { packageDir } from "../support/node-red.ts";

const folder = join(packageDir, "nodes");
const exported = /^export (?:abstract )?(?:async )?(?:function|class|interface|type|const) (\w+)/;

test("each exported function and type has a comment that says what it is", () => {
  const sources = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  assert.ok(sources.length > 100);
  assert.deepEqual(sources.flatMap(withoutComment), []);
});

function withoutComment(source: string): string[] {
  const lines = readFileSync(join(folder, source), "utf8").split("\n");
  return lines.flatMap((line, at) => {
    const [, name] = exported.exec(line) ?? [];
    return name === undefined || lines[at - 1]?.endsWith("*/") ? [] : [`${source}: ${name}`];
  });
}
