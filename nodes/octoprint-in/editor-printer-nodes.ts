import { chosenPrinter } from "../octoprint-printer/editor.ts";

// Further printer nodes whose printers are rows of the same table.

/** Shows all printer nodes, to be ticked. */
export function showPrinterNodes(container: JQuery, selected: readonly string[]): void {
  container.empty();
  RED.nodes.eachConfig(({ id }) => {
    const chosen = chosenPrinter(id);
    if (chosen === undefined) return;
    const box = $('<input type="checkbox">').val(id).prop("checked", selected.includes(id));
    $("<label>").append(box, $("<span>").text(chosen.label)).appendTo(container);
  });
}

/** Hides the one that is in the table anyway. Returns how many others there are. */
export function showOtherPrinterNodes(container: JQuery, printer: string): number {
  const boxes = container.find("input");
  boxes.each((_, box) => {
    $(box)
      .parent()
      .toggle($(box).val() !== printer);
  });
  return boxes.filter((_, box) => $(box).val() !== printer).length;
}

/** The ids of the further printer nodes that are chosen. */
export function printerNodesIn(container: JQuery, printer: string): string[] {
  const ticked = container.find("input:checked").map((_, box) => String($(box).val() ?? ""));
  return ticked.get().filter((id) => id !== printer);
}
