import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cleanup, type Scope } from "./cleanup.ts";

/** A temporary folder, removed at the end of the scope. */
export function newFolder(scope: Scope, prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  cleanup(scope, async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Waits until a program that has just been started answers. */
export async function waitForHttp(url: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program for ${url} has ended with ${child.exitCode}`);
    try {
      await fetch(url);
      return;
    } catch {
      await new Promise(setImmediate);
    }
  }
}
