import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import test from "node:test";
import { promisify } from "node:util";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { packageDir, packageName } from "../support/node-red.ts";
import { nodeRedDevCommand } from "../support/node-red-dev.ts";
import { installPacked } from "../support/packed.ts";
import { portOf } from "../support/ports.ts";

/** Each check of node-red-dev 0.1.6 but P02, which it has switched off, and what the packed package must score. */
const green = {
  P01: { test: true, license: "Apache-2.0" },
  P03: { test: true },
  P04: { test: true },
  P05: { test: true },
  P06: { test: true, versions: ["5.0.7", "4.1.15"] },
  P07: { test: true, version: ">=20" },
  P08: { test: true },
  N01: { test: true },
  N02: { test: true, nodes: ["octoprint-in", "octoprint-mqtt-out", "octoprint-control"] },
  D01: { test: true, total: 4 },
  D02: { test: true },
  D03: { test: true },
};

test("the flow library's scorecard is green", async (t) => {
  const answers = await startAnswers(t);
  const folder = installPacked(t);
  const card = join(folder, "scorecard.json");
  const packed = join(folder, "node_modules", packageName);
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [nodeRedDevCommand(), "validate", "--path", packed, "--output", card],
    {
      cwd: folder,
      env: {
        ...process.env,
        NODE_OPTIONS: `--require ${JSON.stringify(join(__dirname, "offline.cjs"))}`,
        SCORECARD_ANSWERS: answers.url,
        npm_config_registry: answers.url,
        npm_config_cache: join(folder, "cache"),
      },
    },
  );
  const { package: scored, ...results } = JSON.parse(readFileSync(card, "utf8"));
  assert.equal(scored.name, packageName);
  assert.deepEqual(results, green, `${stdout}${stderr}`);
  assert.doesNotMatch(stdout, /Unable to parse/);
  assert.deepEqual(answers.unknown, []);
  for (const asked of ["/catalogue.json", "/node-red", "/ajv", "/mqtt", "/ws", "/yaml"]) {
    assert.ok(answers.asked.has(asked), `${asked} was asked for`);
  }
});

interface Answers {
  readonly url: string;
  readonly asked: ReadonlySet<string>;
  /** What there was no answer for. */
  readonly unknown: readonly string[];
}

/** The node catalogue with one other package, and a registry that knows Node-RED's versions and what is installed here. */
async function startAnswers(scope: Scope): Promise<Answers> {
  const asked = new Set<string>();
  const unknown: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "", "http://localhost").pathname);
    asked.add(path);
    const answer = answerTo(path);
    if (answer === undefined) unknown.push(path);
    response.writeHead(answer === undefined ? 404 : 200, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer ?? {}));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanup(scope, () => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${portOf(server)}/`, asked, unknown };
}

function answerTo(path: string): object | undefined {
  if (path === "/catalogue.json") return { modules: [{ id: "node-red-contrib-other", types: ["other"] }] };
  if (path === "/node-red") {
    const [latest, maintenance] = green.P06.versions;
    const versions = { [latest ?? ""]: { engines: { node: ">=22.9" } } };
    return { "dist-tags": { latest, "v4-maintenance": maintenance, next: "6.0.0-beta.0" }, versions };
  }
  return installed(path.slice(1));
}

function installed(name: string): object | undefined {
  try {
    const manifest = JSON.parse(readFileSync(join(packageDir, "node_modules", name, "package.json"), "utf8"));
    const { version } = manifest;
    return { name, "dist-tags": { latest: version }, versions: { [version]: manifest }, time: {} };
  } catch {
    return undefined;
  }
}
