import { currentFields, showNotes } from "./editor-dialog.ts";

interface WatchedFields {
  readonly prefix: "node-input" | "node-config-input";
  readonly fields: readonly string[];
  /** The validator of the definition. */
  readonly validate: (node: EditorNode, field: string, value: string) => boolean | string;
  /** Where the texts go. */
  readonly notes: JQuery;
}

/**
 * Says in words what is wrong with the fields of a dialog: Node-RED's red border says nothing, and may be
 * on a field that a tab or a fold hides. Those are marked, too. Returns a function that looks again.
 */
export function followProblems(node: EditorNode, { prefix, fields, validate, notes }: WatchedFields): () => void {
  const form = notes.closest(".octoprint-form");
  const follow = (): void => {
    const current = currentFields(node, prefix);
    const texts = new Set<string>();
    form.find(".octoprint-mark").remove();
    for (const field of fields) {
      const found = validate(node, field, current.text(field));
      if (found === true) continue;
      if (typeof found === "string") texts.add(found);
      markWhatHides(form, $(`#${prefix}-${field}`));
    }
    showNotes(
      notes,
      [...texts].map((text) => ({ level: "error", text })),
    );
  };
  form.on("change keyup", follow);
  follow();
  return follow;
}

/** The fold around the field, and the tab on whose page it stands. */
function markWhatHides(form: JQuery, field: JQuery): void {
  const summary = field.closest("details").children("summary");
  const page = field.closest("[data-octoprint-page]").attr("id");
  const tab = page === undefined ? undefined : form.find(`.red-ui-tab-label[href="#${page}"]`);
  for (const place of [summary, tab]) {
    if (place === undefined || place.find(".octoprint-mark").length > 0) continue;
    place.append($("<i>").addClass("fa fa-exclamation-triangle octoprint-mark"));
  }
}
