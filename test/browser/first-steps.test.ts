import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { withoutChromium } from "../support/chromium.ts";
import { publisher } from "../support/wire.ts";
import { openEditor, themes } from "./editor.ts";

// What somebody does who has just installed the package, by hand, from an empty editor.
suite("from the palette to a message", { skip: withoutChromium() }, () => {
  for (const theme of themes) {
    test(`receive a print's event and publish it under another name, ${theme}`, async (t) => {
      const broker = await startAedes(t);
      const octoprint = await publisher(t, broker.url);
      const editor = await openEditor(t, { theme, flows: [{ id: "tab", type: "tab", label: "Flow 1" }] });

      await editor.drag("octoprint-in", 200, 100);
      await editor.drag("octoprint-mqtt-out", 500, 100);
      await editor.drag("debug", 500, 200);

      const receive = await editor.edit("octoprint in");
      const printer = await receive.addConfig("printer");
      await printer.fill({ name: "Prusa", baseTopic: "workshop/prusa/" });
      const connection = await printer.addConfig("broker");
      await connection.fill({ name: "Workshop", url: "127.0.0.1", port: String(broker.port) });
      await connection.done();
      await printer.done();
      await receive.done();
      await editor.node("events · Prusa").waitFor();

      const publish = await editor.edit("octoprint mqtt out");
      const copy = await publish.addConfig("printer");
      await copy.fill({ name: "Copy", baseTopic: "copy/" });
      await copy.choose({ broker: "Workshop" });
      await copy.done();
      await publish.done();
      await editor.node("message → Copy").waitFor();

      await editor.wire("events · Prusa", "debug 1");
      await editor.wire("events · Prusa", "message → Copy");
      await editor.deploy();
      await editor.status("events · Prusa").filter({ hasText: "connected" }).waitFor();

      await editor.sidebar("debug");
      await octoprint.publish("workshop/prusa/event/PrintDone", {
        _event: "PrintDone",
        name: "benchy.gcode",
        time: 83,
      });
      const message = editor.debugMessages.first();
      await message.waitFor();
      assert.match((await message.textContent()) ?? "", /benchy\.gcode/);
      await editor.status("events · Prusa").filter({ hasText: "PrintDone" }).waitFor();
      await editor.status("message → Copy").filter({ hasText: "PrintDone" }).waitFor();
      assert.deepEqual(editor.problems, []);
    });
  }
});
