import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { withoutChromium } from "../support/chromium.ts";
import type { Scope } from "../support/cleanup.ts";
import { startMosquitto, withoutMosquitto } from "../support/mosquitto.ts";
import { publisher } from "../support/wire.ts";
import { Dialog, type Editor, isNodeRed5, openEditor } from "./editor.ts";

/*
 * The README's first flow: from an empty canvas to a value in the sidebar, by mouse and keyboard, as it says there. A
 * click, a double click and a drag are one action of the mouse each.
 */

const most = { mouse: 12, withShortcuts: 8 };

/** What today's plugin leaves on the broker: OctoPrint is there, and prints. */
async function printerOn(t: Scope, url: string): Promise<void> {
  const octoprint = await publisher(t, url);
  await octoprint.publish("octoPrint/mqtt", "connected", { retain: true, qos: 1 });
  const progress = { location: "local", path: "benchy.gcode", progress: 42, _timestamp: Math.floor(Date.now() / 1000) };
  await octoprint.publish("octoPrint/progress/printing", progress, { retain: true, qos: 1 });
}

/** A mouse that counts. */
class Hand {
  readonly #editor: Editor;
  actions = 0;

  constructor(editor: Editor) {
    this.#editor = editor;
  }

  async click(target: Locator): Promise<void> {
    this.actions++;
    await target.click();
  }

  async doubleClick(target: Locator): Promise<void> {
    this.actions++;
    await target.dblclick();
  }

  async drag(type: string, x: number, y: number): Promise<void> {
    this.actions++;
    await this.#editor.drag(type, x, y);
  }

  async wire(from: string, to: string): Promise<void> {
    this.actions++;
    await this.#editor.wire(from, to);
  }

  async clickCanvas(x: number, y: number, keys: "Control"): Promise<void> {
    this.actions++;
    const canvas = await this.#editor.page.locator("#red-ui-workspace-chart").boundingBox();
    assert.ok(canvas);
    await this.#editor.page.keyboard.down(keys);
    await this.#editor.page.mouse.click(canvas.x + x, canvas.y + y);
    await this.#editor.page.keyboard.up(keys);
  }
}

async function start(t: Scope): Promise<{ editor: Editor; hand: Hand; port: number }> {
  const broker = await startMosquitto(t);
  await printerOn(t, broker.url);
  const editor = await openEditor(t, { flows: [{ id: "tab", type: "tab", label: "Flow 1" }] });
  return { editor, hand: new Hand(editor), port: broker.port };
}

const addButton = (dialog: Dialog, field: string): Locator => dialog.tray.locator(`[id$='-btn-${field}-add']`);

async function isChosen(field: Locator, label: string): Promise<void> {
  await field.locator("option:checked", { hasText: label }).waitFor({ state: "attached" });
}

async function valueInSidebar(editor: Editor): Promise<void> {
  const message = editor.debugMessages.filter({ hasText: "octoPrint" }).first();
  await message.waitFor();
  assert.deepEqual(editor.problems, []);
}

suite("the README's first flow", { skip: withoutChromium() || withoutMosquitto() }, () => {
  test(`takes at most ${most.mouse} actions of the mouse`, async (t) => {
    const { editor, hand, port } = await start(t);
    const { page } = editor;
    await hand.drag("octoprint-in", 200, 100);
    await hand.drag("debug", 500, 100);
    await hand.wire("octoprint in", "debug 1");
    await hand.doubleClick(editor.node("octoprint in").locator("rect.red-ui-flow-node"));
    const receive = await new Dialog(page, "Edit ", "node-input").opened();
    await hand.click(addButton(receive, "printer"));
    const printer = await new Dialog(page, "octoprint-printer", "node-config-input").opened();
    await hand.click(addButton(printer, "broker"));
    const broker = await new Dialog(page, "octoprint-broker", "node-config-input").opened();
    await typeServer(broker, port);
    await hand.click(broker.tray.locator("#node-config-dialog-ok"));
    await printer.says("Found and filled in: octoPrint/");
    await hand.click(printer.tray.locator("#node-config-dialog-ok"));
    await printer.tray.waitFor({ state: "detached" });
    await receive.field("kind").and(page.locator(":focus")).waitFor();
    await page.keyboard.type("the printer's state");
    await isChosen(receive.field("kind"), "the printer's state");
    await page.keyboard.press("Tab");
    await page.keyboard.type("a sentence");
    await isChosen(receive.field("output"), "a sentence");
    await hand.click(receive.tray.locator("#node-dialog-ok"));
    await hand.click(page.locator("#red-ui-header-button-deploy"));
    // Node-RED 5 shows the debug messages from the start.
    if (!isNodeRed5) await hand.click(page.locator("a[href='#debug']:visible"));
    await valueInSidebar(editor);
    assert.ok(hand.actions <= most.mouse, `${hand.actions} actions`);
  });

  test(`takes at most ${most.withShortcuts} with the shortcuts that it names`, async (t) => {
    const { editor, hand, port } = await start(t);
    const { page } = editor;
    await hand.clickCanvas(200, 100, "Control");
    await quickAdd(page, "octoprint in");
    // It is selected: Enter opens its dialog.
    await editor.node("octoprint in").waitFor();
    await page.keyboard.press("Enter");
    const receive = await new Dialog(page, "Edit ", "node-input").opened();
    await hand.click(addButton(receive, "printer"));
    const printer = await new Dialog(page, "octoprint-printer", "node-config-input").opened();
    await hand.click(addButton(printer, "broker"));
    const broker = await new Dialog(page, "octoprint-broker", "node-config-input").opened();
    await typeServer(broker, port);
    await page.keyboard.press("Control+Enter");
    await printer.says("Found and filled in: octoPrint/");
    await page.keyboard.press("Control+Enter");
    await printer.tray.waitFor({ state: "detached" });
    await receive.field("kind").and(page.locator(":focus")).waitFor();
    await page.keyboard.type("the printer's state");
    await isChosen(receive.field("kind"), "the printer's state");
    await page.keyboard.press("Tab");
    await page.keyboard.type("a sentence");
    await isChosen(receive.field("output"), "a sentence");
    await page.keyboard.press("Control+Enter");
    await receive.tray.waitFor({ state: "detached" });
    await hand.drag("debug", 500, 100);
    await hand.wire("state · octoPrint", "debug 1");
    await page.keyboard.press("Control+d");
    await editor.sidebar("debug");
    await valueInSidebar(editor);
    assert.ok(hand.actions <= most.withShortcuts, `${hand.actions} actions`);
  });
});

/** Node-RED's search for a node to add, which Ctrl and a click on the canvas open. */
async function quickAdd(page: Page, name: string): Promise<void> {
  const search = page.locator(".red-ui-type-search");
  await search.locator("input:focus").waitFor();
  await page.keyboard.type(name);
  await search.locator("li.selected").filter({ hasText: name }).waitFor();
  await page.keyboard.press("Enter");
}

/** The cursor is there when the dialog has opened. */
async function typeServer(broker: Dialog, port: number): Promise<void> {
  const field = broker.field("url");
  await field.and(broker.tray.locator(":focus")).waitFor();
  await field.page().keyboard.type(`127.0.0.1:${port}`);
}
