import { jobEnds, jobSteps } from "../octoprint/job-report.ts";
import { catalogOf } from "../octoprint-broker/editor-dialog.ts";

const text = catalogOf("octoprint-in");
const outcomes: readonly string[] = [...jobEnds, ...jobSteps];

/** Shows what of a job can be told, to be ticked. */
export function showOutcomes(container: JQuery, selected: readonly string[]): void {
  const rows = outcomes.map((outcome) => {
    const box = $('<input type="checkbox">').val(outcome).prop("checked", selected.includes(outcome));
    return $("<label>").append(box, $("<span>").text(text(`outcome.${outcome}`)));
  });
  container.empty().append(rows);
}

export function outcomesIn(container: JQuery): string[] {
  const ticked = container.find("input:checked").map((_, box) => String($(box).val() ?? ""));
  return ticked.get();
}
