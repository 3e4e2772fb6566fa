import assert from "node:assert/strict";
import { test } from "node:test";
import { editorAddress, printed, startDemo } from "../demo/demo-process.ts";
import { connectAsEditor } from "../support/comms.ts";
import { withoutOctoPrint } from "../support/octoprint.ts";

test("the demo shows an OctoPrint that prints, without broker and plugin", {
  skip: withoutOctoPrint("1.11.8"),
}, async (t) => {
  const demo = startDemo(t, "--octoprint", "--speed", "20");
  const editor = await connectAsEditor(t, await printed(demo, editorAddress));
  const address = await printed(demo, /OctoPrint 1\.11\.8 is at {2}(\S+)\//);
  assert.equal((await fetch(address)).status, 200);
  await editor.status.next(({ text }) => /^Printing \d+ %$/.test(text));
  await editor.debug.next(({ msg }) => /^Vase\.gcode: done after/.test(msg));
  demo.child.kill("SIGINT");
  assert.equal(await demo.ended, 0);
});
