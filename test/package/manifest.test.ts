import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { packageDir } from "../support/node-red.ts";
import { readManifest } from "../support/packed.ts";

const manifest = readManifest();
const sets = Object.entries(manifest["node-red"].nodes);

test("the package is what Node-RED's library asks for", () => {
  assert.match(manifest.name, /^@[a-z0-9-]+\/[a-z0-9-]+$/, "a scoped name");
  assert.ok(manifest.keywords.includes("node-red"), "the keyword by which it is listed");
  assert.equal(manifest.license, "Apache-2.0");
  assert.match(manifest.repository.url, /^git\+https:\/\/github\.com\//);
  assert.equal(manifest.engines.node, ">=20");
  assert.equal(manifest["node-red"].version, ">=4.1.0");
});

test("MQTT.js, ws, ajv and yaml are all that it depends on", () => {
  assert.deepEqual(Object.keys(manifest.dependencies).sort(), ["ajv", "mqtt", "ws", "yaml"]);
});

test("every set of nodes is there, with its page for the editor", () => {
  assert.deepEqual(
    sets.map(([name]) => name),
    [
      "octoprint-broker",
      "octoprint-server",
      "octoprint-printer",
      "octoprint-in",
      "octoprint-mqtt-out",
      "octoprint-control",
    ],
  );
  for (const [name, file] of sets) {
    assert.equal(file, `dist/${name}/${name}.js`);
    assert.ok(existsSync(join(packageDir, file)), file);
    assert.ok(existsSync(join(packageDir, file.replace(/\.js$/, ".html"))), `the html of ${name}`);
  }
});

test("the lock file names no host", () => {
  assert.doesNotMatch(readFileSync(join(packageDir, "package-lock.json"), "utf8"), /"resolved": "https?:/);
});

test("every node of the palette is shown in an example", () => {
  const folder = join(packageDir, "examples");
  const examples = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".json"));
  const shown = new Set(examples.flatMap((name) => typesIn(join(folder, name))));
  for (const [name] of sets) assert.ok(shown.has(name), `no example shows ${name}`);
});

function typesIn(file: string): string[] {
  const nodes: { type: string }[] = JSON.parse(readFileSync(file, "utf8"));
  return nodes.map(({ type }) => type);
}
