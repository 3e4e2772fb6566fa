import assert from "node:assert/strict";
import { suite, test } from "node:test";
import { withoutChromium } from "../support/chromium.ts";
import { goodKey, type StandIn, startStandIn } from "../support/octoprint-stand-in.ts";
import { freePort } from "../support/ports.ts";
import { type Dialog, sharedEditor } from "./editor.ts";
import { brokerNode, inNode, outNode, printerNode, serverNode, tab } from "./flows.ts";

const token = "token-4711";

/** Somebody is asked at OctoPrint; returns what he decides with. */
function withKeys(octoprint: StandIn): (grant: boolean) => void {
  let decision: boolean | undefined;
  octoprint.intercept = ({ method, path }) => {
    if (path === "/plugin/appkeys/probe") return { status: 204 };
    if (method === "POST" && path === "/plugin/appkeys/request") {
      decision = undefined;
      return { status: 201, body: { app_token: token, auth_dialog: `http://x.example/plugin/appkeys/auth/${token}` } };
    }
    if (path !== `/plugin/appkeys/request/${token}`) return undefined;
    if (decision === undefined) return { status: 202, body: { message: "Awaiting decision" } };
    return decision ? { status: 200, body: { api_key: goodKey } } : { status: 404, body: {} };
  };
  return (grant) => {
    decision = grant;
  };
}

/** As a flow from before there was a choice. */
function oldPrinter(): object {
  const {
    source: _source,
    server: _server,
    ...settings
  }: Record<string, unknown> = {
    ...printerNode({ id: "printer", name: "Prusa" }),
  };
  return settings;
}

suite("OctoPrint itself in the dialogs", { skip: withoutChromium() }, () => {
  let started: StandIn | undefined;
  const editor = sharedEditor(async (scope) => {
    started = await startStandIn(scope);
    return {
      flows: [
        tab,
        brokerNode({ id: "broker", name: "Workshop", url: "127.0.0.1", port: String(await freePort()) }),
        oldPrinter(),
        serverNode({ id: "server", name: "Pi" }),
        printerNode({ id: "direct", name: "Direct", source: "server", server: "server", broker: "" }),
        inNode({ id: "in", y: 100, name: "in" }),
        outNode({ id: "out", y: 100, name: "out" }),
        inNode({ id: "plugins", y: 200, name: "plugins", kind: "other", select: [], printer: "direct" }),
        outNode({ id: "nowhere", y: 200, name: "nowhere", printer: "direct" }),
      ],
    };
  });
  const octoprint = (): StandIn => {
    assert.ok(started);
    return started;
  };
  const isHidden = async (dialog: Dialog, selector: string): Promise<void> => {
    const part = dialog.tray.locator(selector);
    // What is not there at all would be hidden, too.
    await part.waitFor({ state: "attached" });
    await part.waitFor({ state: "hidden" });
  };

  test("a flow from before loads unmarked, and has the broker as its source", async () => {
    const receive = await editor().edit("in");
    const printer = await receive.editConfig("printer");
    assert.equal(await printer.field("source").inputValue(), "broker");
    await printer.isContent("broker");
    await isHidden(printer, "#octoprint-printer-note-server");
    await printer.cancel();
    await receive.cancel();
    assert.equal(await editor().node("in").and(editor().page.locator(".red-ui-flow-node-error")).count(), 0);
  });

  test("only the rows that mean something, and the other source is asked for", async () => {
    const receive = await editor().edit("in");
    const printer = await receive.editConfig("printer");
    await printer.choose({ source: "OctoPrint itself (no plugin needed)" });
    for (const row of ["#octoprint-printer-row-broker", "#octoprint-printer-row-find", "#octoprint-printer-config"]) {
      await isHidden(printer, row);
    }
    await printer.says("The topics below are what msg.topic says.");
    await printer.complains("server", "Choose an OctoPrint.");
    await printer.fill({ baseTopic: "farm/{printer}/" });
    await printer.complains("baseTopic", "one OctoPrint is one printer");
    await printer.cancel();
    await receive.cancel();
  });

  test("ask OctoPrint for a key: in words, with a link and a countdown, and it may be cancelled", async () => {
    const decide = withKeys(octoprint());
    const receive = await editor().edit("plugins");
    const printer = await receive.editConfig("printer");
    const server = await printer.editConfig("server");
    await server.complains("url", "address");
    await server.fill({ url: octoprint().url });
    const ask = server.tray.getByText("Ask OctoPrint for a key");
    const asked = server.tray.locator("#octoprint-server-asked");

    // Nobody waits any more for what was cancelled; the runtime waits for four at once.
    for (let times = 0; times < 4; times++) {
      await ask.click();
      await asked.getByText("Cancel").click();
      await asked.waitFor({ state: "hidden" });
    }
    await ask.click();
    await asked.getByText("Open OctoPrint's page in a browser and log in there.").waitFor();
    await asked.getByText(/Time left: [45]:\d\d/).waitFor();
    const link = asked.getByText("Open OctoPrint's page for this");
    assert.equal(await link.getAttribute("href"), `${octoprint().url}/plugin/appkeys/auth/${token}`);
    await asked.getByText("Cancel").click();
    await asked.waitFor({ state: "hidden" });

    await ask.click();
    await asked.waitFor();
    decide(false);
    await server.says("gave no key");

    await ask.click();
    await asked.waitFor();
    decide(true);
    await server.says("It is in the field above: press “Update”, then deploy. The key is that of kay.");
    assert.equal(await server.field("apiKey").inputValue(), goodKey);

    await server.tray.getByText("Test connection").click();
    await server.says("OctoPrint 1.11.8 answers. The key is that of kay.");
    await server.says("Webcam (WEBCAM): snapshot");
    for (const dialog of [server, printer, receive]) await dialog.done();
  });

  test("what a server cannot give is not offered, and says why", async () => {
    const receive = await editor().edit("plugins");
    await isHidden(receive, "#octoprint-in-row-group");
    await receive.says("Choose the messages of OctoPrint's plugins by name");
    await receive.complains("kind", "plugin/#");
    await receive.addName("plugin/psucontrol");
    await receive.says("What OctoPrint's plugins say on its web page");
    await receive.done();

    const out = await editor().edit("nowhere");
    await out.says("This printer has no broker");
    await out.cancel();
    await editor()
      .node("nowhere")
      .and(editor().page.locator(".red-ui-flow-node-error, :has(.red-ui-flow-node-error:not(.hide))"))
      .first()
      .waitFor();
  });

  test("and it works", async () => {
    await editor().node("nowhere").locator("rect.red-ui-flow-node").click();
    await editor().page.keyboard.press("Delete");
    await editor().deploy();
    await editor().status("plugins").getByText("connected").waitFor();
    assert.deepEqual(editor().problems, []);
  });
});
