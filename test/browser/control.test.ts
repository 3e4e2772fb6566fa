import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { sharedEditor } from "./editor.ts";
import { brokerNode, controlNode, printerNode, tab } from "./flows.ts";

const flows = [
  tab,
  brokerNode({ id: "broker", name: "Workshop" }),
  printerNode({ id: "printer", name: "Prusa", baseTopic: "octoprint/", commands: "homeassistant" }),
  printerNode({ id: "deaf", name: "Ender", baseTopic: "ender/" }),
  controlNode({ id: "a", y: 60, name: "over mqtt" }),
  controlNode({ id: "c", y: 180, name: "no way", printer: "deaf" }),
];

suite("the dialog of octoprint-control", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows }));

  test("says what is published, and what that way cannot do", async () => {
    const dialog = await editor().edit("over mqtt");
    await dialog.tray.getByText("Publishes: octoprint/hassControl/pause True").waitFor();
    await dialog.choose({ command: "start" });
    await dialog.tray.getByText("“start” is not possible over MQTT").waitFor();
    await dialog.tray.getByText("Starts to print: the bed must be empty").waitFor();
    await dialog.choose({ command: "state" });
    await dialog.tray.getByText("Nothing is sent.").waitFor();
    await dialog.cancel();
    assert.deepEqual(editor().problems, []);
  });

  test("says where there is no way, and lets the marked commands be ticked for a msg", async () => {
    const dialog = await editor().edit("no way");
    await dialog.tray.getByText("There is no way to command this printer").first().waitFor();
    await dialog.choose({ command: "from msg.command" });
    assert.equal(await dialog.tray.getByLabel("cancel !").isChecked(), false);
    assert.equal(await dialog.tray.getByLabel("pause", { exact: true }).isChecked(), true);
    await dialog.tray.getByLabel("cancel !").check();
    await dialog.done();
    const again = await editor().edit("no way");
    assert.equal(await again.tray.getByLabel("cancel !").isChecked(), true);
    await again.cancel();
    assert.deepEqual(editor().problems, []);
  });
});
