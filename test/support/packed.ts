import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { cleanup, type Scope } from "./cleanup.ts";
import { packageDir, packageName } from "./node-red.ts";

/** The parts of package.json that the tests look at. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly engines: { readonly node: string };
  readonly repository: { readonly url: string };
  readonly types: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly "node-red": { readonly version: string; readonly nodes: Readonly<Record<string, string>> };
}

export function readManifest(): Manifest {
  return JSON.parse(readFileSync(join(packageDir, "package.json"), "utf8"));
}

/** The files that `npm publish` would send, as they are built now. */
export function packedFiles(): string[] {
  const [tarball] = npmPack("--dry-run");
  return (tarball?.files ?? []).map(({ path }) => path).sort();
}

/** A folder with the packed package and its dependencies in its `node_modules`, as at a user's; removed with the test. */
export function installPacked(scope: Scope): string {
  const folder = mkdtempSync(join(tmpdir(), "consumer-"));
  cleanup(scope, () => rmSync(folder, { recursive: true, force: true }));
  const [tarball] = npmPack("--pack-destination", folder);
  if (tarball === undefined) throw new Error("npm made no tarball");
  const target = join(folder, "node_modules", packageName);
  mkdirSync(target, { recursive: true });
  execFileSync("tar", ["-xzf", join(folder, tarball.filename), "-C", target, "--strip-components=1"]);
  for (const name of [...Object.keys(readManifest().dependencies), "@types/node", "undici-types"]) {
    const link = join(folder, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(packageDir, "node_modules", name), link, "junction");
  }
  return folder;
}

interface Tarball {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

function npmPack(...options: string[]): Tarball[] {
  // Without scripts: it packs what the build before the tests made.
  const output = execFileSync("npm", ["pack", "--json", "--ignore-scripts", ...options], {
    cwd: packageDir,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return JSON.parse(output);
}
