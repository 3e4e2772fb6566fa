import { join } from "node:path";
import { after, before, beforeEach } from "node:test";
import type { BrowserContext, Locator, Page, Response } from "playwright-core";
import { startChromium } from "../support/chromium.ts";
import { cleanup, type Scope, ScriptScope } from "../support/cleanup.ts";
import { type NodeRedOptions, type NodeRedProcess, startNodeRed } from "../support/process.ts";

/** A folder for pictures of the page as each test left it, to see why one failed. */
const lastSight = process.env.BROWSER_LAST_SIGHT;

export type Theme = "light" | "dark";
export const themes: readonly Theme[] = ["light", "dark"];

export interface EditorOptions extends NodeRedOptions {
  readonly theme?: Theme;
  /** `httpAdminRoot`: the path below which the editor is served. */
  readonly adminRoot?: string;
}

/** Node-RED 4.1 has no dark theme of its own: people put one on it, as a stylesheet like this. */
const darkStylesheet = join(__dirname, "dark-theme.css");

/** Starts a Node-RED and opens its editor in a browser; both end with the scope. */
export async function openEditor(scope: Scope, options: EditorOptions = {}): Promise<Editor> {
  const { theme = "light", adminRoot = "", ...others } = options;
  const editorTheme = {
    tours: false,
    palette: { catalogues: [] },
    ...(theme === "dark" && !isNodeRed5 && { page: { css: darkStylesheet } }),
  };
  const nodeRed = await startNodeRed(scope, { ...others, settings: { editorTheme, httpAdminRoot: adminRoot || "/" } });
  const browser = await startChromium(scope);
  const context = await browser.newContext({
    colorScheme: theme,
    viewport: { width: 1400, height: 900 },
    reducedMotion: "reduce",
    storageState: { cookies: [], origins: [{ origin: nodeRed.url, localStorage: userSettings(theme) }] },
  });
  context.setDefaultTimeout(20_000);
  const page = await newPage(context);
  cleanup(scope, async () => {
    if (lastSight !== undefined) await page.screenshot({ path: join(lastSight, `${Date.now()}.png`) });
    await context.close();
  });
  const editor = new Editor(nodeRed, page, `${nodeRed.url}${adminRoot}/`);
  await editor.open();
  return editor;
}

/** One editor for all tests of a suite; to be called in it, and the result in its tests. */
export function sharedEditor(optionsOf: (scope: Scope) => Promise<EditorOptions> | EditorOptions): () => Editor {
  const scope = new ScriptScope();
  let editor: Editor | undefined;
  before(async () => {
    editor = await openEditor(scope, await optionsOf(scope));
  });
  beforeEach(async () => {
    // A test that failed may have left a dialog or a question open.
    const left = editor?.page.locator(".red-ui-tray, .ui-dialog:visible, .red-ui-notification:has(button)");
    if ((await left?.count()) !== 0) await editor?.open();
  });
  after(() => scope.end());
  return () => {
    if (editor === undefined) throw new Error("the editor is not open yet");
    return editor;
  };
}

export const isNodeRed5 = process.env.NODE_RED_DIR !== undefined;

/** What Node-RED 5 keeps in the browser: its dark theme is off until somebody chooses it. */
function userSettings(theme: Theme): { name: string; value: string }[] {
  return [{ name: "view-dark-theme", value: theme }];
}

async function newPage(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  // A question whether to leave with changes that are not deployed.
  page.on("dialog", (dialog) => void dialog.accept().catch(() => undefined));
  return page;
}

/** The editor as a person uses it: by what is on the page, with mouse and keyboard. */
export class Editor {
  readonly nodeRed: NodeRedProcess;
  readonly page: Page;
  /** What went wrong in the browser: uncaught errors, console errors, files that were not there. */
  readonly problems: string[] = [];

  readonly #address: string;

