import type { AnyProblem } from "./any-problem.ts";

// What the dialogs of all nodes share.

type NodeSet =
  | "octoprint-broker"
  | "octoprint-server"
  | "octoprint-printer"
  | "octoprint-in"
  | "octoprint-mqtt-out"
  | "octoprint-control";
/** A text of a catalog, in the editor's language, with its placeholders filled. */
export type Text = (key: string, parameters?: Record<string, string | number>) => string;

/** The texts of one node's catalog. */
export function catalogOf(set: NodeSet): Text {
  return (key, parameters) => RED._(`@printflow/node-red-octoprint-mqtt/${set}:${key}`, parameters);
}

const text = catalogOf("octoprint-broker");

/** A problem in words; settings are called what their labels say. */
export function problemText({ code, ...parameters }: AnyProblem): string {
  const words: Record<string, string | number> = { ...parameters };
  for (const name of ["field", "other"]) {
    const field = words[name];
    if (field !== undefined) words[name] = text(`field.${field}`);
  }
  return text(`problem.${code}`, words);
}

/** A validator's result. Node-RED puts messages into tooltips as html, and a setting may come from anybody's flow. */
export function verdict(problem: AnyProblem | undefined): true | string {
  return problem === undefined || problemText(problem).replaceAll("<", "‹").replaceAll(">", "›");
}

/** `${NAME}` is a setting that the runtime replaces. */
export function isEnvironment(value: string): boolean {
  return /^\$[{(][a-z_][a-z0-9_]*[)}]$/i.test(value);
}

/** The fields of a node, in the dialog or as stored. */
export interface Fields {
  text(field: string): string;
  ticked(field: string): boolean;
  list(field: string): readonly string[];
}

/** The fields of a node as they are stored. */
export function storedFields(node: EditorNode): Fields {
  return {
    text: (field) => {
      const value = node[field];
      return typeof value === "string" || typeof value === "number" ? String(value) : "";
    },
    ticked: (field) => node[field] === true,
    list: (field) => {
      const value = node[field];
      return Array.isArray(value) ? value.filter((entry) => typeof entry === "string") : [];
    },
  };
}

/** Fills in the inputs of settings that an older flow lacks: it gets the defaults, as in the runtime. */
export function fillMissing(node: EditorNode, prefix: "node-input" | "node-config-input", defaults: object): void {
  const entries: [string, unknown][] = Object.entries(defaults);
  for (const [field, value] of entries) {
    if (node[field] !== undefined) continue;
    const input = $(`#${prefix}-${field}`);
    if (typeof value === "boolean") input.prop("checked", value);
    else if (typeof value === "string" && value !== "") input.val(value);
  }
}

// Validators run for nodes that are not in the dialog too, so what an input holds counts for its own node only.
const openNodes = new Set<string>();

/** To be called when a node's dialog opens: from now on its inputs count. */
export function dialogOpened(node: EditorNode): void {
  openNodes.add(node.id);
}

/** The id of the node whose dialog was opened last: it lies on top of the others. */
export function topDialog(): string | undefined {
  return [...openNodes].at(-1);
}

/** To be called when a node's dialog closes: from now on what is stored counts. */
export function dialogClosed(node: EditorNode): void {
  openNodes.delete(node.id);
}

/** What the dialog holds while the node is being edited, else what is stored. */
export function currentFields(node: EditorNode, prefix: "node-input" | "node-config-input"): Fields {
  const stored = storedFields(node);
  const inputOf = (field: string): JQuery | undefined => {
    const input = openNodes.has(node.id) ? $(`#${prefix}-${field}`) : undefined;
    return input?.length ? input : undefined;
  };
  return {
    text: (field) => {
      const input = inputOf(field);
      return input ? entryOf(input) : stored.text(field);
    },
    ticked: (field) => inputOf(field)?.is(":checked") ?? stored.ticked(field),
    list: stored.list,
  };
}

/** True in the dialog of a configuration node that is being added. */
export function isBeingAdded(node: EditorNode): boolean {
  return !RED.nodes.node(node.id);
}

/**
 * When the dialog of a configuration node closes, Node-RED leaves the focus nowhere, and the keyboard works no more. Where
 * another node is chosen then, it goes to what comes next.
 */
export function focusAfterChoice(select: JQuery, next: JQuery): void {
  let chosen = entryOf(select);
  select.on("change", () => {
    const before = chosen;
    chosen = entryOf(select);
    const isHere = select.closest(".octoprint-form").find(":focus").length > 0;
    if (chosen !== before && !isHere) next.trigger("focus");
  });
}

/** The input's text. A select of config nodes says `_ADD_` where none is chosen. */
export function entryOf(input: JQuery): string {
  const value = input.val();
  return typeof value === "string" && value !== "_ADD_" ? value : "";
}

/** A line below a form. */
export interface Note {
  readonly level: "info" | "success" | "warning" | "error";
  readonly text: string;
}

const noteIcons = {
  info: "fa-info-circle",
  success: "fa-check-circle",
  warning: "fa-exclamation-triangle",
  error: "fa-times-circle",
} as const;

/** Replaces the lines below a form. */
export function showNotes(container: JQuery, notes: readonly Note[]): void {
  container.empty().toggle(notes.length > 0);
  for (const { level, text: words } of notes) {
    $("<div>")
      .addClass(`octoprint-note octoprint-note-${level}`)
      .append($("<i>").addClass(`fa ${noteIcons[level]}`), $("<span>").text(words))
      .appendTo(container);
  }
}

/** A line that says a problem in words. */
export function problemNote(level: Note["level"], problem: AnyProblem): Note {
  return { level, text: problemText(problem) };
}

/** For `autoComplete`: what holds the typed text, in the given order. */
export function completions(names: readonly string[], typed: string): EditorCompletion[] {
  const wanted = typed.trim().toLowerCase();
  return names.filter((name) => name.toLowerCase().includes(wanted)).map((name) => ({ value: name, label: name }));
}
