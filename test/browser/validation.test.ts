import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { type Dialog, sharedEditor } from "./editor.ts";
import { onePrinter } from "./flows.ts";

suite("what a dialog says about wrong settings", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows: onePrinter }));

  test("the broker", async () => {
    const wrong: [tab: string, field: string, value: string, message: string][] = [
      ["Connection", "url", "http://broker.local", "“http://” is not supported. Use mqtt://"],
      ["Connection", "url", "mqtt://me:secret@broker.local", "Username and password do not belong in the server's URL"],
      ["Connection", "url", "no host", "“no host” is not a valid server"],
      ["Connection", "port", "70000", "“70000” is not a valid port. Enter a number from 1 to 65535."],
      ["Connection", "keepalive", "-1", "“-1” is not a valid keep-alive time"],
      ["Status and queue", "statusTopic", "status/#", "“status/#” is not a valid topic to publish to"],
      ["Status and queue", "queueLimit", "0", "“0” is not a valid queue limit"],
    ];
    const receive = await editor().edit("events · Prusa");
    const printer = await receive.editConfig("printer");
    const broker = await printer.editConfig("broker");
    await broker.fill({ url: "broker.local" });
    for (const [tab, field, value, message] of wrong) {
      await broker.tab(tab);
      const before = await broker.field(field).inputValue();
      await broker.fill({ [field]: value });
      await broker.complains(field, message);
      await broker.fill({ [field]: before });
      await broker.isContent(field);
    }

    await broker.tab("Connection");
    await broker.field("cleanSession").uncheck();
    await broker.complains("clientId", "Enter a client ID");
    await broker.says("Without a clean session, the broker must recognise this connection again");
    await broker.fill({ clientId: "node-red" });
    await broker.isContent("clientId");

    await broker.fill({ url: "" });
    await broker.complains("url", "No server entered");
    await broker.fill({ url: "broker.local", port: "abc" });
    await broker.says("“abc” is not a valid port. Enter a number from 1 to 65535.");

    await broker.fill({ url: "mqtt://broker.local" });
    await broker.field("useTls").check();
    await broker.complains("url", "“Use TLS” is ticked, but mqtt:// is not encrypted");
    await broker.field("useTls").uncheck();
    await broker.isContent("url");

    await broker.tab("Security");
    // The port is out of sight now, and still wrong.
    await broker.says("“abc” is not a valid port");
    assert.equal(
      await broker.tray.locator(".red-ui-tab .octoprint-mark").count(),
      1,
      "the tab with the port is marked",
    );
    await broker.fill({ username: "me" });
    await broker.says("Without TLS, username and password cross the network unencrypted.");
    await broker.fill({ username: "", password: "secret" });
    await broker.says("The password is not sent because there is no username.");
    await cancelAll(broker, printer, receive);
  });

  test("the printer, with a preview of its topics", async () => {
    const wrong: [field: string, value: string, message: string][] = [
      ["baseTopic", "workshop/+/", "“Base topic” must not contain + or #"],
      ["baseTopic", "workshop/{printr}/", "“Base topic” contains {printr}, which is not a placeholder there"],
      ["eventTopic", "event/", "“Events” lacks its placeholder. Put {event} where the name belongs."],
      ["temperatureTopic", "{temp}/{temp}", "“Temperatures” has more than one placeholder"],
      ["lwTopic", "mqtt/#", "“Connection status” must not contain + or #"],
    ];
    const receive = await editor().edit("events · Prusa");
    const printer = await receive.editConfig("printer");
    const preview = printer.tray.locator("#octoprint-printer-preview");
    assert.match(await preview.innerText(), /Event\s+workshop\/prusa\/event\/PrintDone/);

    await printer.tray.getByText("Topics below the base topic").click();
    for (const [field, value, message] of wrong) {
      const before = await printer.field(field).inputValue();
      await printer.fill({ [field]: value });
      await printer.complains(field, message);
      await printer.says(message);
      await printer.fill({ [field]: before });
      await printer.isContent(field);
    }
    await printer.fill({ baseTopic: "octoLaser" });
    await printer.says("The base topic does not end with /, and none is added: topics look like octoLaserevent/");
    await printer.fill({ baseTopic: "farm/{printer}/" });
    await printer.says("this is a farm");
    await preview.getByText("farm/mk4/event/PrintDone").waitFor();
    await printer.fill({ baseTopic: "workshop/prusa/", metadataTopic: "event/{key}" });
    await printer.says("“Events” and “Metadata” can produce the same topic");
    await cancelAll(printer, receive);
  });

  test("octoprint-in", async () => {
    const receive = await editor().edit("events · Prusa");
    await receive.says("Subscribes to workshop/prusa/event/#");
    await receive.choose({ kind: "temperatures" });
    await receive.says("Subscribes to workshop/prusa/temperature/#");
    await receive.addName("to+ol");
    await receive.says("“to+ol” cannot be the name for {temp}: it must not contain +.");
    await receive.choose({ kind: "other topics" });
    await receive.addName("plugin/a#");
    await receive.says("“plugin/a#” is not a valid topic filter");
    await receive.cancel();
  });

  test("octoprint-mqtt-out", async () => {
    const publish = await editor().edit("message → Prusa");
    await publish.choose({ kind: "progress" });
    await publish.fillTyped("target", "benchy");
    await publish.says("“benchy” is not a valid progress topic. Use printing or slicing");
    await publish.choose({ kind: "event" });
    await publish.fillTyped("target", "Print#");
    await publish.says("“Print#” cannot be the name for {event}: it must not contain #.");
    await publish.fillTyped("target", "PrintDone");
    await publish.says("Publishes to workshop/prusa/event/PrintDone");
    await publish.cancel();
  });

  test("a node that is set wrongly is marked on the canvas, and deploying it asks first", async () => {
    const receive = await editor().edit("events · Prusa");
    const printer = await receive.editConfig("printer");
    await printer.fill({ baseTopic: "workshop/#/" });
    await printer.done();
    await receive.done();
    await editor().node("events · Prusa").locator(".red-ui-flow-node-error").waitFor();
    await editor().page.locator("#red-ui-header-button-deploy").click();
    const question = editor().page.locator(".red-ui-notification");
    await question.getByText("not properly configured").waitFor();
    await question.getByText("Cancel").click();
    assert.deepEqual(editor().problems, []);
  });
});

async function cancelAll(...dialogs: readonly Dialog[]): Promise<void> {
  for (const dialog of dialogs) await dialog.cancel();
}
