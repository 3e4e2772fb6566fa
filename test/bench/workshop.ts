import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { packageDir, packageName } from "../support/node-red.ts";
import { installPackage } from "../support/process.ts";

/** Where the consumers live: a Node-RED user directory with our package as it is built, and the bench's own nodes. */
export interface Workshop {
  readonly userDir: string;
  /** The consumer's script, compiled. */
  readonly consumer: string;
  writeFlow(file: string, flow: readonly object[]): void;
}

export function openWorkshop(scope: Scope): Workshop {
  const userDir = mkdtempSync(join(tmpdir(), "bench-"));
  cleanup(scope, () => rmSync(userDir, { recursive: true, force: true }));
  installPackage(userDir);
  const nodes = join(userDir, "node_modules", "bench-nodes");
  compile(nodes);
  // Node-RED loads what the user directory depends on.
  const dependencies = { [packageName]: "*", "bench-nodes": "*" };
  writeFileSync(join(userDir, "package.json"), JSON.stringify({ name: "bench", private: true, dependencies }));
  return {
    userDir,
    consumer: join(nodes, "consumer.js"),
    writeFlow: (file, flow) => writeFileSync(join(userDir, file), JSON.stringify(flow)),
  };
}

/** With the compiler that compiles our nodes: a loader's helper functions would be measured too. */
function compile(target: string): void {
  const project = join(__dirname, "consumer", "tsconfig.json");
  execFileSync(process.execPath, [
    join(packageDir, "node_modules/typescript/bin/tsc"),
    "-p",
    project,
    "--outDir",
    target,
  ]);
  const nodes = { "bench-nodes": "bench-nodes.js" };
  writeFileSync(
    join(target, "package.json"),
    JSON.stringify({ name: "bench-nodes", version: "0.0.0", "node-red": { nodes } }),
  );
}
