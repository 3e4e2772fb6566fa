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
  isBeingAdded,
  isEnvironment,
  type Note,
  problemNote,
  problemText,
  showNotes,
  storedFields,
  verdict,
} from "../node-red/editor-dialog.ts";
import { followProblems } from "../node-red/editor-problems.ts";
import { stopAsking } from "../node-red/editor-requests.ts";
import type { Candidate } from "../octoprint/setup/candidate.ts";
import type { Kind } from "../octoprint/topics/kinds.ts";
import {
  compileScheme,
  printerNameOf,
  type Scheme,
  type SchemeSettings,
  schemeProblems,
  schemeWarnings,
} from "../octoprint/topics/scheme.ts";
import { preparePaste } from "../octoprint-broker/dialogs/editor-paste.ts";
import { isTemperatureField, prepareCommands, temperatureFields, validateTemperature } from "./editor-commands.ts";
import { prepareFind } from "./editor-find.ts";
import { isFromServer, prepareSource, serverLabel, validateSource } from "./editor-source.ts";
import { isStaleAfter, printerDefaults } from "./settings.ts";

const text = catalogOf("octoprint-printer");
const prefix = "node-config-input";
const topicFields = ["eventTopic", "progressTopic", "temperatureTopic", "metadataTopic", "lwTopic"] as const;
const baseTopics = ["octoprint/", "octoPrint/", "octoprint/{printer}/"];

/** One topic of each kind, and the printer's name where the base topic asks for one. */
const examples: readonly (readonly [Kind, string])[] = [
  ["event", "PrintDone"],
  ["progress", "printing"],
  ["temperature", "tool0"],
  ["metadata", "layer_height"],
  ["connection", ""],
];
const examplePrinter = "mk4";

function schemeSettings(fields: Fields): SchemeSettings {
  return {
    baseTopic: fields.text("baseTopic"),
    eventTopic: fields.text("eventTopic"),
    progressTopic: fields.text("progressTopic"),
    temperatureTopic: fields.text("temperatureTopic"),
    metadataTopic: fields.text("metadataTopic"),
    lwTopic: fields.text("lwTopic"),
    timestampField: fields.text("timestampField"),
  };
}

/** What the dialogs of other nodes need of the printer that is chosen in them. */
export interface ChosenPrinter {
  readonly label: string;
  /** `undefined` where its settings are wrong, or known to the runtime only. */
  readonly scheme: Scheme | undefined;
  /** Its messages come from OctoPrint itself, without a broker. */
  readonly fromServer: boolean;
}

/** The only printer there is; `""` where there are none, or several. */
export function onlyPrinter(): string {
  const found: string[] = [];
  RED.nodes.eachConfig(({ id, type, d }) => {
    if (type === "octoprint-printer" && d !== true) found.push(id);
  });
  return found.length === 1 ? (found[0] ?? "") : "";
}

/** The printer node that a dialog names; `undefined`: none is chosen. */
export function chosenPrinter(id: string): ChosenPrinter | undefined {
  const node = RED.nodes.node(id);
  if (node?.type !== "octoprint-printer") return undefined;
  const compiled = compileScheme(schemeSettings(storedFields(node)));
  const fromServer = isFromServer(storedFields(node));
  return { label: label(node), scheme: compiled.ok ? compiled.scheme : undefined, fromServer };
}

function label(node: EditorNode): string {
  const fields = storedFields(node);
  if (isFromServer(fields)) return fields.text("name") || serverLabel(fields) || text("label.unnamed");
  const baseTopic = fields.text("baseTopic");
  // A farm is called by what stands around `{printer}`.
  const literal = baseTopic.split("{printer}").join("");
  const channel = { kind: "event", name: "", printer: undefined } as const;
  return printerNameOf(channel, fields.text("name"), literal) || baseTopic;
}

function problemOf(fields: Fields, field: string, value: string): AnyProblem | undefined {
  if (field === "baseTopic" && isFromServer(fields) && value.includes("{printer}")) {
    return { code: "server-one-printer" };
  }
  const settings = schemeSettings(fields);
  return schemeProblems({ ...settings, [field]: value }).find((problem) => problem.field === field);
}

function showPreview(node: EditorNode): void {
  const settings = schemeSettings(currentFields(node, prefix));
  const values = topicFields.map((field) => settings[field]).concat(settings.baseTopic);
  const table = $("#octoprint-printer-preview").empty();
  if (values.some(isEnvironment)) {
    showNotes($("#octoprint-printer-notes"), [{ level: "info", text: text("note.environment") }]);
    return;
  }
  const compiled = compileScheme(settings);
  if (compiled.ok) {
    for (const [kind, name] of examples) {
      const filled = compiled.scheme.fill({ kind, name, printer: examplePrinter });
      const shown = filled.ok ? filled.topic : problemText(filled.problem);
      $("<tr>")
        .append($("<th>").text(text(`kind.${kind}`)), $("<td>").append($(filled.ok ? "<code>" : "<span>").text(shown)))
        .appendTo(table);
    }
  }
  showNotes($("#octoprint-printer-notes"), notesOn(settings, isFromServer(currentFields(node, prefix))));
}

