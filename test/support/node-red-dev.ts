import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const dir = resolve(__dirname, "../../.tools/node-red-dev");
/** Exactly this one: the test knows its checks. */
const version = "0.1.6";
const command = join(dir, "node_modules", "node-red-dev", "bin", "run");

/** Installs the flow library's scorecard tool into `.tools/`: its 443 packages are no dependencies of ours. */
export function prepareNodeRedDev(): void {
  if (existsSync(command)) return;
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    join(dir, "package.json"),
    JSON.stringify({ private: true, dependencies: { "node-red-dev": version } }),
  );
  const options = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
  const { status } = spawnSync("npm", options, { cwd: dir, stdio: "inherit", shell: process.platform === "win32" });
  if (status !== 0) throw new Error(`node-red-dev ${version} could not be installed`);
}

/** Its start script, installed now if nobody has prepared it. */
export function nodeRedDevCommand(): string {
  prepareNodeRedDev();
  return command;
}
