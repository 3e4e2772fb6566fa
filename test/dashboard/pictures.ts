import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { runScript, type Scope } from "../support/cleanup.ts";
import { packageDir } from "../support/node-red.ts";
import type { Publisher } from "../support/wire.ts";
import { type Dashboards, startDashboards } from "./dashboards.ts";
import { Printer } from "./story.ts";

/*
 * Takes pictures of the dashboards, of what is built: a printer that prints, has failed, is idle, whose OctoPrint is
 * off, whose broker is off; and a farm. Each in a light and in a dark theme, wide and on a phone.
 *
 *   node --import tsx test/dashboard/pictures.ts
 */

const folder = join(packageDir, "docs", "images", "dashboards");
const sizes = { wide: { width: 1280, height: 640 }, phone: { width: 390, height: 844 } } as const;
const themes = ["light", "dark"] as const;

async function take(scope: Scope): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const theme of themes) await takeAll(scope, theme);
}

/** The same page, wide and on a phone. */
type Views = Readonly<Record<keyof typeof sizes, Page>>;

async function openViews(dashboards: Dashboards, scope: Scope, example: string): Promise<Views> {
  const [wide, phone] = [await dashboards.open(scope, example), await dashboards.open(scope, example)];
  await wide.setViewportSize(sizes.wide);
  await phone.setViewportSize(sizes.phone);
  return { wide, phone };
}

async function takeAll(scope: Scope, theme: (typeof themes)[number]): Promise<void> {
  const dashboards = await startDashboards(scope, { dark: theme === "dark" });
  const { printer: publisher } = dashboards;
  const views = await openViews(dashboards, scope, "Dashboard pages/One printer");
  const began = Math.floor(Date.now() / 1000) - 1800;
  const printer = new Printer(publisher, "octoPrint/");
  const seen = (tone: string, state: string): Promise<void> => shown(views, `.op-printer.${tone} .op-state`, state);

  await printer.connect(began - 600);
  await printer.temperature("tool0", 22.4, 0, began - 300);
  await printer.temperature("bed", 21.9, 0, began - 300);
  await seen("idle", "Operational");
  await photograph(views, "idle", theme);

  await printer.heat(began, 25, 5);
  await printer.start("Benchy.gcode", began + 240);
  await printer.event("ZChange", began + 300, { old: 4, new: 4.2 });
  await printer.progress("Benchy.gcode", 42, 1740, began + 1500);
  await shown(views, ".op-left", "29 min");
  await photograph(views, "printing", theme);

  await printer.event("Error", began + 1560, { error: "Thermal Runaway, system stopped! Heater_ID: 0" });
  await printer.event("PrintFailed", began + 1560, { path: "Benchy.gcode", name: "Benchy.gcode", reason: "error" });
  await printer.state("ERROR", "Error", began + 1560);
  await shown(views, ".op-printer.error .op-file", "No print job");
  for (const page of Object.values(views)) await closeNotes(page);
  await photograph(views, "failed", theme);

  await printer.status("disconnected");
  await seen("offline", "OctoPrint offline");
  await photograph(views, "octoprint-off", theme);

  await farm(publisher, began);
  const all = await openViews(dashboards, scope, "Dashboard pages/Farm");
  await shown(all, "article header", "OctoPrint offline");
  await shown(all, "article .op-error", "Thermal Runaway, system stopped! Heater_ID: 0");
  await photograph(all, "farm", theme);
  if (theme === "light") await measureRepaint(dashboards, all.wide, began);

  await dashboards.brokerDown();
  await seen("offline", "no connection to the broker");
  await photograph(views, "broker-off", theme);
}

/** One note comes from this page, the other one from the widget. */
async function closeNotes(page: Page): Promise<void> {
  const close = page.getByRole("button", { name: "Close" });
  await close.nth(1).waitFor();
  for (const button of await close.all()) await button.dispatchEvent("click");
}

async function shown(views: Views, selector: string, text: string): Promise<void> {
  for (const page of Object.values(views)) {
    await page
      .locator(selector)
      .getByText(text, { exact: true })
      .or(page.locator(selector, { hasText: text }))
      .first()
      .waitFor();
  }
}

async function farm(publisher: Publisher, began: number): Promise<void> {
  const printing: [name: string, file: string, percent: number, left: number][] = [
    ["ender", "bracket.gcode", 87, 620],
    ["mk3", "Benchy.gcode", 42, 1740],
    ["mk4", "planet.gcode", 12, 8220],
  ];
  const member = (name: string): Printer => new Printer(publisher, `farm/${name}/`);
  for (const [name, file, percent, left] of printing) {
    await member(name).connect(began);
    await member(name).heat(began);
    await member(name).start(file, began + 300);
    await member(name).progress(file, percent, left, began + 900);
  }
  const [idle, paused, broken] = [member("voron"), member("prusa-mini"), member("anycubic")];
  await idle.connect(began);
  await idle.temperature("tool0", 24.5, 0, began);
  await idle.temperature("bed", 23.9, 0, began);
  await paused.connect(began);
  await paused.start("vase.gcode", began + 60);
  await paused.progress("vase.gcode", 30, 4020, began + 500);
  await paused.state("PAUSED", "Paused", began + 600);
  await broken.connect(began);
  await broken.event("Error", began + 5, { error: "Thermal Runaway, system stopped! Heater_ID: 0" });
  await broken.state("ERROR", "Error", began + 6);
  await member("workshop").status("disconnected");
}

/** How long Chromium takes to draw fifty cards anew, printed. */
async function measureRepaint({ printer: publisher }: Dashboards, page: Page, began: number): Promise<void> {
  const printers = Array.from({ length: 43 }, (_, index) => new Printer(publisher, `farm/p${index}/`));
  for (const printer of printers) {
    await printer.connect(began);
    await printer.start("part.gcode", began + 60);
    await printer.progress("part.gcode", 1, 8000, began + 90);
  }
  await page.locator(".op-counts li").getByText("50").waitFor();
  const script = `new Promise((resolve) => {
    let last = performance.now();
    let longest = 0;
    const frame = (now) => {
      longest = Math.max(longest, now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else resolve(longest);
    };
    const end = performance.now() + 6000;
    requestAnimationFrame(frame);
  })`;
  const [longest] = await Promise.all([page.evaluate(script), moveOn(printers, began)]);
  console.log(`fifty cards, all changing each second: the longest frame took ${Math.round(Number(longest))} ms`);
}

async function moveOn(printers: readonly Printer[], began: number): Promise<void> {
  for (let percent = 2; percent < 8; percent++) {
    for (const printer of printers) await printer.progress("part.gcode", percent, 8000 - percent, began + percent * 60);
  }
}

async function photograph(views: Views, what: string, theme: string): Promise<void> {
  for (const [size, page] of Object.entries(views)) {
    await page.screenshot({
      path: join(folder, `${what}-${theme}-${size}.png`),
      fullPage: size === "phone",
      animations: "disabled",
    });
  }
}

runScript(take);
