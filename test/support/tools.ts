import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";

/** What tests fetch or build for themselves; git ignores it. */
export const tools = resolve(__dirname, "../../.tools");

/** A program that tests need, or why it is not to be had. */
export type Tool = { readonly ok: true; readonly command: string } | { readonly ok: false; readonly reason: string };

/** The output of a program that ended well; else the end of what it said. */
export function run(
  command: string,
  options: readonly string[],
  cwd: string = tools,
): { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string } {
  mkdirSync(tools, { recursive: true });
  const { status, stdout, stderr, error } = spawnSync(command, [...options], {
    cwd,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return { ok: true, output: stdout };
  const [reason = "it failed"] = `${error?.message ?? stderr}`.trim().split("\n").slice(-1);
  return { ok: false, reason };
}
