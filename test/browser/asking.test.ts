import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { type InProcessBroker, startAedes } from "../support/broker.ts";
import { withoutChromium } from "../support/chromium.ts";
import { freePort } from "../support/ports.ts";
import { type Dialog, sharedEditor } from "./editor.ts";
import { onePrinter } from "./flows.ts";

const configYaml = `
plugins:
  mqtt:
    broker:
      url: broker.local
      port: 1884
      username: octoprint
      password: secret
    client:
      client_id: octopi
    publish:
      baseTopic: garage/mini/
      eventTopic: ev/{event}
      lwTopic: mqtt
`;

function coreBroker(port: number): object {
  return {
    id: "core",
    type: "mqtt-broker",
    name: "Home broker",
    broker: "127.0.0.1",
    port: `${port}`,
    keepalive: "60",
  };
}

suite("what the dialogs ask the broker", { skip: withoutChromium() }, () => {
  let started: InProcessBroker | undefined;
  // Below a path, as behind a proxy: the requests must find their way.
  const editor = sharedEditor(async (scope) => {
    started = await startAedes(scope);
    return { flows: [...onePrinter, coreBroker(started.port)], adminRoot: "/editor" };
  });
  const broker = (): InProcessBroker => {
    assert.ok(started);
    return started;
  };

  test("test connection: whether it stands, and why not", async () => {
    const dialogs = await allDialogs();
    const [connection] = dialogs;
    const button = connection.tray.getByText("Test connection");
    await connection.fill({ url: broker().url });
    await button.click();
    await connection.says(`Connected to 127.0.0.1:${broker().port}. The connection is not encrypted.`);
    const nobody = await freePort();
    await connection.fill({ url: "127.0.0.1", port: String(nobody) });
    await button.click();
    await connection.says(`connection refused: no broker is listening at 127.0.0.1:${nobody}`);
    await cancelAll(dialogs);
  });

  test("connect as Node-RED's own broker: a new broker takes the only one, and the test connects as it does", async () => {
    const dialogs = await newBroker();
    const [connection] = dialogs;
    const core = connection.tray.locator("#octoprint-broker-core");
    await core.getByText(`127.0.0.1:${broker().port}`).waitFor();
    await connection.says("those of Home broker, read at each deploy; the password stays in Node-RED");
    assert.equal(await connection.field("url").isVisible(), false);
    await connection.tray.getByText("Test connection").click();
    await connection.says(`Connected to 127.0.0.1:${broker().port}`);
    await connection.choose({ coreBroker: "as set below" });
    await connection.says("No server entered");
    assert.equal(await connection.field("url").isVisible(), true);
    await cancelAll(dialogs);
  });

  test("find printers: lists them, and a click fills in the topic; the broker is not deployed yet", async () => {
    await broker().publish("octoPrint/mqtt", "connected", { retain: true });
    await broker().publish("farm/left/mqtt", "disconnected", { retain: true });
    const [connection, printer, receive] = await allDialogs();
    await connection.fill({ url: broker().url });
    await connection.done();
    await printer.tray.getByText("Find printers").click();
    await printer.says("Choose one to fill in its topics.");
    const found = printer.tray.locator("#octoprint-printer-found button");
    assert.match(await found.filter({ hasText: "farm/left/" }).innerText(), /disconnected/);
    await found.filter({ hasText: "octoPrint/" }).click();
    assert.equal(await printer.field("baseTopic").inputValue(), "octoPrint/");
    await printer.tray.locator("#octoprint-printer-preview").getByText("octoPrint/event/PrintDone").waitFor();
    await printer.cancel();
    await receive.cancel();
  });

  test("paste config.yaml: once for the printer and for its broker", async () => {
    const receive = await editor().edit("events · Prusa");
    const printer = await receive.editConfig("printer");
    await paste(printer, configYaml);
    await printer.says("Filled in: the topics. OctoPrint's broker is");
    assert.equal(await printer.field("baseTopic").inputValue(), "garage/mini/");
    assert.equal(await printer.field("eventTopic").inputValue(), "ev/{event}");
    await printer.tray.locator("#octoprint-printer-preview").getByText("garage/mini/ev/PrintDone").waitFor();

    const connection = await printer.editConfig("broker");
    await paste(connection, "");
    await connection.says("Filled in: server, port, TLS");
    await connection.says("Two connections with the same client ID keep disconnecting each other.");
    assert.equal(await connection.field("url").inputValue(), "broker.local");
    assert.equal(await connection.field("port").inputValue(), "1884");
    assert.equal(await connection.field("password").inputValue(), "secret");

    await paste(connection, "  plugins: [");
    await connection.says("This is not valid YAML");
    await cancelAll([connection, printer, receive]);
    assert.deepEqual(
      editor().problems.filter((problem) => !/\b400\b/.test(problem)),
      [],
    );
  });

  async function newBroker(): Promise<[connection: Dialog, printer: Dialog, receive: Dialog]> {
    const receive = await editor().edit("events · Prusa");
    const printer = await receive.editConfig("printer");
    return [await printer.addConfig("broker"), printer, receive];
  }

  async function allDialogs(): Promise<[connection: Dialog, printer: Dialog, receive: Dialog]> {
    const receive = await editor().edit("events · Prusa");
    const printer = await receive.editConfig("printer");
    return [await printer.editConfig("broker"), printer, receive];
  }
});

async function paste({ tray }: Dialog, text: string): Promise<void> {
  const panel = tray.locator("details").filter({ hasText: "Fill in from OctoPrint's config.yaml" });
  if ((await panel.getAttribute("open")) === null) await panel.locator("summary").click();
  await panel.locator("textarea").fill(text);
  await panel.locator("button").click();
}

async function cancelAll(dialogs: readonly Dialog[]): Promise<void> {
  for (const dialog of dialogs) await dialog.cancel();
}
