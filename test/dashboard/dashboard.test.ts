import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { readExample } from "../demo/flows.ts";
import { withoutChromium } from "../support/chromium.ts";
import { type Dashboards, dashboardNames, startDashboards } from "./dashboards.ts";
import { hostile, Printer } from "./story.ts";

const configuration = /^(tab|comment|octoprint-broker|octoprint-printer|ui-base|ui-theme|ui-page|ui-group)$/;
const jobs = dashboardNames().filter((name) => name.startsWith("Dashboard widgets/"));

suite("the five everyday jobs", () => {
  const counted = jobs.map((name) => readExample(name).filter(({ type }) => !configuration.test(type)).length);

  test("take two to four nodes each, twelve in all", () => {
    assert.equal(jobs.length, 5);
    assert.ok(counted.every((count) => count >= 2 && count <= 4));
    assert.equal(
      counted.reduce((sum, count) => sum + count, 0),
      12,
    );
  });

  for (const [index, name] of jobs.entries()) {
    test(`${name}: the comment says how many`, () => {
      const comment = readExample(name).find(({ type }) => type === "comment");
      assert.match(String(comment?.name), new RegExp(`^${counted[index]} nodes:`));
    });
  }
});

/** Waits until the text is to be seen: exactly this one. */
async function shows(place: Page | Locator, text: string): Promise<void> {
  await place.getByText(text, { exact: true }).first().waitFor();
}

const row = (page: Page, text: string): Locator => page.locator(".nrdb-table tbody tr").filter({ hasText: text });

type Points = readonly (readonly [x: number, y: number | null])[];

/** What a chart of the page draws, by series, once it has so many series. */
async function drawn(page: Page, id: string, count: number): Promise<Map<string, Points>> {
  await page.locator(".nrdb-ui-chart canvas").first().waitFor();
  const script = (found: string): string => `(window.uiCharts?.["${id}"]?.chart.getOption().series ?? [])${found}`;
  await page.waitForFunction(script(`.length === ${count}`));
  const series: { name: string; data: { x: number; y: number }[] | { value: [number, number] }[] }[] =
    await page.evaluate(script(".map(({ name, data }) => ({ name, data }))"));
  return new Map(series.map(({ name, data }) => [name, data.map(pointOf)]));
}

function pointOf(point: object): readonly [number, number | null] {
  const { x, y, value } = { x: undefined, y: undefined, value: undefined, ...point };
  const [first, second] = Array.isArray(point) ? point : Array.isArray(value) ? value : [x, y];
  return [Number(first), typeof second === "number" ? second : null];
}

