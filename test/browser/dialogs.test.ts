import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { type Editor, sharedEditor } from "./editor.ts";
import { brokerNode, inNode, onePrinter, outNode, printerNode, tab } from "./flows.ts";

/** Nodes whose every setting is another than the default, each with what it is labelled. */
const saved: readonly (readonly [label: string, node: object])[] = [
  ["everything · Prusa", inNode({ id: "all", y: 60, kind: "all", retained: "none" })],
  [
    "PrintDone, print job, plugin_x_y · Prusa",
    inNode({
      id: "event",
      y: 120,
      kind: "event",
      select: ["PrintDone", "class:printjob", "plugin_x_y"],
      output: "text",
      retained: "all",
      onlyChanges: true,
    }),
  ],
  ["progress printing · Prusa", inNode({ id: "progress", y: 180, kind: "progress", select: ["printing"] })],
  ["temperature tool0, bed · Prusa", inNode({ id: "temp", y: 240, kind: "temperature", select: ["tool0", "bed"] })],
  ["metadata layer_height · Prusa", inNode({ id: "meta", y: 300, kind: "metadata", select: ["layer_height"] })],
  ["connection · Prusa", inNode({ id: "connection", y: 360, kind: "connection", output: "value" })],
  ["plugin/+/state · Prusa", inNode({ id: "other", y: 420, kind: "other", select: ["plugin/+/state"] })],
  ["events · mk3, mk4", inNode({ id: "farm-in", y: 480, printer: "farm", printers: ["mk3", "mk4"] })],
  ["jobs done · Prusa", inNode({ id: "job", y: 540, kind: "job", select: ["done"] })],
  ["state · Prusa", inNode({ id: "state", y: 600, kind: "printer", rate: "2" })],
  ["named", inNode({ id: "named", y: 660, name: "named" })],
  ["PrintDone → Prusa", outNode({ id: "event-out", y: 60, kind: "event", target: "PrintDone", timestamp: false })],
  [
    "progress → Prusa",
    outNode({ id: "progress-out", y: 120, kind: "progress", target: "name", targetType: "flow", onlyChanges: true }),
  ],
  ["topic plugin/relay → Prusa", outNode({ id: "other-out", y: 180, kind: "other", target: "plugin/relay" })],
  [
    "message → mk3",
    outNode({ id: "farm-out", y: 240, printer: "farm", printerName: "mk3", qos: "1", retain: "msg", offline: "error" }),
  ],
];

const flows = [
  tab,
  brokerNode({
    id: "broker",
    name: "",
    url: "",
    clientId: "node-red",
    cleanSession: false,
    queueLimit: "50",
    queueStore: "gone",
  }),
  printerNode({ id: "printer", name: "Prusa", baseTopic: "workshop/prusa/", eventTopic: "e/{event}", lwTopic: "" }),
  printerNode({ id: "farm", name: "", baseTopic: "farm/{printer}/", timestampField: "" }),
  ...saved.map(([, node]) => node),
];

suite("the dialog of a saved node", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows, credentials: { broker: { username: "me", password: "secret" } } }));

  test("opens for each, and Done changes nothing", async () => {
    const before = await exported(editor());
    for (const [label] of saved) {
      const dialog = await editor().edit(label);
      await dialog.done();
    }
    assert.deepEqual(await exported(editor()), before);
    await notChanged(editor());
  });

  test("so do those of printers, farms and brokers", async () => {
    const before = await exported(editor());
    for (const label of ["everything · Prusa", "events · mk3, mk4"]) {
      const dialog = await editor().edit(label);
      const printer = await dialog.editConfig("printer");
      const broker = await printer.editConfig("broker");
      await broker.done();
      await printer.done();
      await dialog.done();
    }
    assert.deepEqual(await exported(editor()), before);
    await notChanged(editor());
  });

  test("lets an event be chosen, and keeps what was chosen for another kind while it is open", async () => {
    const dialog = await editor().edit("temperature tool0, bed · Prusa");
    await dialog.choose({ kind: "events" });
    await dialog.tray.getByPlaceholder("search, or type the name of another event").fill("printfa");
    await dialog.tray.getByLabel("PrintFailed").check();
    await dialog.choose({ kind: "temperatures" });
    const names = dialog.tray.locator(".red-ui-editableList-container:visible input");
    assert.equal(await names.nth(0).inputValue(), "tool0");
    await dialog.choose({ kind: "events" });
    await dialog.done();
    await editor().node("PrintFailed · Prusa").waitFor();
    assert.deepEqual(editor().problems, []);
  });
});

suite("a flow from before there were some settings", { skip: withoutChromium() }, () => {
  const old = [
    tab,
    { id: "printer", type: "octoprint-printer", name: "Old", baseTopic: "old/" },
    {
      id: "in",
      type: "octoprint-in",
      z: "tab",
      name: "in",
      printer: "printer",
      kind: "printer",
      x: 300,
      y: 80,
      wires: [[]],
    },
    { id: "out", type: "octoprint-mqtt-out", z: "tab", name: "out", printer: "printer", x: 300, y: 160, wires: [] },
  ];
  const editor = sharedEditor(() => ({ flows: old }));

  test("its dialogs show the defaults, as the runtime has them", async () => {
    const receive = await editor().edit("in");
    assert.equal(await receive.field("rate").inputValue(), "1");
    await receive.cancel();
    const publish = await editor().edit("out");
    assert.equal(await publish.field("timestamp").isChecked(), true);
    assert.equal(await publish.field("offline").inputValue(), "queue");
    await publish.cancel();
    assert.deepEqual(editor().problems, []);
  });
});

/** The flows as the editor would export them. */
function exported(editor: Editor): Promise<unknown> {
  return editor.page.evaluate("RED.nodes.createCompleteNodeSet()");
}

/** Nothing to deploy, by the button. */
async function notChanged(editor: Editor): Promise<void> {
  await editor.page.locator("#red-ui-header-button-deploy.disabled").waitFor();
}

suite("the sidebar", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows: onePrinter }));

  test("shows our help for the node that is selected", async () => {
    const help = editor().page.locator(".red-ui-help");
    await editor().sidebar("help");
    for (const [label, heading, text] of [
      ["events · Prusa", "octoprint in", "Receives what OctoPrint reports, over MQTT or directly"],
      ["message → Prusa", "octoprint mqtt out", "Publishes over MQTT, in the topics and the format"],
    ]) {
      await editor().node(String(label)).click();
      await help.getByText(String(heading)).first().waitFor();
      await help.getByText(String(text)).first().waitFor();
    }
    assert.equal(await help.locator("table").first().isVisible(), true, "the table of the help is a table");
    assert.deepEqual(editor().problems, []);
  });
});
