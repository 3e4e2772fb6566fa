import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { startAedes } from "../support/broker.ts";
import { cleanup } from "../support/cleanup.ts";
import { connectAsEditor } from "../support/comms.ts";
import { Mailbox } from "../support/mailbox.ts";
import { packageDir, packageName } from "../support/node-red.ts";
import { observe } from "../support/wire.ts";
import { brokerAddress, editorAddress, printed, startDemo } from "./demo-process.ts";
import { exampleNames, readExample } from "./flows.ts";

test("the demo shows two printers, and leaves nothing when it is interrupted", async (t) => {
  const demo = startDemo(t, "--speed", "20");
  const url = await printed(demo, editorAddress);
  const broker = await printed(demo, brokerAddress);

  const editor = await connectAsEditor(t, url);
  const wire = await observe(t, broker, ["octoPrint/#", "simulated/#"], { protocolVersion: 4 });
  for (const printer of ["octoPrint", "simulated"]) {
    const { text } = await wire.next(({ topic }) => topic === `${printer}/event/PrintStarted`);
    const { _timestamp }: { _timestamp: number } = JSON.parse(text);
    assert.ok(Math.abs(_timestamp - Date.now() / 1000) < 60, `${printer}: ${_timestamp} is not now`);
    await wire.next(({ topic }) => topic === `${printer}/event/PrintDone`);
  }
  await editor.debug.next(({ msg }) => msg === "Vasen/Blüte größer.gcode: print done");
  await editor.debug.next(({ msg }) => msg === "Benchy.gcode: print done");
  await editor.status.next(({ text, fill }) => /^tool0 \d+ °C$/.test(text) && fill === "green");
  // Again and again.
  await wire.next(({ topic }) => topic === "octoPrint/event/PrintStarted");

  await t.test("each example has a tab, after the one to start with", async () => {
    const flows: { type: string; label?: string }[] = await (await fetch(`${url}/flows`)).json();
    const tabs = flows.filter(({ type }) => type === "tab").map(({ label }) => label);
    assert.deepEqual(tabs.slice(0, 2), ["Start here", "Simulated printer"]);
    // No OctoPrint is there to be reached directly.
    const ofMqtt = exampleNames().filter((name) => !readExample(name).some(({ type }) => type === "octoprint-server"));
    const labels = ofMqtt.map((name) => name.split("/").at(-1));
    assert.deepEqual([...tabs.slice(1)].sort(), labels.sort());
    // All examples share one, but for what publishes as the simulated printer, and what switches its power.
    assert.equal(flows.filter(({ type }) => type === "octoprint-broker").length, 3);
    assert.equal(flows.filter(({ type }) => type === "ui-base").length, 1);
    assert.match(await (await fetch(`${url}/dashboard/printer`)).text(), /Dashboard/);
  });

  await t.test("what is imported from the menu uses the demo's broker", async () => {
    const example = `${url}/library/examples/flows/${packageName}/Getting%20started/Events%20to%20debug`;
    const nodes: { type: string; url?: string }[] = await (await fetch(example)).json();
    assert.equal(nodes.find(({ type }) => type === "octoprint-broker")?.url, broker);
  });

  demo.child.kill("SIGINT");
  assert.equal(await demo.ended, 0);
  await assert.rejects(fetch(url), "Node-RED has ended");
  assert.deepEqual(
    readdirSync(demo.temporary).filter((name) => name.startsWith("node-red-")),
    [],
  );
});

test("the demo uses another broker and another recording, and clears what it has stored there", async (t) => {
  const broker = await startAedes(t);
  const wire = await observe(t, broker.url, "#", { protocolVersion: 4 });
  const demo = startDemo(t, "--speed", "20", "--broker", broker.url, "--replay", "test/fixtures/two-printers.jsonl");
  const url = await printed(demo, editorAddress);
  const editor = await connectAsEditor(t, url);
  await wire.next(({ topic }) => topic === "demo/farm/left/event/PrintStarted");
  await wire.next(({ topic }) => topic === "demo/simulated/event/PrintStarted");
  await editor.debug.next(({ msg }) => msg === "right.gcode: print done");
  await wire.next(({ topic }) => topic === "demo/cmnd/printer-plug/POWER");
  demo.child.kill("SIGTERM");
  assert.equal(await demo.ended, 0);

  assert.ok(wire.messages.every(({ topic }) => topic.startsWith("demo/")));
  const later = await observe(t, broker.url, "#", { protocolVersion: 4 });
  await later.fence();
  assert.deepEqual(
    later.messages.map(({ topic, text }) => `${topic} ${text}`),
    [],
  );
});

test("the demo says what is wrong with an option", async (t) => {
  const table: [string[], RegExp][] = [
    [["--port", "none"], /--port must be a number from 1 to 65535, not none/],
    [["--speed", "0"], /--speed must be a number above 0, not 0/],
    [["--broker", "mqtt://127.0.0.1:1"], /no connection to the broker mqtt:\/\/127.0.0.1:1: .*ECONNREFUSED/],
    [["--replay", "no.jsonl"], /no\.jsonl/],
    [["--rewind"], /--rewind/],
  ];
  for (const [options, message] of table) {
    const demo = startDemo(t, ...options);
    await demo.lines.next((line) => message.test(line));
    assert.equal(await demo.ended, 1);
  }
  const demo = startDemo(t, "--help");
  await demo.lines.next((line) => line.includes("npm start -- [options]"));
  assert.equal(await demo.ended, 0);
});

test("npm start that is ended by SIGTERM leaves no process behind", async (t) => {
  const { NODE_V8_COVERAGE, ...env } = process.env;
  // Without the script before it, which builds the package.
  const child = spawn("npm", ["start", "--ignore-scripts"], {
    cwd: packageDir,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  cleanup(t, () => void child.kill("SIGTERM"));
  const lines = new Mailbox<string>("a line of the demo");
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  child.stderr.resume();
  const address = await lines.next((line) => editorAddress.test(line));
  // Comes when everybody who could write to the pipes has ended, not npm alone.
  const ended = once(child, "close");
  child.kill("SIGTERM");
  await ended;
  await assert.rejects(fetch(`${editorAddress.exec(address)?.[1]}/`), "Node-RED is gone, too");
});
