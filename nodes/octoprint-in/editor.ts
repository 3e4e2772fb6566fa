import { isFilter } from "../mqtt/filter.ts";
import type { AnyProblem } from "../node-red/any-problem.ts";
import {
  catalogOf,
  currentFields,
  dialogClosed,
  dialogOpened,
  entryOf,
  fillMissing,
  focusAfterChoice,
  type Note,
  problemNote,
  showNotes,
  storedFields,
  verdict,
} from "../node-red/editor-dialog.ts";
import { followProblems } from "../node-red/editor-problems.ts";
import { isKind, kindTable, progressNames } from "../octoprint/topics/kinds.ts";
import type { Scheme } from "../octoprint/topics/scheme.ts";
import { checkName } from "../octoprint/topics/template.ts";
import { trackedFilters } from "../octoprint-printer/derived-filters.ts";
import { type ChosenPrinter, chosenPrinter, onlyPrinter } from "../octoprint-printer/editor.ts";
import { type EventPicker, eventPicker } from "./editor-events.ts";
import { filtersOfGroup, groupNotes } from "./editor-group.ts";
import { label } from "./editor-label.ts";
import { fillList, nameList, namesIn, outcomesIn, showOutcomes, usualOutcomes } from "./editor-names.ts";
import { printerNodesIn, showOtherPrinterNodes, showPrinterNodes } from "./editor-printer-nodes.ts";
import {
  hasNames,
  inDefaults,
  isDerived,
  isRate,
  type Receivable,
  receivableOf,
  selectionOf,
  sourceProblem,
} from "./settings.ts";

const text = catalogOf("octoprint-in");
const input = (field: string): JQuery => $(`#node-input-${field}`);

/** The suggestions; anything else can be typed as well. */
const suggestions: Partial<Record<Receivable, readonly string[]>> = {
  progress: progressNames,
  temperature: ["tool0", "tool1", "bed", "chamber", "soc"],
  metadata: ["layer_height", "estimated_print_time", "filament_used"],
  other: ["plugin/#", "plugin/+/state", "hass/#", "camera"],
};

function suggestionsFor(kind: Receivable): readonly string[] {
  const fromServer = chosenPrinter(entryOf(input("printer")))?.fromServer === true;
  return kind === "other" && fromServer ? ["plugin/#"] : (suggestions[kind] ?? []);
}

function nameProblem(kind: Receivable, name: string): AnyProblem | undefined {
  if (kind === "other") return isFilter(name) ? undefined : { code: "filter-invalid", filter: name };
  const placeholder = isKind(kind) ? kindTable[kind].placeholder : undefined;
  return placeholder === undefined ? undefined : checkName(placeholder, name)?.problem;
}

function printerProblem(name: string): AnyProblem | undefined {
  return checkName("printer", name)?.problem;
}

function firstProblem<T>(
  values: readonly T[],
  problemOf: (value: T) => AnyProblem | undefined,
): AnyProblem | undefined {
  for (const value of values) {
    const problem = problemOf(value);
    if (problem) return problem;
  }
  return undefined;
}

/** What the open dialog shows and holds. */
class InDialog {
  readonly #node: EditorNode;
  readonly #namesOf = new Map<Receivable, string[]>();
  readonly #names = $("#octoprint-in-names");
  readonly #outcomes = $("#octoprint-in-outcomes");
  readonly #printers = $("#octoprint-in-printers");
  readonly #printerNodes = $("#octoprint-in-printerNodes");
  #kind: Receivable;
  #picker: EventPicker | undefined;
  #revealed = false;