test("the dashboards in a browser", { skip: withoutChromium() }, async (t) => {
  const dashboards: Dashboards = await startDashboards(t);
  const { printer: publisher, wire, open, id } = dashboards;
  const printer = new Printer(publisher, "octoPrint/");
  // By the printer's clock, which is not ours.
  const began = Math.floor(Date.now() / 1000) - 1800;

  await t.test("one printer: state, job, temperatures and events of a print", async (t) => {
    const page = await open(t, "Dashboard pages/One printer");
    await printer.connect(began);
    await printer.heat(began);
    await shows(page.locator(".octoprint-badge.online"), "Operational");
    await shows(page, "no job");
    await printer.start(hostile, began + 300);
    await printer.progress(hostile, 42, 1740, began + 900);

    await shows(page.locator(".octoprint-badge.online"), "Printing");
    await shows(page, hostile);
    await shows(page, "Progress: 42%");
    await shows(page, "29 min");
    await page.getByText(/^\d\d:\d\d$/).waitFor();
    await row(page, `${hostile}: print started`).waitFor();
    await row(page, "Recorded printer: printer connected").waitFor();
    assert.equal(await page.locator("img[src=x], .nrdb-ui-widget b").count(), 0, "the file's name is text");
  });

  await t.test(
    "one printer: the chart has actual and target, at the printer's own time, for whoever comes later",
    async (t) => {
      const page = await open(t, "Dashboard pages/One printer");
      const points = await drawn(page, id("Dashboard pages/One printer", "ui-chart"), 4);
      assert.deepEqual([...points.keys()], ["tool0", "tool0 target", "bed", "bed target"]);
      const times = Array.from({ length: 31 }, (_, step) => (began + step * 10) * 1000);
      for (const line of points.values()) {
        assert.deepEqual(
          line.map(([x]) => x),
          times,
        );
      }
      assert.deepEqual([...new Set(points.get("bed target")?.map(([, y]) => y))], [60]);
      assert.equal(points.get("bed")?.at(-1)?.[1], 60);
    },
  );

  await t.test("progress and time left: a bar and a sentence", async (t) => {
    const page = await open(t, "Dashboard widgets/Progress and time left");
    await shows(page, "Progress: 42%");
    await shows(page, `Recorded printer: Printing, ${hostile} 42 %, 29 min left`);
    await printer.progress(hostile, 60, 1200, began + 1200);
    await shows(page, "Progress: 60%");
    await shows(page, `Recorded printer: Printing, ${hostile} 60 %, 20 min left`);
    assert.equal(await page.locator("img[src=x], .nrdb-ui-widget b").count(), 0, "the file's name is text");
  });

  await t.test(
    "temperature chart: a line for each sensor, at the printer's own time; nothing measured is a gap",
    async (t) => {
      await printer.temperature("chamber", null, 0, began + 300);
      const page = await open(t, "Dashboard widgets/Temperature chart");
      const points = await drawn(page, id("Dashboard widgets/Temperature chart", "ui-chart"), 3);
      assert.deepEqual([...points.keys()], ["tool0", "bed", "chamber"]);
      assert.deepEqual(points.get("bed")?.at(-1), [(began + 300) * 1000, 60]);
      assert.deepEqual(points.get("chamber"), [[(began + 300) * 1000, null]]);
    },
  );

  await t.test("a job ends: told once on every page, and the printer is ready again", async (t) => {
    const page = await open(t, "Dashboard pages/One printer");
    const other = await open(t, "Dashboard widgets/Tell me when my print is done");
    await shows(page.locator(".octoprint-badge.online"), "Printing");
    await other.getByText("Print done", { exact: true }).first().waitFor();
    await printer.finish(hostile, began + 1500);
    for (const { note } of [page, other].map((one) => ({ note: one.locator(".nrdb-ui-notification") }))) {
      // The dashboard itself makes it safe HTML, and shows that as text.
      await note.getByText("co.gcode: done after 20 min").first().waitFor();
      assert.equal(await note.locator("img, b").count(), 0);
    }
    await shows(page.locator(".octoprint-badge.online"), "Operational");
    await shows(page, "no job");
    await shows(page, "Progress: 0%");
    await row(page, `${hostile}: done after 20 min`).waitFor();
  });

  await t.test("is it online: the badge says what is missing", async (t) => {
    const page = await open(t, "Dashboard widgets/Is it online");
    await shows(page.locator(".octoprint-badge.online"), "Recorded printer: Operational");
    await printer.event("Disconnected", began + 1560);
    await printer.state("OFFLINE", "Offline", began + 1560);
    await shows(page.locator(".octoprint-badge.printer-offline"), "Recorded printer: printer offline");
    await printer.status("disconnected");
    await shows(page.locator(".octoprint-badge.octoprint-offline"), "Recorded printer: OctoPrint offline");
  });

  await t.test("publish: a button publishes a command, not retained", async (t) => {
    const page = await open(t, "Dashboard widgets/Publish");
    for (const [button, text] of [
      ["Pause", "True"],
      ["Resume", "False"],
    ] as const) {
      await page.getByRole("button", { name: button }).click();
      const command = await wire.next(({ topic }) => topic === "octoPrint/hassControl/pause");
      assert.deepEqual([command.text, command.retain], [text, false]);
    }
  });

  await t.test("farm: a row for each printer, and how many there are", async (t) => {
    const page = await open(t, "Dashboard pages/Farm");
    const [left, mk2, mk10] = ["left", "mk2", "mk10"].map((name) => new Printer(publisher, `farm/${name}/`));
    assert.ok(left && mk2 && mk10);
    await mk10.connect(began);
    await mk10.temperature("tool0", 24.5, 0, began);
    await left.connect(began);
    await left.start(hostile, began);
    await left.progress(hostile, 42, 1740, began + 600);
    await mk2.status("disconnected");
    const cells = (name: string): Locator => row(page, name).locator("td");

    await shows(cells("left"), "Printing");
    await shows(cells("left"), hostile);
    await shows(cells("left"), "29 min");
    await cells("left").locator("[role=progressbar][aria-valuenow='42']").waitFor();
    await shows(cells("mk10"), "Operational");
    await shows(cells("mk10"), "24.5");
    await shows(cells("mk2"), "OctoPrint offline");
    const names = await page.locator(".nrdb-table tbody tr td:first-child").allTextContents();
    assert.deepEqual(
      names.map((name) => name.trim()),
      ["left", "mk2", "mk10"],
    );
    for (const [label, count] of [
      ["Printers:", "3"],
      ["Printing:", "1"],
      ["Not online:", "1"],
    ] as const) {
      await shows(page.locator(".nrdb-ui-text").filter({ hasText: label }), count);
    }
    assert.equal(await page.locator("img[src=x], td b").count(), 0, "the file's name is text");
  });

  await t.test("nobody complained, neither in a page nor in Node-RED's log", () => {
    assert.deepEqual(dashboards.problems, []);
    assert.deepEqual(dashboards.nodeRed.warnings(), []);
  });
});