  constructor(nodeRed: NodeRedProcess, page: Page, address: string) {
    this.nodeRed = nodeRed;
    this.#address = address;
    this.page = page;
    page.on("pageerror", (error) => this.problems.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error") this.problems.push(message.text());
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.problems.push(`${response.status()} ${response.url()}`);
    });
  }

  /** Loads the editor, or loads it anew. */
  async open(): Promise<void> {
    await this.page.goto(this.#address);
    try {
      await this.paletteNode("octoprint-in").waitFor({ state: "attached" });
      await this.page.locator("#red-ui-loading-progress").waitFor({ state: "hidden" });
      // What slides away below the mouse between its down and its up is not clicked.
      await this.page.evaluate("jQuery.fx.off = true");
    } catch (problem) {
      throw new Error(["the editor does not load our nodes", ...this.problems].join("\n"), { cause: problem });
    }
  }

  paletteNode(type: string): Locator {
    return this.page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  }

  /** The nodes on the canvas that are labelled so. */
  node(label: string): Locator {
    const words = this.page.locator(".red-ui-flow-node-label-text").getByText(label, { exact: true });
    return this.page.locator(".red-ui-flow-node-group").filter({ has: words });
  }

  /** What stands below a node. */
  status(label: string): Locator {
    return this.node(label).locator(".red-ui-flow-node-status-label");
  }

  /** Drags a node out of the palette onto the canvas. */
  async drag(type: string, x: number, y: number): Promise<void> {
    const entry = this.paletteNode(type);
    await entry.scrollIntoViewIfNeeded();
    const canvas = await this.page.locator("#red-ui-workspace-chart").boundingBox();
    const from = await entry.boundingBox();
    if (canvas === null || from === null) throw new Error("the palette or the canvas is not to be seen");
    const { mouse } = this.page;
    await mouse.move(from.x + from.width / 2, from.y + from.height / 2);
    await mouse.down();
    await mouse.move(canvas.x + x - 20, canvas.y + y - 20, { steps: 4 });
    await mouse.move(canvas.x + x, canvas.y + y, { steps: 4 });
    await mouse.up();
  }

  /** Draws a wire from one node's output to another's input. */
  async wire(from: string, to: string): Promise<void> {
    await this.node(from).locator(".red-ui-flow-port-output").dragTo(this.node(to).locator(".red-ui-flow-port-input"));
  }

  /** Opens a node's dialog by a double click. */
  async edit(label: string): Promise<Dialog> {
    const dialog = new Dialog(this.page, "Edit ", "node-input");
    // One that is still sliding out would take the clicks.
    await this.page.locator(".red-ui-tray").first().waitFor({ state: "detached" });
    await this.node(label).locator("rect.red-ui-flow-node").dblclick();
    // Between the two clicks the canvas may be drawn anew, which takes them for two single ones.
    const late = { timeout: 5000 };
    await dialog.tray.waitFor(late).catch(() => this.node(label).locator("rect.red-ui-flow-node").dblclick());
    return dialog.opened();
  }

  async deploy(): Promise<void> {
    const button = this.page.locator("#red-ui-header-button-deploy");
    const isDeployed = (answer: Response): boolean =>
      new URL(answer.url()).pathname.endsWith("/flows") && answer.request().method() === "POST";
    // A link, which takes clicks while it looks disabled.
    await button.and(this.page.locator(":not(.disabled)")).waitFor();
    try {
      await Promise.all([this.page.waitForResponse(isDeployed), button.click()]);
    } catch (problem) {
      const said = await this.page.locator(".red-ui-notification").allInnerTexts();
      throw new Error(`not deployed: ${said.join(" | ")}`, { cause: problem });
    }
    await button.and(this.page.locator(".disabled")).waitFor();
  }

  /** A tab of the sidebar, by the letter of its keyboard shortcut. */
  async sidebar(name: "debug" | "help" | "info"): Promise<void> {
    await this.page.locator("#red-ui-workspace").focus();
    await this.page.keyboard.press("Control+g");
    await this.page.keyboard.press(name.charAt(0));
  }

  /** The messages in the debug sidebar. */
  get debugMessages(): Locator {
    return this.page.locator(".red-ui-debug-msg");
  }
}

/** The dialog of a node, or of a config node on top of it. */
export class Dialog {
  /** The whole dialog, with its buttons. */
  readonly tray: Locator;
  readonly #page: Page;
  readonly #prefix: "node-input" | "node-config-input";

  constructor(page: Page, title: string, prefix: "node-input" | "node-config-input") {
    this.#page = page;
    this.#prefix = prefix;
    const header = page.locator(".red-ui-tray-header").getByText(title);
    this.tray = page.locator(".red-ui-tray").filter({ has: header });
  }

