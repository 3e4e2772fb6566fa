import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

/** How to start a program, or why it is not to be had. */
export type Tool = { readonly ok: true; readonly command: string } | { readonly ok: false; readonly reason: string };

const tools = resolve(__dirname, "../../.tools");
/** Versions of Python to look for, the preferred first. */
const pythons = ["python3", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9"];
const suits = "import ensurepip, sys, venv; sys.exit(not (3, 9) <= sys.version_info[:2] <= (3, 13))";

const found = new Map<string, Tool>();

/**
 * A program of a virtual environment of its own in `.tools/`, installed once from PyPI. In CI it must be there: a build
 * that never ran it must not pass.
 *
 * @example findPythonTool("amqtt-0.11", "amqtt==0.11.3", "amqtt") // { ok: true, command: ".tools/amqtt-0.11/bin/amqtt" }
 */
export function findPythonTool(name: string, requirement: string, program: string): Tool {
  const known = found.get(name) ?? install(name, requirement, program);
  found.set(name, known);
  if (!known.ok && process.env.CI === "true") throw new Error(known.reason);
  return known;
}

function install(name: string, requirement: string, program: string): Tool {
  const folder = join(tools, name);
  const command = join(folder, "bin", program);
  const complete = join(folder, "complete");
  if (existsSync(complete)) return { ok: true, command };
  const python = pythons.find((candidate) => run(candidate, ["-c", suits]).ok);
  if (python === undefined) {
    return { ok: false, reason: "there is no Python 3.9 to 3.13 with venv (on Debian: python3-venv)" };
  }
  mkdirSync(tools, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  const steps: readonly [string, readonly string[]][] = [
    [python, ["-m", "venv", folder]],
    [join(folder, "bin/pip"), ["install", "--quiet", "--disable-pip-version-check", requirement]],
  ];
  for (const [step, parameters] of steps) {
    const { ok, error } = run(step, parameters);
    if (!ok) return { ok: false, reason: `${requirement} could not be installed: ${error}` };
  }
  writeFileSync(complete, "");
  return { ok: true, command };
}

function run(command: string, parameters: readonly string[]): { readonly ok: boolean; readonly error: string } {
  const { status, stderr, error } = spawnSync(command, parameters, { encoding: "utf8" });
  return { ok: status === 0, error: error?.message ?? (stderr ?? "").trim().slice(-500) };
}
