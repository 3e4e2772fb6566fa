import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { cleanup, type Scope } from "./cleanup.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const applications = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = [...folders.flatMap((folder) => names.map((name) => join(folder, name))), ...applications];
  return candidates.find((path) => existsSync(path));
}

/**
 * The `skip` of a test that needs a browser: false where there is one, else the reason. With CI=true always false, so
 * that the test runs, and fails with the reason.
 */
export function withoutChromium(): string | false {
  if (process.env.CI === "true" || findChromium() !== undefined) return false;
  return "no Chromium on the PATH";
}

/** Starts a browser without a window; it is closed at the end of the scope. */
export async function startChromium(scope: Scope): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error("no Chromium on the PATH");
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
  });
  cleanup(scope, () => browser.close());
  return browser;
}
