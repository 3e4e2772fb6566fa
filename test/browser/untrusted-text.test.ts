import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type InProcessBroker, startAedes } from "../support/broker.ts";
import { withoutChromium } from "../support/chromium.ts";
import { type Editor, sharedEditor } from "./editor.ts";
import { brokerNode, inNode, outNode, printerNode, tab } from "./flows.ts";

/** Whoever may publish on the broker, or whose flow is imported, may write this. */
const evil = "<img src=x onerror=harm()>";

const debug = { id: "debug", type: "debug", z: "tab", name: "debug", x: 600, y: 300, wires: [] };
const shown = { ...debug, active: true, tosidebar: true, console: false, tostatus: true, complete: "true" };

suite("html in names and messages is shown as text", { skip: withoutChromium() }, () => {
  let broker: InProcessBroker | undefined;
  const editor = sharedEditor(async (scope) => {
    broker = await startAedes(scope);
    return {
      flows: [
        tab,
        brokerNode({ id: "broker", name: evil, url: broker.url }),
        printerNode({ id: "printer", name: evil, baseTopic: "workshop/" }),
        printerNode({ id: "other-printer", name: "odd", baseTopic: `${evil}/` }),
        inNode({ id: "in", x: 500, y: 60, kind: "all", wires: [["debug"]] }),
        inNode({ id: "chosen", x: 500, y: 120, kind: "event", select: [evil] }),
        inNode({ id: "other", x: 500, y: 180, kind: "other", printer: "other-printer", select: [evil] }),
        outNode({ id: "out", x: 500, y: 240, kind: "event", target: evil }),
        shown,
      ],
    };
  });

  test("of an event's name: status and debug sidebar", async () => {
    await editor().status(`everything · ${evil}`).filter({ hasText: "connected" }).waitFor();
    await editor().sidebar("debug");
    await broker?.publish(`workshop/event/${evil}`, JSON.stringify({ _event: evil, path: evil }));
    await editor().debugMessages.filter({ hasText: "onerror" }).first().waitFor();
    await editor().status(`everything · ${evil}`).filter({ hasText: "<img" }).waitFor();
    await harmless(editor());
  });

  test("of a message that does not fit: the error in the debug sidebar", async () => {
    await broker?.publish("workshop/mqtt", evil);
    await editor().debugMessages.filter({ hasText: "The connection status" }).first().waitFor();
    await harmless(editor());
  });

  test("of settings: labels and dialogs", async () => {
    for (const label of [`everything · ${evil}`, `${evil} · ${evil}`, `${evil} · odd`, `${evil} → ${evil}`]) {
      const dialog = await editor().edit(label);
      await dialog.tray.locator(".octoprint-note:visible").first().waitFor();
      const printer = await dialog.editConfig("printer");
      await printer.tray.locator("#octoprint-printer-preview").getByText("event/PrintDone").waitFor();
      const connection = await printer.editConfig("broker");
      await harmless(editor());
      await connection.cancel();
      await printer.cancel();
      await dialog.cancel();
    }
  });

  test("of what is typed into a dialog: messages", async () => {
    const dialog = await editor().edit(`everything · ${evil}`);
    const printer = await dialog.editConfig("printer");
    await printer.fill({ baseTopic: `{${evil}}` });
    await printer.complains("baseTopic", "is not a placeholder there");
    const connection = await printer.editConfig("broker");
    await connection.fill({ url: evil, port: evil });
    await connection.complains("url", "is not a valid server");
    await connection.complains("port", "is not a valid port");
    await harmless(editor());
    await connection.cancel();
    await printer.cancel();
    await dialog.cancel();
  });

  test("of a printer that is found", async () => {
    await broker?.publish(`${evil}/mqtt`, "connected", { retain: true });
    const dialog = await editor().edit(`everything · ${evil}`);
    const printer = await dialog.editConfig("printer");
    await printer.tray.locator("#octoprint-printer-find").click();
    await printer.tray.locator("#octoprint-printer-found").getByText(evil).first().waitFor();
    await harmless(editor());
    await printer.cancel();
    await dialog.cancel();
  });
});

async function harmless({ page, problems }: Editor): Promise<void> {
  assert.equal(await page.locator("img[src='x']").count(), 0, "an element made of somebody's text");
  assert.deepEqual(problems, []);
}
