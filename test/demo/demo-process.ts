import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { Mailbox } from "../support/mailbox.ts";
import { packageDir } from "../support/node-red.ts";

export interface Demo {
  readonly lines: Mailbox<string>;
  /** The folder that the demo keeps its files in. */
  readonly temporary: string;
  /** Comes with the exit code. */
  readonly ended: Promise<number | null>;
  readonly child: ChildProcess;
}

/** Starts the demo as `npm start` does; the package is built already. */
export function startDemo(scope: Scope, ...options: string[]): Demo {
  const temporary = mkdtempSync(join(tmpdir(), "demo-"));
  cleanup(scope, () => rmSync(temporary, { recursive: true, force: true }));
  const { NODE_V8_COVERAGE, ...env } = process.env;
  const child = spawn(process.execPath, ["--import", "tsx", join(packageDir, "test/demo/demo.ts"), ...options], {
    cwd: packageDir,
    env: { ...env, TMPDIR: temporary },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines = new Mailbox<string>("a line of the demo");
  for (const stream of [child.stdout, child.stderr]) createInterface(stream).on("line", (line) => lines.push(line));
  const ended = once(child, "exit").then(() => child.exitCode);
  cleanup(scope, async () => {
    child.kill("SIGTERM");
    await ended;
  });
  return { lines, temporary, ended, child };
}

export async function printed({ lines }: Demo, pattern: RegExp): Promise<string> {
  const [, found = ""] = pattern.exec(await lines.next((line) => pattern.test(line))) ?? [];
  return found;
}

export const editorAddress = /editor is at {2}(\S+)\//;
export const brokerAddress = /broker is at {2}(mqtt:\S+)/;
