import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** With what Node-RED 5 is tested. */
export interface NodeRed5 {
  /** Holds `node_modules/node-red`. */
  readonly dir: string;
  /** A Node that Node-RED 5 accepts. */
  readonly node: string;
}

const dir = resolve(__dirname, "../../.nr5");
const nodePackage = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

/**
 * Installs Node-RED 5, and for it the npm package that carries Node 24 where the running Node is too old, into `.nr5/`:
 * in the project itself that package would be the `node` of every npm script.
 */
export function prepareNodeRed5(): NodeRed5 {
  mkdirSync(dir, { recursive: true });
  const dependencies = {
    "node-red": "^5.0.0",
    "node-red-node-test-helper": "^0.3.6",
    ...(isNewEnough(process.versions.node) ? {} : { [nodePackage]: "^24.0.0" }),
  };
  const missing = Object.keys(dependencies).some(
    (name) => !existsSync(join(dir, "node_modules", name, "package.json")),
  );
  if (missing) {
    writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true, dependencies }, null, 2));
    // Node-RED 5 says that the running Node is too old for it; it is not the one that will run it.
    const options = ["install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"];
    const { status } = spawnSync("npm", options, { cwd: dir, stdio: "inherit", shell: process.platform === "win32" });
    if (status !== 0) throw new Error("Node-RED 5 could not be installed");
  }
  return { dir, node: isNewEnough(process.versions.node) ? process.execPath : packagedNode() };
}

function packagedNode(): string {
  const manifest = createRequire(join(dir, "package.json")).resolve(`${nodePackage}/package.json`);
  return join(manifest, "..", "bin", process.platform === "win32" ? "node.exe" : "node");
}

/** Node-RED 5 needs 22.9. */
function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > 22 || (major === 22 && minor >= 9);
}
