import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** The newest release of each line: what most people run, and what they will. */
export const octoPrintVersions = ["1.11.8", "2.0.0rc7"] as const;
export type OctoPrintVersion = (typeof octoPrintVersions)[number];

/** How to start OctoPrint, or why it is not to be had. */
export type OctoPrintCommand =
  | { readonly ok: true; readonly command: string }
  | { readonly ok: false; readonly reason: string };

const tools = resolve(__dirname, "../../.tools");
/** Versions of Python that these OctoPrints run on, the preferred first. */
const pythons = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9"];

const found = new Map<OctoPrintVersion, OctoPrintCommand>();

/** OctoPrint from PyPI, installed once into a virtual environment in `.tools/`. */
export function findOctoPrint(version: OctoPrintVersion): OctoPrintCommand {
  const known = found.get(version) ?? install(version);
  found.set(version, known);
  return known;
}

function install(version: OctoPrintVersion): OctoPrintCommand {
  const folder = join(tools, `octoprint-${version}`);
  const command = join(folder, "bin/octoprint");
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { ok: true, command };
  const python = pythons.find((name) => run(name, ["-c", suits]).ok);
  if (python === undefined) return missing("there is no Python 3.9 to 3.13 with venv (on Debian: python3-venv)");
  mkdirSync(tools, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  for (const [program, ...parameters] of [
    [python, "-m", "venv", folder],
    [join(folder, "bin/pip"), "install", "--quiet", "--disable-pip-version-check", `OctoPrint==${version}`],
  ] satisfies [string, ...string[]][]) {
    const { ok, error } = run(program, parameters);
    if (!ok) return missing(`OctoPrint ${version} could not be installed: ${error}`);
  }
  writeFileSync(complete, "");
  return { ok: true, command };
}

const suits = "import ensurepip, sys, venv; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 13))";

function missing(reason: string): OctoPrintCommand {
  // A build that never ran them must not pass.
  if (process.env.CI === "true") throw new Error(reason);
  return { ok: false, reason };
}

function run(command: string, parameters: readonly string[]): { readonly ok: boolean; readonly error: string } {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: "utf8" });
  return { ok: status === 0, error: error?.message ?? (stderr ?? "").trim().slice(-500) };
}
