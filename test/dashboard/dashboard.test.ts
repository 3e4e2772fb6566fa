import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import { readExample } from "../demo/flows.ts";
import { withoutChromium } from "../support/chromium.ts";
import { type Dashboards, dashboardNames, startDashboards } from "./dashboards.ts";
import { hostile, Printer } from "./story.ts";

const configuration = /^(tab|comment|octoprint-broker|octoprint-printer|ui-base|ui-theme|ui-page|ui-group)$/;
const jobs = dashboardNames().filter((name) => name.startsWith("Dashboard widgets/"));

suite("the widgets", () => {
  const counted = jobs.map((name) => readExample(name).filter(({ type }) => !configuration.test(type)).length);

  test("take two to four nodes each, on one page", () => {
    assert.equal(jobs.length, 4);
    assert.ok(counted.every((count) => count >= 2 && count <= 4));
    const pages = jobs.flatMap((name) => readExample(name).filter(({ type }) => type === "ui-page"));
    assert.equal(new Set(pages.map(({ id }) => id)).size, 1);
  });

  test("every page of the menu has something on it", () => {
    const nodes = dashboardNames().flatMap(readExample);
    const shown = new Set(nodes.flatMap(({ z, group }) => (z === undefined ? [] : [group])));
    const filled = new Set(nodes.flatMap(({ type, id, page }) => (type === "ui-group" && shown.has(id) ? [page] : [])));
    for (const { type, id, name } of nodes) if (type === "ui-page") assert.ok(filled.has(id), `${name} is blank`);
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

const eventOf = (page: Page, text: string): Locator => page.locator(".op-events li").filter({ hasText: text });
const card = (page: Page, printer: string): Locator =>
  page.locator(".op-cards article").filter({ has: page.locator("strong", { hasText: new RegExp(`^${printer}$`) }) });

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
  const { printer: publisher, open, id } = dashboards;
  const printer = new Printer(publisher, "octoPrint/");
  // By the printer's clock, which is not ours.
  const began = Math.floor(Date.now() / 1000) - 1800;

  await t.test("one printer: state, job, temperatures and events of a print", async (t) => {
    const page = await open(t, "Dashboard pages/One printer");
    await printer.connect(began);
    await printer.heat(began);
    await shows(page.locator(".op-printer.idle .op-state"), "Operational");
    await shows(page, "No print job");
    await printer.start(hostile, began + 300);
    await printer.progress(hostile, 42, 1740, began + 900);

    await shows(page.locator(".op-printer.printing .op-state"), "Printing");
    await shows(page.locator(".op-file"), hostile);
    await shows(page.locator(".op-percent"), "42 %");
    await page.locator("[role=progressbar][aria-valuenow='42']").waitFor();
    await shows(page.locator(".op-left"), "29 min");
    await page
      .locator(".op-done")
      .filter({ hasText: /^\d\d:\d\d$/ })
      .waitFor();
    await page.locator(".op-heat.hot").filter({ hasText: "Nozzle" }).getByText("/ 210 °C").waitFor();
    await eventOf(page, `${hostile}: print started`).waitFor();
    await eventOf(page, "Recorded printer: printer connected").waitFor();
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
    await shows(page.locator(".op-printer.printing .op-state"), "Printing");
    await other.getByText("Last print", { exact: true }).first().waitFor();
    await printer.finish(hostile, began + 1500);
    for (const { note } of [page, other].map((one) => ({ note: one.locator(".nrdb-ui-notification") }))) {
      // The dashboard itself makes it safe HTML, and shows that as text.
      await note.getByText("co.gcode: done after 20 min").first().waitFor();
      assert.equal(await note.locator("img, b").count(), 0);
    }
    await shows(page.locator(".op-printer.idle .op-state"), "Operational");
    await shows(page, "No print job");
    await eventOf(page, `${hostile}: done after 20 min`).waitFor();
    await shows(other.locator(".nrdb-ui-text"), `${hostile}: done after 20 min`);
    const history = await open(t, "Data/Job history");
    await history.locator(".op-jobs tr").filter({ hasText: hostile }).getByText("done", { exact: true }).waitFor();
    await shows(history, "100 %");
    assert.equal(await history.locator("img[src=x], td b").count(), 0, "the file's name is text");
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

  await t.test("farm: a card for each printer, those that need you first, and numbers that add up", async (t) => {
    const page = await open(t, "Dashboard pages/Farm");
    const member = (name: string): Printer => new Printer(publisher, `farm/${name}/`);
    const [left, mk2, mk10, broken] = [member("left"), member("mk2"), member("mk10"), member("broken")];
    await mk10.connect(began);
    await mk10.temperature("tool0", 24.5, 0, began);
    await left.connect(began);
    await left.start(hostile, began);
    await left.progress(hostile, 42, 1740, began + 600);
    await mk2.status("disconnected");
    await broken.connect(began);
    await broken.event("Error", began + 10, { error: "Thermal Runaway" });
    await broken.state("ERROR", "Error", began + 10);

    await shows(card(page, "left"), "Printing");
    await shows(card(page, "left"), hostile);
    await shows(card(page, "left"), "29 min left");
    await card(page, "left").locator("[role=progressbar][aria-valuenow='42']").waitFor();
    await shows(card(page, "mk10"), "Operational");
    await shows(card(page, "mk10"), "Nozzle 25 °C");
    await shows(card(page, "mk2"), "OctoPrint offline");
    await shows(card(page, "broken"), "Thermal Runaway");
    const names = await page.locator(".op-cards article strong").allTextContents();
    assert.deepEqual(names, ["broken", "mk2", "left", "mk10"]);
    const counts = await page.locator(".op-counts li").allTextContents();
    assert.deepEqual(
      counts.map((count) => count.trim()),
      ["4 printers", "1 error", "1 OctoPrint offline", "1 printing", "1 idle"],
    );
    assert.equal(await page.locator("img[src=x], article b b").count(), 0, "the file's name is text");
    // On a phone nothing scrolls sideways.
    await page.setViewportSize({ width: 390, height: 844 });
    assert.ok(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"));
  });

  await t.test("nobody complained, neither in a page nor in Node-RED's log", () => {
    assert.deepEqual(dashboards.problems, []);
    assert.deepEqual(dashboards.nodeRed.warnings(), []);
  });
});

test("the printer's page of a farm shows the printer that is chosen", { skip: withoutChromium() }, async (t) => {
  const {
    printer: publisher,
    open,
    id,
    problems,
    nodeRed,
  } = await startDashboards(t, { baseTopic: "farm/{printer}/" });
  const began = Math.floor(Date.now() / 1000) - 1800;
  const [mk3, mk4] = [new Printer(publisher, "farm/mk3/"), new Printer(publisher, "farm/mk4/")];
  const page = await open(t, "Dashboard pages/One printer");
  await mk3.connect(began);
  await mk3.start("Benchy.gcode", began + 60);
  await mk3.heat(began);
  await shows(page.locator(".op-printer.printing .op-state"), "Printing");
  await mk4.connect(began);
  for (const [step, actual] of [24, 25, 26].entries()) await mk4.temperature("tool0", actual, 0, began + step);
  await mk3.progress("Benchy.gcode", 5, 1740, began + 300);

  await page.getByRole("combobox").first().click();
  await page.getByRole("option", { name: "mk4" }).click();
  await shows(page.locator(".op-printer.idle .op-state"), "Operational");
  const points = await drawn(page, id("Dashboard pages/One printer", "ui-chart"), 2);
  assert.deepEqual(
    points.get("tool0")?.map(([, y]) => y),
    [24, 25, 26],
  );
  // The other one goes on, unseen.
  await mk3.temperature("tool0", 199, 210, began + 301);
  await mk4.temperature("tool0", 27, 0, began + 301);
  const script = `window.uiCharts["${id("Dashboard pages/One printer", "ui-chart")}"].chart.getOption().series[0].data.length === 4`;
  await page.waitForFunction(script);
  assert.deepEqual([problems, nodeRed.warnings()], [[], []]);
});
