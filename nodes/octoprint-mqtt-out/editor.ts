import type { AnyProblem } from "../node-red/any-problem.ts";
import {
  catalogOf,
  completions,
  currentFields,
  dialogClosed,
  dialogOpened,
  entryOf,
  type Fields,
  fillMissing,
  focusAfterChoice,
  type Note,
  problemNote,
  showNotes,
  storedFields,
  verdict,
} from "../node-red/editor-dialog.ts";
import { eventsByClass } from "../octoprint/events/events.ts";
import { isKind, isProgressName, type Kind, kindTable, progressNames } from "../octoprint/topics/kinds.ts";
import { checkName } from "../octoprint/topics/template.ts";
import { type ChosenPrinter, chosenPrinter } from "../octoprint-printer/editor.ts";
import { outDefaults, type Publishable } from "./settings.ts";

const text = catalogOf("octoprint-mqtt-out");
const input = (field: string): JQuery => $(`#node-input-${field}`);

function publishableOf(kind: string): Publishable {
  return isKind(kind) ? kind : "msg";
}

/** The suggestions; anything else can be typed as well. */
const suggestions: Partial<Record<Publishable, readonly string[]>> = {
  event: [...eventsByClass().values()].flat(),
  progress: progressNames,
  temperature: ["tool0", "tool1", "bed", "chamber"],
  metadata: ["layer_height", "estimated_print_time", "filament_used"],
};

const thinned: readonly Publishable[] = ["msg", "progress", "temperature"];

function targetProblem(kind: Publishable, type: string, value: string): AnyProblem | undefined {
  if (value === "" || type !== "str" || kind === "connection" || kind === "msg") return undefined;
  if (kind === "progress" && !isProgressName(value)) return { code: "progress-name", name: value };
  return checkName(kindTable[kind].placeholder, value)?.problem;
}

/** A typed value as it stands in the preview: itself, or where it comes from, in braces. */
function shown(value: string, type: string, placeholder: string): string {
  if (value === "") return `{msg.${placeholder}}`;
  if (type === "str") return value;
  if (type === "jsonata") return "{JSONata}";
  return type === "env" ? `{$${value}}` : `{${type}.${value}}`;
}

function notesOn(fields: Fields, chosen: ChosenPrinter): Note[] {
  if (chosen.fromServer) return [problemNote("error", { code: "no-broker" })];
  const kind = publishableOf(fields.text("kind"));
  const notes: Note[] = [];
  if (kind === "msg") {
    notes.push({ level: "info", text: text("note.fromMsg") });
  } else {
    const wrong = targetProblem(kind, fields.text("targetType"), fields.text("target"));
    notes.push(wrong ? problemNote("error", wrong) : topicNote(fields, kind, chosen));
  }
  if (kind === "other" && fields.text("retain") !== "true" && fields.text("offline") === "queue") {
    notes.push({ level: "info", text: text("note.notQueued") });
  }
  return notes;
}

function topicNote(fields: Fields, kind: Kind, { scheme }: ChosenPrinter): Note {
  const filled = scheme?.fill({
    kind,
    name: shown(fields.text("target"), fields.text("targetType"), kindTable[kind].placeholder ?? ""),
    printer: shown(fields.text("printerName"), fields.text("printerNameType"), "printer"),
  });
  if (filled === undefined) return { level: "info", text: text("note.topicUnknown") };
  return filled.ok
    ? { level: "info", text: text("note.topic", { topic: filled.topic }) }
    : problemNote("error", filled.problem);
}

/** What the open dialog shows and holds. */
class OutDialog {
  readonly #node: EditorNode;
  readonly #targetOf = new Map<Publishable, readonly [type: string, value: string]>();
  #kind: Publishable;

