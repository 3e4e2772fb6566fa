import { catalogOf, completions, entryOf } from "../node-red/editor-dialog.ts";
import { jobEnds, jobSteps } from "../octoprint/tracking/job-report.ts";

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

/** Makes an editable list of names, with completions. */
export function nameList(
  list: JQuery,
  placeholder: () => string,
  offer: () => readonly string[],
  changed: () => void,
): void {
  list.editableList<{ name?: string }>({
    addItem: (row, _index, { name }) => {
      const field = $('<input type="text">')
        .attr({ placeholder: placeholder(), "aria-label": placeholder() })
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

/** Replaces the names in an editable list. */
export function fillList(list: JQuery, names: readonly string[]): void {
  list.editableList("empty");
  for (const name of names) list.editableList("addItem", { name });
}
const outcomes: readonly string[] = [...jobEnds, ...jobSteps];

/** Shows the outcomes and steps of a job, to be ticked. */
export function showOutcomes(container: JQuery, selected: readonly string[]): void {
  const rows = outcomes.map((outcome) => {
    const box = $('<input type="checkbox">').val(outcome).prop("checked", selected.includes(outcome));
    return $("<label>").append(box, $("<span>").text(text(`outcome.${outcome}`)));
  });
  container.empty().append(rows);
}

/** The outcomes that are sent with nothing ticked, in words. */
export function usualOutcomes(): string {
  return jobEnds.map((outcome) => text(`outcome.${outcome}`)).join(text("text.separator"));
}

/** The outcomes of a job that are ticked. */
export function outcomesIn(container: JQuery): string[] {
  const ticked = container.find("input:checked").map((_, box) => String($(box).val() ?? ""));
  return ticked.get();
}
