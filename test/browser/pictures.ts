import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { startAedes } from "../support/broker.ts";
import { runScript, type Scope } from "../support/cleanup.ts";
import { packageDir } from "../support/node-red.ts";
import { publisher } from "../support/wire.ts";
import { openEditor } from "./editor.ts";
import { brokerNode, inNode, outNode, printerNode, tab } from "./flows.ts";

/*
 * Takes the README's pictures of the editor, of what is built:
 *
 *   node --import tsx test/browser/pictures.ts
 */

const folder = join(packageDir, "docs", "images");
const debug = { type: "debug", z: "tab", active: true, tosidebar: true, console: false, tostatus: false, x: 640 };

function flows(url: string): readonly object[] {
  return [
    tab,
    brokerNode({ id: "broker", name: "Workshop broker", url }),
    printerNode({ id: "printer", name: "Prusa", baseTopic: "octoPrint/" }),
    printerNode({ id: "copy", name: "Copy", baseTopic: "copy/prusa/" }),
    inNode({ id: "job", x: 220, y: 80, kind: "job", output: "text", wires: [["notify"]] }),
    inNode({ id: "progress", x: 220, y: 150, kind: "progress", select: ["printing"], output: "value" }),
    inNode({ id: "temperature", x: 220, y: 220, kind: "temperature", select: ["tool0", "bed"] }),
    inNode({ id: "state", x: 220, y: 290, kind: "printer", output: "text" }),
    inNode({ id: "events", x: 220, y: 360, select: ["PrintDone", "PrintFailed"] }),
    inNode({ id: "all", x: 220, y: 430, kind: "all", wires: [["out"]] }),
    outNode({ id: "out", x: 600, y: 430, printer: "copy" }),
    { ...debug, id: "notify", name: "tell me", complete: "payload", targetType: "msg", y: 80, wires: [] },
  ];
}

async function take(scope: Scope): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const broker = await startAedes(scope);
  const octoprint = await publisher(scope, broker.url);
  await octoprint.publish("octoPrint/mqtt", "connected", { retain: true });
  const editor = await openEditor(scope, { flows: flows(broker.url) });
  const { page } = editor;
  await page.setViewportSize({ width: 1280, height: 640 });
  await editor.status("message → Copy").getByText("connected").waitFor();
  await editor.sidebar("debug");

  const now = Math.floor(Date.now() / 1000);
  const event = (name: string, fields: object, seconds: number): Promise<void> =>
    octoprint.publish(`octoPrint/event/${name}`, { _event: name, _timestamp: now + seconds, ...fields });
  const file = { path: "Benchy.gcode", name: "Benchy.gcode", origin: "local" };
  await event("PrinterStateChanged", { state_id: "PRINTING", state_string: "Printing" }, -5400);
  await event("PrintStarted", file, -5400);
  await event("PrintDone", { ...file, time: 5220 }, -60);
  await event("PrintStarted", file, -20);
  await octoprint.publish("octoPrint/temperature/bed", { actual: 60.1, target: 60, _timestamp: now });
  await octoprint.publish("octoPrint/temperature/tool0", { actual: 215.3, target: 215, _timestamp: now });
  await octoprint.publish(
    "octoPrint/progress/printing",
    { location: "local", path: "Benchy.gcode", progress: 42, _timestamp: now },
    { retain: true },
  );
  await editor.debugMessages.getByText("Benchy.gcode: done").first().waitFor();
  await editor.status("progress printing · Prusa").getByText("42 %").waitFor();
  await editor.status("temperature tool0, bed · Prusa").getByText("tool0 215 °C").waitFor();
  await editor.status("state · Prusa").getByText("Printing 42 %").waitFor();
  await editor.status("everything · Prusa").getByText("42 %").waitFor();
  await editor.status("message → Copy").getByText("42 %").waitFor();
  await save(page, "flow");
  await page.setViewportSize({ width: 1280, height: 880 });

  const events = await editor.edit("PrintDone, PrintFailed · Prusa");
  await save(page, "octoprint-in");
  await events.cancel();

  const receive = await editor.edit("everything · Prusa");
  const printer = await receive.editConfig("printer");
  await printer.tray.getByText("Find printers").click();
  await printer.says("Choose one to fill in its topics.");
  await save(page, "octoprint-printer");
}

async function save(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}

runScript(take);
