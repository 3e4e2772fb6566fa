import type { Browser, Page } from "playwright-core";
import { adapted, exampleNames, type FlowNode, mergeConfigNodes, readExample } from "../demo/flows.ts";
import { startChromium } from "../support/chromium.ts";
import { cleanup, type Scope } from "../support/cleanup.ts";
import { startExampleBroker } from "../support/example-broker.ts";
import { type NodeRedProcess, startNodeRed } from "../support/process.ts";
import type { Publisher } from "../support/wire.ts";

/** The examples with a dashboard that need a broker alone, all in one Node-RED. */
export interface Dashboards {
  readonly nodeRed: NodeRedProcess;
  readonly printer: Publisher;
  /** Takes the broker away. */
  brokerDown(): Promise<void>;
  /** The id of the node of this type in the example. */
  id(example: string, type: string): string;
  /** Opens the example's page as somebody new would; it is closed at the end of the scope. */
  open(scope: Scope, example: string): Promise<Page>;
  /** What the pages wrote into their consoles as errors. */
  readonly problems: readonly string[];
}

export function dashboardNames(): string[] {
  const has = (name: string, wanted: string): boolean => readExample(name).some(({ type }) => type === wanted);
  return exampleNames().filter((name) => has(name, "ui-base") && !has(name, "octoprint-server"));
}

/** A dark theme, as somebody might choose the colours of one. */
const darkColors = {
  surface: "#1b1c1f",
  primary: "#4dabf7",
  bgPage: "#121315",
  groupBg: "#1e2023",
  groupOutline: "#3a3d42",
};

export interface DashboardOptions {
  /** The examples' own theme has light colours. */
  readonly dark?: boolean;
  /** The base topic of "My printer", where it is not that of one printer. */
  readonly baseTopic?: string;
}

export async function startDashboards(scope: Scope, { dark, baseTopic }: DashboardOptions = {}): Promise<Dashboards> {
  const { url: brokerUrl, printer, subscribed, down } = await startExampleBroker(scope);
  const recorded = baseTopic === undefined ? {} : { baseTopic };
  const surroundings = { brokerUrl, recorded, prefix: "", speed: 1 };
  // The editor makes one dashboard of several when it imports them.
  const flows = mergeConfigNodes(dashboardNames().flatMap((name) => adapted(readExample(name), surroundings))).map(
    (node) => (node.type === "ui-theme" && dark ? { ...node, colors: darkColors } : node),
  );
  const nodeRed = await startNodeRed(scope, { flows, dashboard: true });
  // The union of what all examples receive.
  for (const filter of baseTopic === undefined ? ["octoPrint/event/#", "farm/+/event/#"] : ["farm/+/event/#"]) {
    await subscribed(filter);
  }
  const browser = await startChromium(scope);
  const problems: string[] = [];
  return {
    nodeRed,
    printer,
    brokerDown: down,
    problems,
    id: (example, type) => String(nodeOf(example, type).id),
    open: (pageScope, example) => open(pageScope, browser, `${nodeRed.url}${addressOf(example)}`, problems),
  };
}

function nodeOf(example: string, type: string): FlowNode {
  const node = readExample(example).find((one) => one.type === type);
  if (node === undefined) throw new Error(`${example} has no ${type}`);
  return node;
}

function addressOf(example: string): string {
  return `${nodeOf(example, "ui-base").path}${nodeOf(example, "ui-page").path}`;
}

async function open(scope: Scope, browser: Browser, url: string, problems: string[]): Promise<Page> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: "en-GB",
    timezoneId: "UTC",
    serviceWorkers: "block",
  });
  cleanup(scope, () => context.close());
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  page.on("pageerror", (problem) => problems.push(problem.message));
  // Then the charts are on the window, and what they draw can be read: from the canvas it cannot.
  await page.addInitScript("window.Cypress = true");
  await page.goto(url);
  return page;
}
