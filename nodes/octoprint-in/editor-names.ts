import { catalogOf, completions, entryOf } from "../octoprint-broker/editor-dialog.ts";

const text = catalogOf("octoprint-in");

/** The names in an editable list of text inputs. */
export function namesIn(list: JQuery): string[] {
  const names: string[] = [];
  list.editableList("items").each((_, row) => {
    const name = entryOf($(row).find("input")).trim();
    if (name !== "" && !names.includes(name)) names.push(name);
  });
  return names;
}

export function nameList(
  list: JQuery,
  placeholder: () => string,
  offer: () => readonly string[],
  changed: () => void,
): void {
  list.editableList<{ name?: string }>({
    addItem: (row, _index, { name }) => {
      const field = $('<input type="text">')
        .attr("placeholder", placeholder())
        .val(name ?? "")
        .appendTo(row);
      field.autoComplete({ minLength: 0, search: (typed) => completions(offer(), typed) });
      field.on("change keyup", changed);
      changed();
    },
    removeItem: changed,
    addButton: text("list.add"),
    removable: true,
    height: "auto",
  });
}

export function fillList(list: JQuery, names: readonly string[]): void {
  list.editableList("empty");
  for (const name of names) list.editableList("addItem", { name });
}
