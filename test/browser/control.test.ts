import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { sharedEditor } from "./editor.ts";
import { brokerNode, controlNode, printerNode, serverNode, tab } from "./flows.ts";

const flows = [
  tab,
  brokerNode({ id: "broker", name: "Workshop" }),
  printerNode({ id: "printer", name: "Prusa", baseTopic: "octoprint/", commands: "homeassistant" }),
  printerNode({ id: "deaf", name: "Ender", baseTopic: "ender/" }),
  controlNode({ id: "a", y: 60, name: "over mqtt" }),
  controlNode({ id: "c", y: 180, name: "no way", printer: "deaf" }),
  // As written by hand.
  controlNode({ id: "h", y: 360, printer: "deaf", command: undefined }),
];

/** All of it can be deployed. */
const overApi = [
  tab,
  serverNode({ id: "server", url: "http://octopi.example", tls: "" }),
  printerNode({ id: "direct", name: "Mini", source: "server", server: "server", broker: "" }),
  controlNode({ id: "d", y: 240, printer: "direct" }),
  controlNode({
    id: "e",
    y: 300,
    name: "warm up",
    printer: "direct",
    command: "heat",
    // Another order, a number as text, and what an earlier command has left: as nodes are stored by hand or by old flows.
    allowed: ["snapshot", "pause"],
    parameters: {
      speed: { value: "1500", type: "num" },
      bed: { value: "60", type: "str" },
      tool0: { value: "210", type: "num" },
      tool2: { value: "wanted", type: "msg" },
    },
  }),
  controlNode({ id: "f", y: 360, name: "move", printer: "direct", command: "jog" }),
];

interface StoredNode {
  readonly id: string;
  readonly parameters: unknown;
}

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

  test("shows a node without a command as what it does", async () => {
    await editor().node("pause · Ender").waitFor();
    const dialog = await editor().edit("pause · Ender");
    await dialog.isContent("command");
    assert.equal(await dialog.field("command").inputValue(), "pause");
    await dialog.cancel();
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

suite("the allowed commands in the dialog of octoprint-control", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({
    flows: [...flows, controlNode({ id: "g", y: 300, name: "any", command: "msg" })],
  }));

  // Their words are the longest.
  for (const language of ["fr", "es-ES", "en-US"]) {
    test(`no word breaks, and “!” stands beside its word, in ${language}, in a dialog of any width`, async () => {
      await editor().page.evaluate(`localStorage.setItem("editor-language", "${language}")`);
      await editor().open();
      const { page } = editor();
      await editor().node("any").locator("rect.red-ui-flow-node").dblclick();
      const list = page.locator("#octoprint-control-allowed");
      await list.getByRole("checkbox").last().waitFor();
      assert.deepEqual(await list.evaluate(brokenWords), []);
      await page.locator("#node-dialog-cancel").click();
    });
  }
});

/** The words that are on two lines in a list of this or that width. */
function brokenWords(list: HTMLElement | SVGElement): string[] {
  const broken = new Set<string>();
  list.style.flex = "none";
  for (let width = 150; width < 700; width += 5) {
    list.style.width = `${width}px`;
    for (const { firstChild } of list.querySelectorAll("span")) {
      if (!(firstChild instanceof Text)) continue;
      for (const { 0: word, index } of firstChild.data.matchAll(/[^ ]+/g)) {
        const range = new Range();
        range.setStart(firstChild, index);
        range.setEnd(firstChild, index + word.length);
        if (range.getClientRects().length > 1) broken.add(word);
      }
    }
  }
  return [...broken];
}

suite("the dialog of octoprint-control, over the API", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows: overApi }));
  const parametersOf = async (id: string): Promise<unknown> => {
    const response = await fetch(`${editor().nodeRed.url}/flows`);
    const stored: readonly StoredNode[] = await response.json();
    return stored.find((node) => node.id === id)?.parameters;
  };

  test("says on the canvas what is done to which printer", async () => {
    await editor().node("pause · Mini").waitFor();
  });

  test("leaves the node as it is where nothing was changed", async () => {
    for (const label of ["pause · Mini", "warm up", "move"]) await (await editor().edit(label)).done();
    await editor().page.locator("#red-ui-header-button-deploy.disabled").waitFor();
    assert.deepEqual(editor().problems, []);
  });

  test("shows the parameters of the command, and previews while they are typed", async () => {
    const dialog = await editor().edit("warm up");
    const labels = dialog.tray.locator("#octoprint-control-parameters label span");
    // Further nozzles only where they are set.
    assert.deepEqual(await labels.allInnerTexts(), ["tool0 (°C)", "tool2 (°C)", "bed (°C)", "chamber (°C)"]);
    const nozzle = dialog.tray.getByRole("textbox", { name: "tool0 (°C)" });
    await nozzle.fill("");
    await nozzle.pressSequentially("19");
    await dialog.says('{"command":"target","targets":{"tool0":19}}');
    await nozzle.pressSequentially("5");
    await dialog.says('{"command":"target","targets":{"tool0":195}}');
    await nozzle.pressSequentially("0");
    await dialog.says("1950 °C for tool0 is above the limit of 300 °C");
    await dialog.choose({ command: "pause" });
    assert.deepEqual(await labels.allInnerTexts(), []);
    await dialog.says('POST /api/job {"command":"pause","action":"pause"}');
    await dialog.cancel();
    assert.deepEqual(editor().problems, []);
  });

  test("stores a number as a number, and a choice of true and false as one", async () => {
    const dialog = await editor().edit("move");
    await dialog.tray.getByRole("textbox", { name: "x (mm)" }).fill("10");
    const absolute = dialog.tray.locator("#octoprint-control-parameter-absolute + .red-ui-typedInput-container");
    await absolute.locator("button.red-ui-typedInput-option-trigger").click();
    await editor().page.locator(".red-ui-typedInput-options:visible").getByText("true", { exact: true }).click();
    await dialog.says('{"command":"jog","x":10,"absolute":true}');
    await dialog.done();
    await editor().deploy();
    assert.deepEqual(await parametersOf("f"), {
      x: { value: "10", type: "num" },
      absolute: { value: "true", type: "bool" },
    });
    const warm = await editor().edit("warm up");
    await warm.tray.getByRole("textbox", { name: "bed (°C)" }).fill("65");
    await warm.done();
    await editor().deploy();
    assert.deepEqual(await parametersOf("e"), {
      tool0: { value: "210", type: "num" },
      tool2: { value: "wanted", type: "msg" },
      bed: { value: "65", type: "num" },
    });
    assert.deepEqual(editor().problems, []);
  });

  test("says why a command is marked, in the node and beside its tick", async () => {
    const dialog = await editor().edit("pause · Mini");
    await dialog.choose({ command: "cancel" });
    await dialog.says("Ends the print for good.");
    await dialog.choose({ command: "from msg.command" });
    const tick = dialog.tray.locator("label", { hasText: "G-code !" });
    assert.match((await tick.getAttribute("title")) ?? "", /unchecked/);
    await dialog.cancel();
  });
});
