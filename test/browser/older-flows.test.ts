import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { sharedEditor } from "./editor.ts";

/** As version 0.1.0 exported it: without the settings that came later. */
const flow: object[] = JSON.parse(readFileSync(join(__dirname, "../fixtures/flow-0.1.0.json"), "utf8"));

suite("a flow of an older version", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows: flow }));

  test("is valid and unchanged: what it lacks has its default", async () => {
    const { page } = editor();
    const marks = page.locator(".red-ui-flow-node-changed:visible, .red-ui-flow-node-error:visible");
    await editor().node("everything it publishes").waitFor();
    assert.equal(await marks.count(), 0);
    await page.locator("#red-ui-header-button-deploy.disabled").waitFor();
    assert.deepEqual(await page.evaluate(invalid), []);
  });

  test("stays unchanged when its dialogs are opened and closed", async () => {
    const dialog = await editor().edit("everything it publishes");
    const printer = await dialog.editConfig("printer");
    const broker = await printer.editConfig("broker");
    await broker.done();
    await printer.done();
    await dialog.done();
    assert.deepEqual(await editor().page.evaluate(invalid), []);
  });
});

/** The editor's own list of what it marks as wrong; configuration nodes have no place on the canvas. */
const invalid = `(() => {
  const wrong = [];
  const look = ({ type, name, valid, validationErrors }) => {
    if (valid === false) wrong.push([type, name, validationErrors]);
  };
  RED.nodes.eachConfig(look);
  RED.nodes.eachNode(look);
  return wrong;
})()`;