  get #ok(): Locator {
    return this.tray.locator(this.#prefix === "node-input" ? "#node-dialog-ok" : "#node-config-dialog-ok");
  }

  get #cancel(): Locator {
    return this.tray.locator(this.#prefix === "node-input" ? "#node-dialog-cancel" : "#node-config-dialog-cancel");
  }

  /** It slides in; what is clicked meanwhile may be missed. */
  async opened(): Promise<this> {
    await this.#ok.waitFor();
    await this.tray.and(this.#page.locator("[style*='right: 0px']")).waitFor();
    await this.tray.evaluate((tray) => Promise.allSettled(tray.getAnimations().map(({ finished }) => finished)));
    return this;
  }

  field(name: string): Locator {
    return this.tray.locator(`#${this.#prefix}-${name}`);
  }

  async fill(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, value] of Object.entries(values)) await type(this.field(name), value);
  }

  /** The dialog of a new config node for this field. */
  async addConfig(field: "printer" | "broker" | "server"): Promise<Dialog> {
    await this.tray.locator(`#${this.#prefix}-btn-${field}-add`).click();
    return new Dialog(this.#page, `octoprint-${field}`, "node-config-input").opened();
  }

  async choose(values: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, label] of Object.entries(values)) await this.field(name).selectOption({ label });
  }

  /** The dialog of the config node that is chosen in this field. */
  async editConfig(field: "printer" | "broker" | "server"): Promise<Dialog> {
    await this.tray.locator(`#${this.#prefix}-btn-${field}-edit`).click();
    return new Dialog(this.#page, `octoprint-${field}`, "node-config-input").opened();
  }

  /** Fills in a field that takes text, msg properties and more. */
  async fillTyped(name: string, value: string): Promise<void> {
    const container = this.tray.locator(`#${this.#prefix}-${name} + .red-ui-typedInput-container`);
    await type(container.locator("input.red-ui-typedInput-input"), value);
  }

  /** One of the tabs in the dialog. */
  async tab(label: string): Promise<void> {
    await this.tray.locator(".red-ui-tab").getByText(label, { exact: true }).click();
  }

  /** Adds a line to the list of names that is shown, and fills it in. */
  async addName(name: string): Promise<void> {
    await this.tray.locator(".red-ui-editableList-addButton:visible").click();
    await type(this.tray.locator(".red-ui-editableList-container:visible input").last(), name);
  }

  /** Waits for a hint, a warning or an error in the dialog. */
  async says(text: string): Promise<void> {
    await this.tray.locator(".octoprint-note:visible").filter({ hasText: text }).waitFor();
  }

  /** The field is marked as wrong, and the tooltip says why. */
  async complains(name: string, message: string): Promise<void> {
    const field = this.#shown(name);
    await field.and(this.#page.locator(".input-error")).waitFor();
    // Away first: the tooltip comes when the mouse enters.
    await this.tray.locator(".red-ui-tray-header").hover();
    await field.hover();
    await this.#page.locator(".red-ui-popover").filter({ hasText: message }).waitFor();
    // Away again: a tooltip hides what it stands before.
    await this.tray.locator(".red-ui-tray-header").hover();
  }

  async isContent(name: string): Promise<void> {
    await this.#shown(name).and(this.#page.locator(":not(.input-error)")).waitFor();
  }

  /** Of a typed field, what is to be seen. */
  #shown(name: string): Locator {
    const field = `#${this.#prefix}-${name}`;
    return this.tray.locator(`${field}:visible, ${field} + .red-ui-typedInput-container`);
  }

  async done(): Promise<void> {
    await this.#ok.click();
    await this.tray.waitFor({ state: "detached" });
  }

  async cancel(): Promise<void> {
    await this.#cancel.click();
    await this.tray.waitFor({ state: "detached" });
  }
}

/** The editor looks at what is in a field at the end of a keystroke. */
async function type(field: Locator, value: string): Promise<void> {
  // A dialog that opens may give the focus to another field just then, which gets the text.
  for (let left = 3; left > 0; left--) {
    await field.fill(value);
    await field.press("End");
    if ((await field.inputValue()) === value) return;
  }
}
