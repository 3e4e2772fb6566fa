import assert from "node:assert/strict";
import { suite, test } from "node:test";
import type { Locator } from "playwright-core";
import { withoutChromium } from "../support/chromium.ts";
import { type Dialog, sharedEditor, themes } from "./editor.ts";
import { brokerNode, controlNode, inNode, outNode, printerNode, serverNode, tab } from "./flows.ts";

const flows = [
  tab,
  brokerNode({ id: "broker", name: "Workshop" }),
  printerNode({ id: "printer", name: "Prusa", baseTopic: "workshop", eventTopic: "event/{event}/x" }),
  serverNode({ id: "server", url: "http://octopi.example", tls: "" }),
  printerNode({ id: "direct", name: "Direct", source: "server", server: "server", broker: "" }),
  inNode({ id: "table", y: 300, name: "table", kind: "printer", table: true, printer: "direct" }),
  inNode({ id: "in", y: 100, select: ["PrintDone", "plugin_x_y"] }),
  inNode({ id: "job", y: 200, name: "job", kind: "job" }),
  outNode({ id: "out", y: 100, kind: "other", target: "relay" }),
  controlNode({ id: "heat", y: 400, name: "heat", printer: "direct", command: "heat" }),
  controlNode({ id: "ask", y: 500, name: "asked", printer: "direct", command: "msg" }),
];

for (const theme of themes) {
  suite(`the dialogs in the ${theme} theme`, { skip: withoutChromium() }, () => {
    const editor = sharedEditor(() => ({ flows, theme }));

    test("are as dark as the editor, and their words can be read", async () => {
      const inDialog = await editor().edit("PrintDone, plugin_x_y · Prusa");
      await inDialog.tray.locator(".octoprint-events-class").first().hover();
      await readable(inDialog, theme);

      const printer = await inDialog.editConfig("printer");
      await printer.tray.getByText("Fill in from OctoPrint's config.yaml").click();
      await readable(printer, theme);

      const broker = await printer.editConfig("broker");
      for (const name of ["Connection", "Security", "Status and queue"]) {
        await broker.tab(name);
        await readable(broker, theme);
      }
      for (const dialog of [broker, printer, inDialog]) await dialog.cancel();

      const table = await editor().edit("table");
      await readable(table, theme);
      const direct = await table.editConfig("printer");
      await readable(direct, theme);
      const server = await direct.editConfig("server");
      await server.tray.getByText("More: TLS").click();
      await readable(server, theme);
      for (const dialog of [server, direct, table]) await dialog.cancel();

      for (const label of ["job", "topic relay → Prusa", "heat", "asked"]) {
        const dialog = await editor().edit(label);
        await readable(dialog, theme);
        await dialog.cancel();
      }
      assert.deepEqual(editor().problems, []);
    });
  });
}

interface Shown {
  readonly words: string;
  readonly color: string;
  readonly background: string;
}

/** What Node-RED's own secondary text has in its light theme, in which hints are set. */
const leastContrast = 3;

async function readable(dialog: Dialog, theme: string): Promise<void> {
  const shown = await wordsIn(dialog.tray.locator(".octoprint-form"));
  assert.ok(shown.length > 5, "the dialog has words");
  for (const { words, color, background } of shown) {
    const contrast = contrastOf(luminance(color), luminance(background));
    assert.ok(contrast >= leastContrast, `“${words}”: ${color} on ${background} is ${contrast.toFixed(1)} to 1`);
    assert.equal(luminance(background) < 0.2, theme === "dark", `“${words}” stands on ${background}`);
  }
}

/** Every element that shows text of its own, with the colours it has in the end. */
async function wordsIn(form: Locator): Promise<Shown[]> {
  const elements = form.locator(
    "label, span, option:checked, summary, code, th, td, h4, p, button, input:not([type=checkbox]), select, textarea, li",
  );
  return elements.evaluateAll((all) =>
    all.flatMap((element) => {
      const words = element.matches("input, select, textarea")
        ? "value of a field"
        : [...element.childNodes]
            .filter((node) => node.nodeType === Node.TEXT_NODE)
            .map((node) => node.textContent ?? "")
            .join("")
            .trim();
      const disabled = element.matches(":disabled, :disabled *, .disabled, .disabled *");
      const ours = element.closest(".red-ui-tabs, .red-ui-editableList-addButton") === null;
      if (words === "" || disabled || !ours || !element.checkVisibility()) return [];
      let behind: Element | null = element;
      while (behind !== null && /^rgba\(.*, 0\)$|^transparent$/.test(getComputedStyle(behind).backgroundColor)) {
        behind = behind.parentElement;
      }
      const background = behind === null ? "rgb(255, 255, 255)" : getComputedStyle(behind).backgroundColor;
      return [{ words, color: getComputedStyle(element).color, background }];
    }),
  );
}

/** Relative luminance of `rgb(…)`, by WCAG 2.2. */
function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
    const value = Number(part) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrastOf(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