  constructor(node: EditorNode) {
    this.#node = node;
    fillMissing(node, "node-input", outDefaults);
    this.#kind = publishableOf(storedFields(node).text("kind"));
    typed("target", () => suggestions[this.#kind] ?? []);
    typed("printerName", () => []);
    input("kind").on("change", () => this.changeKind());
    focusAfterChoice(input("printer"), input("kind"));
    for (const field of ["printer", "target", "printerName", "retain", "offline"]) {
      input(field).on("change keyup", () => this.showHints());
    }
  }

  /** A name for one kind is not a name for another; going back brings it back. */
  changeKind(): void {
    const kind = publishableOf(entryOf(input("kind")));
    if (kind === this.#kind) return;
    this.#targetOf.set(this.#kind, [input("target").typedInput("type"), input("target").typedInput("value")]);
    this.#kind = kind;
    const [type, value] = this.#targetOf.get(kind) ?? ["str", ""];
    input("target").typedInput("type", type);
    input("target").typedInput("value", value);
    this.showKind();
  }

  showKind(): void {
    const kind = this.#kind;
    $("#octoprint-out-row-target").toggle(kind !== "connection");
    $("#octoprint-out-label-target").text(text(`label.target-${kind}`));
    placeholderOf("target", text(`placeholder.target-${kind}`));
    placeholderOf("printerName", text("placeholder.printerName"));
    $("#octoprint-out-row-timestamp").toggle(kind === "msg" || kindTable[kind].stamped);
    $("#octoprint-out-row-onlyChanges").toggle(thinned.includes(kind));
    this.showHints();
  }

  showHints(): void {
    const chosen = chosenPrinter(entryOf(input("printer")));
    const fields = currentFields(this.#node, "node-input");
    const named = fields.text("printerName") !== "";
    // Without a scheme (a setting from the environment) the editor cannot know, so what is set stays visible.
    $("#octoprint-out-row-printerName").toggle(
      chosen?.scheme?.farm === true || (chosen?.scheme === undefined && named),
    );
    showNotes($("#octoprint-out-notes"), chosen ? notesOn(fields, chosen) : []);
  }
}

function typed(field: string, offer: () => readonly string[]): void {
  const literal: EditorTypedInputType = {
    value: "str",
    label: text("type.str"),
    icon: "red/images/typedInput/az.svg",
    autoComplete: (value) => completions(offer(), value),
  };
  input(field).typedInput({
    types: [literal, "msg", "flow", "global", "env", "jsonata"],
    typeField: `#node-input-${field}Type`,
    default: "str",
  });
}

/** What the row's label says, for those who do not see it. */
function labelTyped(field: string): void {
  const row = input(field).closest(".form-row");
  const words = row.children("label").text().trim();
  row.find(".red-ui-typedInput-input, button").attr("aria-label", words);
}

/** The typed input shows an element of its own. */
function placeholderOf(field: string, words: string): void {
  input(field).next(".red-ui-typedInput-container").find(".red-ui-typedInput-input").attr("placeholder", words);
  labelTyped(field);
}

function label(node: EditorNode): string {
  const fields = storedFields(node);
  if (fields.text("name") !== "") return fields.text("name");
  const chosen = chosenPrinter(fields.text("printer"));
  if (chosen === undefined) return text("label.unnamed");
  const kind = publishableOf(fields.text("kind"));
  const fixed =
    fields.text("targetType") === "str" && kind !== "connection" && kind !== "msg" ? fields.text("target") : "";
  const ofFarm =
    chosen.scheme?.farm === true && fields.text("printerNameType") === "str" ? fields.text("printerName") : "";
  return `${[kind === "event" && fixed !== "" ? "" : text(`what.${kind}`), fixed].join(" ").trim()} → ${ofFarm || chosen.label}`;
}

function problemOf(node: EditorNode, field: string, value: string): AnyProblem | undefined {
  const fields = currentFields(node, "node-input");
  const chosen = chosenPrinter(fields.text("printer"));
  const kind = publishableOf(fields.text("kind"));
  if (field === "target") return targetProblem(kind, fields.text("targetType"), value);
  if (field === "printerName") {
    const checked = chosen?.scheme?.farm === true && fields.text("printerNameType") === "str" && value !== "";
    return checked ? checkName("printer", value)?.problem : undefined;
  }
  if (field !== "kind" || kind === "msg") return undefined;
  const filled = chosen?.scheme?.fill({ kind, name: "name", printer: "printer" });
  return filled === undefined || filled.ok ? undefined : filled.problem;
}

function validate(node: EditorNode, field: string, value: unknown): boolean | string {
  const entered = String(value ?? "");
  const found = verdict(problemOf(node, field, entered));
  const isTyped = field === "target" || field === "printerName";
  if (found !== true || !isTyped || entered === "") return found;
  return RED.validators.typedInput(`${field}Type`).call(node, entered, { label: text(`label.${field}`) });
}

/** It needs a broker to publish to. */
function validatePrinter(id: unknown): boolean | string {
  const node = RED.nodes.node(String(id ?? ""));
  if (!node || node.valid === false) return false;
  return chosenPrinter(node.id)?.fromServer === true ? verdict({ code: "no-broker" }) : true;
}

const publisher = {
  defaults: outDefaults,
  label,
  validate,
  validatePrinter,
  prepare: (node: EditorNode): void => {
    dialogOpened(node);
    new OutDialog(node).showKind();
  },
  close: dialogClosed,
};

window.OctoPrintMqtt = { ...window.OctoPrintMqtt, out: publisher };