  constructor(node: EditorNode) {
    const stored = storedFields(node);
    this.#node = node;
    this.#kind = receivableOf(stored.text("kind"));
    this.#namesOf.set(this.#kind, [...stored.list("select")]);
    fillMissing(node, "node-input", inDefaults);
    const hint = () => this.showHints();
    nameList(
      this.#names,
      () => text(`placeholder.select-${this.#kind}`),
      () => suggestionsFor(this.#kind),
      hint,
    );
    nameList(
      this.#printers,
      () => text("placeholder.printers"),
      () => [],
      hint,
    );
    fillList(this.#printers, stored.list("printers"));
    this.showKind();
    input("kind").on("change", () => this.changeKind());
    input("table").on("change", () => this.showRows());
    showPrinterNodes(this.#printerNodes, stored.list("printerNodes"));
    input("printer").on("change", () => this.showRows());
    input("printer").on("change", hint);
    focusAfterChoice(input("printer"), input("kind"));
    followProblems(node, {
      prefix: "node-input",
      fields: ["rate"],
      validate: (_node, _field, value) => validateRate(node, value),
      notes: $("#octoprint-in-problems"),
    });
    input("group").on("change keyup", () => this.showRows());
    input("group").on("change keyup", hint);
  }

  /** The names chosen for the kind; what was chosen for another one is not kept with the node. */
  get names(): string[] {
    if (!hasNames(this.#kind)) return [];
    if (this.#kind === "job") return outcomesIn(this.#outcomes);
    return this.#kind === "event" ? (this.#picker?.selected() ?? []) : namesIn(this.#names);
  }

  get printers(): string[] {
    return namesIn(this.#printers);
  }

  /** The names chosen in this dialog; `undefined`: it is another node's. */
  of(node: EditorNode): readonly string[] | undefined {
    return node === this.#node ? this.names : undefined;
  }

  changeKind(): void {
    const kind = receivableOf(entryOf(input("kind")));
    if (kind === this.#kind) return;
    this.#namesOf.set(this.#kind, this.names);
    this.#kind = kind;
    this.showKind();
  }

  showKind(): void {
    const kind = this.#kind;
    const names = this.#namesOf.get(kind) ?? [];
    const listed = hasNames(kind) && kind !== "event" && kind !== "job";
    if (hasNames(kind)) $("#octoprint-in-label-select").text(text(`label.select-${kind}`));
    $("#octoprint-in-events").toggle(kind === "event");
    this.#outcomes.toggle(kind === "job");
    this.#names.closest(".red-ui-editableList").toggle(listed);
    fillList(this.#names, listed ? names : []);
    const none = kind === "event" || kind === "job" ? kind : "list";
    $("#octoprint-in-none").text(text(`note.none-${none}`, { outcomes: usualOutcomes() }));
    if (kind === "event") this.#picker = eventPicker($("#octoprint-in-events"), names, () => this.showHints());
    if (kind === "job") showOutcomes(this.#outcomes, names);
    this.showRows();
    this.showHints();
  }

  /** Shows only the settings that matter. */
  showRows(): void {
    const kind = this.#kind;
    $("#octoprint-in-row-select").toggle(hasNames(kind));
    $("#octoprint-in-row-output").toggle(kind !== "printer" || !input("table").is(":checked"));
    $("#octoprint-in-rows-received").toggle(!isDerived(kind));
    $("#octoprint-in-row-retained").toggle(entryOf(input("group")) === "");
    $("#octoprint-in-rows-printer").toggle(kind === "printer");
    const others = showOtherPrinterNodes(this.#printerNodes, entryOf(input("printer")));
    $("#octoprint-in-row-printerNodes").toggle(input("table").is(":checked") && others > 0);
  }

  showHints(): void {
    const chosen = chosenPrinter(entryOf(input("printer")));
    const farm = chosen?.scheme?.farm === true;
    // Without a scheme (a setting from the environment) the editor cannot know, so what is set stays visible.
    $("#octoprint-in-row-printers").toggle(farm || (chosen?.scheme === undefined && this.printers.length > 0));
    // What is set for a broker stays visible, so that it can be removed.
    $("#octoprint-in-row-group").toggle(chosen?.fromServer !== true || entryOf(input("group")) !== "");
    showNotes($("#octoprint-in-notes"), chosen?.scheme ? this.#notesOn(chosen, chosen.scheme) : []);
  }

  #notesOn({ fromServer }: ChosenPrinter, scheme: Scheme): Note[] {
    const kind = this.#kind;
    const wrong = firstProblem(this.names, (name) => nameProblem(kind, name));
    if (wrong) return [problemNote("error", wrong)];
    const group = isDerived(kind) ? "" : entryOf(input("group"));
    const wrongSource = sourceProblem({ kind, group, select: this.names }, !fromServer);
    if (wrongSource) return [problemNote("error", wrongSource)];
    if (fromServer) return serverNotes(kind);
    if (isDerived(kind)) return [filtersNote(trackedFilters(scheme))];
    const found = scheme.filters(selectionOf({ kind, select: this.names, printers: this.printers }));
    if (!found.ok) return [problemNote("error", found.problem)];
    const notes = [filtersNote(filtersOfGroup(group, found.filters)), ...groupNotes(group, entryOf(input("printer")))];
    if (kind === "all" && !scheme.settings.baseTopic.endsWith("/")) {
      notes.push({ level: "warning", text: text("note.otherNotReceived") });
    }
    return notes;
  }

  laidOut(): void {
    if (!this.#revealed) this.#picker?.reveal();
    this.#revealed = true;
  }

  save(): void {
    this.#node.select = this.names;
    this.#node.printers = this.printers;
    const table = this.#kind === "printer" && input("table").is(":checked");
    this.#node.printerNodes = table ? printerNodesIn(this.#printerNodes, entryOf(input("printer"))) : [];
    // Its input is hidden then.
    if (isDerived(this.#kind)) input("group").val("");
  }
}

function filtersNote(filters: readonly string[]): Note {
  return { level: "info", text: text("note.filters", { filters: shortLines(filters) }) };
}

/** What comes from OctoPrint itself. */
function serverNotes(kind: Receivable): Note[] {
  const keys = { all: "note.serverAll", metadata: "note.serverMetadata", other: "note.serverOther" };
  const key = kind === "all" || kind === "metadata" || kind === "other" ? keys[kind] : undefined;
  return key === undefined ? [] : [{ level: "info", text: text(key) }];
}

let dialog: InDialog | undefined;

function shortLines(lines: readonly string[]): string {
  return lines.length > 6 ? [...lines.slice(0, 5), `+${lines.length - 5}`].join("\n") : lines.join("\n");
}

function problemOf(node: EditorNode, field: string): AnyProblem | undefined {
  const fields = currentFields(node, "node-input");
  const kind = receivableOf(fields.text("kind"));
  if (field === "printers") return firstProblem(fields.list("printers"), printerProblem);
  if (field === "select") return firstProblem(fields.list("select"), (name) => nameProblem(kind, name));
  const chosen = chosenPrinter(fields.text("printer"));
  const wrong = sourceProblem(
    { kind, group: fields.text("group"), select: dialog?.of(node) ?? fields.list("select") },
    chosen?.fromServer !== true,
  );
  if (field === "group") return wrong?.code === "server-other-names" ? undefined : wrong;
  if (field !== "kind") return undefined;
  if (wrong?.code === "server-other-names") return wrong;
  if (isDerived(kind)) return undefined;
  const found = chosen?.scheme?.filters({ kind });
  return found === undefined || found.ok ? undefined : found.problem;
}

/** The rate counts only for the printer's state. */
function validateRate(node: EditorNode, value: unknown): true | string {
  const kind = currentFields(node, "node-input").text("kind");
  return kind !== "printer" || isRate(String(value ?? "")) || text("note.rateInvalid");
}

const receiver = {
  defaults: inDefaults,
  label,
  /** A node that comes out of the palette receives from the only printer there is. */
  added: (node: EditorNode): void => {
    if (storedFields(node).text("printer") === "") node.printer = onlyPrinter();
  },
  prepare: (node: EditorNode): void => {
    dialogOpened(node);
    dialog = new InDialog(node);
  },
  resize: (): void => dialog?.laidOut(),
  save: (node: EditorNode): void => {
    dialog?.save();
    receiver.close(node);
  },
  close: (node: EditorNode): void => {
    dialog = undefined;
    dialogClosed(node);
  },
  validate: (node: EditorNode, field: string): true | string => verdict(problemOf(node, field)),
  validateRate,
};

window.OctoPrintMqtt = { ...window.OctoPrintMqtt, in: receiver };
