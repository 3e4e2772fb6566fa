import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { sharedEditor } from "./editor.ts";
import { onePrinter } from "./flows.ts";

suite("sharing as a group", { skip: withoutChromium() }, () => {
  const editor = sharedEditor(() => ({ flows: onePrinter }));

  test("the dialog says what it costs and what it needs, and refuses what is no name", async () => {
    const receive = await editor().edit("events · Prusa");
    await receive.field("retained").waitFor();
    await receive.fill({ group: "line" });
    await receive.says("Subscribes to $share/line/workshop/prusa/event/#");
    await receive.says("Retained messages are not delivered");
    await receive.says("A group needs MQTT 5. Choose it as the protocol in the broker's settings");
    await receive.field("retained").waitFor({ state: "hidden" });
    for (const group of ["a/b", "+", "#", "  "]) {
      await receive.fill({ group });
      await receive.complains("group", "is not a valid group name");
      await receive.says("is not a valid group name");
    }
    await receive.fill({ group: "line" });
    await receive.isContent("group");
    await receive.cancel();
  });

  test("jobs and the printer's state are not shared, and do not keep a group", async () => {
    const receive = await editor().edit("events · Prusa");
    await receive.fill({ group: "line" });
    await receive.choose({ kind: "jobs: done, failed, cancelled" });
    await receive.field("group").waitFor({ state: "hidden" });
    await receive.done();
    const again = await editor().edit("jobs · Prusa");
    await again.choose({ kind: "events" });
    assert.equal(await again.field("group").inputValue(), "");
    await again.cancel();
    assert.deepEqual(editor().problems, []);
  });
});
