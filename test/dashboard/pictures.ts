import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runScript, type Scope } from "../support/cleanup.ts";
import { packageDir } from "../support/node-red.ts";
import { startDashboards } from "./dashboards.ts";
import { Printer } from "./story.ts";

/*
 * Takes the README's pictures of the dashboards, of what is built:
 *
 *   node --import tsx test/dashboard/pictures.ts
 */

const folder = join(packageDir, "docs", "images");

async function take(scope: Scope): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const { printer: publisher, open } = await startDashboards(scope);
  const began = Math.floor(Date.now() / 1000) - 1800;
  const printer = new Printer(publisher, "octoPrint/");
  await printer.connect(began);
  await printer.heat(began, 25, 5);
  await printer.start("Benchy.gcode", began + 240);
  await printer.progress("Benchy.gcode", 42, 1740, began + 1500);
  const one = await open(scope, "Dashboard pages/One printer");
  await one.getByText("29 min").waitFor();
  await one.locator(".nrdb-table").getByText("print started").waitFor();
  await one.screenshot({ path: join(folder, "dashboard-printer.png"), clip: { x: 0, y: 0, width: 1280, height: 680 } });

  const farm: [name: string, file: string, percent: number, left: number][] = [
    ["ender", "bracket.gcode", 87, 620],
    ["mk3", "Benchy.gcode", 42, 1740],
    ["mk4", "planet.gcode", 12, 8220],
  ];
  for (const [name, file, percent, left] of farm) {
    const member = new Printer(publisher, `farm/${name}/`);
    await member.connect(began);
    await member.heat(began);
    await member.start(file, began + 300);
    await member.progress(file, percent, left, began + 900);
  }
  const idle = new Printer(publisher, "farm/voron/");
  await idle.connect(began);
  await idle.temperature("tool0", 24.5, 0, began);
  await idle.temperature("bed", 23.9, 0, began);
  await new Printer(publisher, "farm/workshop/").status("disconnected");
  const all = await open(scope, "Dashboard pages/Farm");
  await all.getByText("OctoPrint offline").waitFor();
  await all.screenshot({ path: join(folder, "dashboard-farm.png"), clip: { x: 0, y: 0, width: 1280, height: 480 } });
}

runScript(take);
