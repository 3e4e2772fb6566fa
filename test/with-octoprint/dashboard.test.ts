import assert from "node:assert/strict";
import { test } from "node:test";
import { adapted, readExample } from "../demo/flows.ts";
import { startChromium, withoutChromium } from "../support/chromium.ts";
import { dwell, startOctoPrint, withoutOctoPrint } from "../support/octoprint.ts";
import { startNodeRed } from "../support/process.ts";

const version = "1.11.8";

test("a print is paused, resumed and cancelled on the dashboard", {
  skip: withoutOctoPrint(version) || withoutChromium(),
}, async (t) => {
  const octoPrint = await startOctoPrint(t, version);
  await octoPrint.connectPrinter();
  const octoprint = { url: octoPrint.url, apiKey: octoPrint.keys.admin };
  const example = readExample("Dashboard pages/Control a printer");
  const flows = adapted(example, { brokerUrl: "", octoprint, recorded: {}, prefix: "", speed: 1 });
  const server = flows.find(({ type }) => type === "octoprint-server");
  const nodeRed = await startNodeRed(t, {
    flows,
    dashboard: true,
    credentials: { [String(server?.id)]: { apiKey: octoprint.apiKey } },
  });
  const browser = await startChromium(t);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(30_000);
  const seen = (tone: string, text: string): Promise<void> =>
    page.locator(`.op-control.${tone} .op-state`).getByText(text, { exact: true }).waitFor();
  const button = (name: string) => page.locator(".op-hands").getByRole("button", { name, exact: true });

  await page.goto(`${nodeRed.url}/dashboard/control`);
  await seen("idle", "Operational");
  assert.deepEqual(
    [await button("Pause").isEnabled(), await button("Cancel…").isEnabled(), await button("Home").isEnabled()],
    [false, false, true],
  );
  // The profiles that every new OctoPrint has.
  await button("Preheat PLA").waitFor();

  await octoPrint.upload("long.gcode", dwell(120), true);
  await seen("printing", "Printing");
  assert.equal(await button("Home").isEnabled(), false);
  await button("Pause").click();
  await seen("paused", "Paused");
  await button("Resume").click();
  await seen("printing", "Printing");
  await button("Cancel…").click();
  await button("No, go on").click();
  await button("Cancel…").click();
  await button("Yes, cancel it").click();
  await seen("idle", "Operational");

  await octoPrint.stop();
  await page.locator(".op-control.offline").waitFor();
  for (const each of await page.locator(".op-hands button").all()) assert.equal(await each.isEnabled(), false);
});
