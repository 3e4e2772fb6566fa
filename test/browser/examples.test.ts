import assert from "node:assert/strict";
import { before, suite, test } from "node:test";
import type { Locator } from "playwright-core";
import { adaptMenu, exampleNames, type FlowNode, readExample } from "../demo/flows.ts";
import { type InProcessBroker, startAedes } from "../support/broker.ts";
import { withoutChromium } from "../support/chromium.ts";
import { packageName } from "../support/node-red.ts";
import { Machine } from "../support/octoprint-machine.ts";
import { goodKey, type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { type Editor, sharedEditor } from "./editor.ts";

suite("examples from the import menu", { skip: withoutChromium() }, () => {
  let broker: InProcessBroker | undefined;
  let octoprint: StandIn | undefined;
  const editor = sharedEditor(async (scope) => {
    broker = await startAedes(scope);
    octoprint = await startStandIn(scope);
    new Machine(octoprint);
    return { dashboard: true };
  });
  before(() => {
    adaptMenu(editor().nodeRed.userDir, {
      brokerUrl: broker?.url ?? "",
      octoprint: { url: octoprint?.url ?? "", apiKey: goodKey },
      recorded: {},
      prefix: "",
      speed: 1,
    });
  });

  for (const name of exampleNames()) {
    test(`${name}: is imported into a tab of its own, deployed, and connects`, async () => {
      await importExample(editor(), name);
      await editor().deploy();
      const { page } = editor();
      // What a click on the tab does, but that would wait until no notification covers it.
      await page.evaluate("RED.actions.invoke('core:show-last-tab')");
      await page.locator("#red-ui-workspace-tabs .red-ui-tab.active").getByText(tabOf(name), { exact: true }).waitFor();
      const statuses = page.locator(".red-ui-flow-node-status-label");
      await statuses.filter({ hasText: /./ }).first().waitFor();
      await page.locator(".red-ui-flow-node-group.red-ui-flow-node-unknown").waitFor({ state: "detached" });
      assert.deepEqual(editor().problems, []);
      assert.deepEqual(editor().nodeRed.warnings(), []);
    });
  }

  test("imported one after the other, they share their configuration nodes", async () => {
    const flows: FlowNode[] = await (await editor().nodeRed.get("/flows")).json();
    const imported = exampleNames().flatMap(readExample);
    for (const type of ["octoprint-broker", "octoprint-printer", "ui-base", "ui-theme"]) {
      const there = flows.filter((node) => node.type === type);
      const shared = new Set(imported.filter((node) => node.type === type).map(({ id }) => id));
      // Where an import meets an id that is there, its other nodes get new ids: those must be in no other example.
      assert.equal(there.length, shared.size, type);
    }
  });
});

function tabOf(name: string): string {
  return String(readExample(name).find(({ type }) => type === "tab")?.label);
}

async function importExample({ page }: Editor, name: string): Promise<void> {
  await page.locator("#red-ui-header-button-sidemenu").click();
  await page.locator("#menu-item-import").click();
  // It opens on another tab, and goes there late.
  await page.locator("#red-ui-clipboard-dialog-import-text:focus").waitFor();
  const examples = page.locator("#red-ui-clipboard-dialog-import-tabs").getByText("Examples");
  const tree = page.locator("#red-ui-clipboard-dialog-import-tab-examples");
  // When the dialog opens for a second time, its first click does nothing.
  do await examples.click();
  while (!(await appears(tree)));
  for (const label of [packageName, ...name.split("/")]) {
    await tree.locator(".red-ui-treeList-label:visible").getByText(label, { exact: true }).click();
  }
  await tree
    .locator(".red-ui-treeList-label.selected")
    .getByText(name.split("/").at(-1) ?? "")
    .waitFor();
  await page.locator("#red-ui-clipboard-dialog-ok").click();
  // It asks where configuration nodes are there already; a copy uses those.
  const copy = page.locator(".red-ui-notification").getByRole("button", { name: "Import copy" });
  await copy
    .or(page.locator("#red-ui-workspace-tabs .red-ui-tab").getByText(tabOf(name)))
    .first()
    .waitFor();
  if (await copy.isVisible()) await copy.click();
}

/** False if it is not to be seen soon. */
function appears(part: Locator): Promise<boolean> {
  return part.waitFor({ timeout: 200 }).then(
    () => true,
    () => false,
  );
}