function notesOn(settings: SchemeSettings, fromServer: boolean): Note[] {
  const problems: AnyProblem[] = [...schemeProblems(settings)];
  if (fromServer && settings.baseTopic.includes("{printer}")) problems.push({ code: "server-one-printer" });
  // The form says what is wrong.
  if (problems.length > 0) return [];
  const notes = schemeWarnings(settings).map((problem) => problemNote("warning", problem));
  if (settings.baseTopic.includes("{printer}")) notes.unshift({ level: "info", text: text("note.farm") });
  return notes;
}

function prepare(node: EditorNode): void {
  dialogOpened(node);
  fillMissing(node, prefix, printerDefaults);
  prepareCommands();
  $(`#${prefix}-baseTopic`).autoComplete({ minLength: 0, search: (typed) => completions(baseTopics, typed) });
  const changed = [...topicFields, "timestampField"] as const;
  const stored = storedFields(node);
  $("#octoprint-printer-topics").prop(
    "open",
    changed.some((field) => stored.text(field) !== printerDefaults[field]),
  );
  for (const field of ["baseTopic", ...changed]) {
    $(`#${prefix}-${field}`).on("change keyup", () => showPreview(node));
  }
  followProblems(node, {
    prefix,
    fields: ["baseTopic", ...topicFields, "staleAfter", ...temperatureFields],
    validate: (_node, field, value) => {
      if (field === "staleAfter") return printer.validateStaleAfter(value);
      return isTemperatureField(field) ? validateTemperature(value) : printer.validate(node, field, value);
    },
    notes: $("#octoprint-printer-problems"),
  });
  showPreview(node);
  prepareSource(() => showPreview(node));
  const isNew = isBeingAdded(node);
  focusAfterChoice($(`#${prefix}-broker`), $(`#${prefix}-baseTopic`));
  prepareFind({ byItself: isNew, untouched: () => isUntouched(node), choose: chooser() });
  if (isNew) takeOnlyBroker();
  preparePaste($("#octoprint-printer-config"), ({ printer, broker }) => {
    fillIn(printer);
    const server = broker.url === "" ? "–" : `${broker.url}:${broker.port}`;
    return [{ level: "success", text: text("note.printerFilledIn", { server }) }];
  });
}

/** Fills in what was found, and proposes a name: OctoPrint's own, else the last level of its base topic. */
function chooser(): (candidate: Candidate) => void {
  const name = $(`#${prefix}-name`);
  let proposed = "";
  return ({ baseTopic, name: own, printers }) => {
    // What was found says that the other topics are the usual ones.
    fillIn({ ...printerDefaults, baseTopic });
    if (entryOf(name) !== proposed) return;
    const channel = { kind: "event", name: "", printer: undefined } as const;
    proposed = own ?? (printers.length > 0 ? "" : printerNameOf(channel, "", baseTopic));
    name.val(proposed).trigger("change");
  };
}

function isUntouched(node: EditorNode): boolean {
  const fields = currentFields(node, prefix);
  return (["name", "baseTopic", ...topicFields] as const).every(
    (field) => fields.text(field) === printerDefaults[field],
  );
}

/** A new printer is on the only broker there is. */
function takeOnlyBroker(): void {
  const select = $(`#${prefix}-broker`);
  const brokers = select.children("option").filter((_, option) => RED.nodes.node(String($(option).val())) != null);
  if (brokers.length === 1) select.val(String(brokers.val())).trigger("change");
}

function fillIn(settings: SchemeSettings): void {
  for (const field of ["baseTopic", ...topicFields, "timestampField"] as const) {
    $(`#${prefix}-${field}`).val(settings[field]).trigger("change");
  }
  if (topicFields.some((field) => settings[field] !== printerDefaults[field])) {
    $("#octoprint-printer-topics").prop("open", true);
  }
}

function close(node: EditorNode): void {
  stopAsking(node);
  dialogClosed(node);
}

const printer = {
  defaults: printerDefaults,
  label,
  prepare,
  close,
  validate: (node: EditorNode, field: string, value: unknown): true | string =>
    verdict(problemOf(currentFields(node, prefix), field, String(value ?? ""))),
  validateSource: (node: EditorNode, field: "broker" | "server", value: unknown): boolean | string =>
    validateSource(currentFields(node, prefix), field, value),
  validateStaleAfter: (value: unknown): true | string =>
    value === undefined || isStaleAfter(String(value)) || text("note.staleAfterInvalid"),
  validateTemperature,
};

window.OctoPrintMqtt = { ...window.OctoPrintMqtt, printer };
