import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { CDPSession } from "playwright-core";
import { withoutChromium } from "../support/chromium.ts";
import { type Dialog, type Editor, sharedEditor } from "./editor.ts";
import { brokerNode, inNode, outNode, printerNode, tab } from "./flows.ts";

const flows = [
  tab,
  { id: "core", type: "mqtt-broker", name: "Home broker", broker: "broker.local", port: "1883", keepalive: "60" },
  brokerNode({ id: "broker", name: "Workshop", url: "mqtts://broker.local" }),
  printerNode({ id: "printer", name: "Farm", baseTopic: "farm/{printer}/" }),
  inNode({ id: "in", y: 100, name: "in", printers: ["mk3"], kind: "temperature", select: ["tool0"] }),
  outNode({ id: "out", y: 100, name: "out" }),
];

suite("the dialogs without a mouse, and without eyes", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows }));

  test("every field and every button has a name", async () => {
    const receive = await editor().edit("in");
    for (const kind of ["temperatures", "events", "jobs: done, failed, cancelled", "the printer's state"]) {
      await receive.choose({ kind });
      await allNamed(editor(), receive, kind);
    }
    const printer = await receive.editConfig("printer");
    for (const fold of await printer.tray.locator("summary").all()) await fold.click();
    await allNamed(editor(), printer, "printer");
    const broker = await printer.editConfig("broker");
    await broker.tray.locator("summary").click();
    for (const name of ["Connection", "Security", "Status and queue"]) {
      await broker.tab(name);
      await allNamed(editor(), broker, name);
    }
    for (const dialog of [broker, printer, receive]) await dialog.cancel();
    const publish = await editor().edit("out");
    for (const kind of ["from msg.kind", "event", "other topic"]) {
      await publish.choose({ kind });
      await allNamed(editor(), publish, kind);
    }
    await publish.cancel();
    assert.deepEqual(editor().problems, []);
  });

  test("the list of events is one stop of the Tab key, and the arrows lead on in it", async () => {
    const receive = await editor().edit("in");
    await receive.choose({ kind: "events" });
    const list = receive.tray.locator(".octoprint-events");
    assert.equal(await list.locator("input[tabindex='0']").count(), 1);
    await receive.tray.getByPlaceholder("search, or type the name of another event").press("Tab");
    const focused = list.locator("input:focus");
    assert.equal(await focused.getAttribute("data-entry"), "class:server");
    for (const [key, entry] of [
      ["ArrowDown", "Startup"],
      ["ArrowRight", "Shutdown"],
      ["ArrowUp", "Startup"],
      ["Home", "class:server"],
    ] as const) {
      await focused.press(key);
      assert.equal(await focused.getAttribute("data-entry"), entry, key);
    }
    await focused.press("Space");
    // What a class that is ticked holds is ticked, and cannot be reached.
    await focused.press("ArrowDown");
    assert.equal(await focused.getAttribute("data-entry"), "class:comm");
    await focused.press("Tab");
    assert.equal(await focused.count(), 0, "Tab leaves the list");
    await receive.cancel();
  });
});

/** By the names that Chromium computes for screen readers. */
async function allNamed(editor: Editor, dialog: Dialog, where: string): Promise<void> {
  const client = await editor.page.context().newCDPSession(editor.page);
  const fields = await dialog.tray.locator(".octoprint-form").locator("input, select, textarea, button").all();
  assert.ok(fields.length > 0);
  for (const field of fields) {
    if (!(await field.isVisible())) continue;
    await field.evaluate((element) => element.setAttribute("data-looked-at", ""));
    const name = await nameOf(client);
    const html = await field.evaluate((element) => {
      element.removeAttribute("data-looked-at");
      return element.outerHTML;
    });
    assert.notEqual(name.trim(), "", `${where}: ${html}`);
  }
  await client.detach();
}

async function nameOf(client: CDPSession): Promise<string> {
  const { result } = await client.send("Runtime.evaluate", {
    expression: "document.querySelector('[data-looked-at]')",
  });
  assert.ok(result.objectId);
  const { nodes } = await client.send("Accessibility.getPartialAXTree", {
    objectId: result.objectId,
    fetchRelatives: false,
  });
  return String(nodes[0]?.name?.value ?? "");
}
