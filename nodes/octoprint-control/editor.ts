import type { AnyProblem } from "../node-red/any-problem.ts";
import {
  catalogOf,
  currentFields,
  dialogClosed,
  dialogOpened,
  entryOf,
  type Fields,
  fillMissing,
  isEnvironment,
  type Note,
  problemNote,
  showNotes,
  storedFields,
  verdict,
} from "../node-red/editor-dialog.ts";
import type { CommandRow } from "../octoprint/commands/command-row.ts";
import { type CommandName, commandNames, commands, isCommand } from "../octoprint/commands/commands-table.ts";
import { exampleFacts } from "../octoprint/commands/example-facts.ts";
import { checkName } from "../octoprint/topics/template.ts";
import { chosenPrinter } from "../octoprint-printer/editor.ts";
import { commandWays } from "../octoprint-printer/editor-commands.ts";
import { literalsOf, ParameterRows, type TypedParameters, wrongLiteral } from "./editor-parameters.ts";
import { controlDefaults, isMaxAge, isTimeout, readSettings, storedParameters } from "./settings.ts";

const text = catalogOf("octoprint-control");
const input = (field: string): JQuery => $(`#node-input-${field}`);

function commandOf(name: string): CommandName | undefined {
  return isCommand(name) ? name : undefined;
}

/** What the runtime does for a node as it is stored, or `msg`. */
function storedCommand({ command }: EditorNode): CommandName | "msg" {
  return commandOf(readSettings({ command }).command) ?? "msg";
}

/** What will be sent, by which way, and what that way cannot do. */
function notesOn(fields: Fields, parameters: TypedParameters): Note[] {
  const printer = fields.text("printer");
  const chosen = chosenPrinter(printer);
  if (chosen === undefined) return [];
  const notes: Note[] = [];
  const command = commandOf(fields.text("command"));
  const { way } = commandWays(printer);
  if (command === undefined)
    notes.push({ level: "info", text: text("note.fromMsg") }, { level: "info", text: text(`way.${way}`) });
  else notes.push(...notesOnCommand(command, parameters, printer));
  if (chosen.scheme?.farm === true && fields.text("printerName") === "") {
    notes.push({ level: "info", text: text("note.farm") });
  }
  return notes;
}

function notesOnCommand(command: CommandName, parameters: TypedParameters, printer: string): Note[] {
  const row: CommandRow = commands[command];
  const wrong = wrongLiteral(command, parameters);
  if (wrong !== undefined) return [{ level: "error", text: wrong }];
  const notes: Note[] = row.marked === true ? [{ level: "warning", text: text(`why.${command}`) }] : [];
  const { way, limits } = commandWays(printer);
  const asked = command === "state" || command === "job";
  if (way === "none") {
    return [
      asked ? { level: "info", text: text("note.fromModel") } : { level: "error", text: text("way.none") },
      ...notes,
    ];
  }
  const literals = literalsOf(command, parameters);
  const spoken = { ...(Object.keys(literals).length > 0 ? requiredOf(row) : row.example.parameters), ...literals };
  const said = way === "api" ? sayApi(row, spoken, limits) : sayMqtt(row, spoken, limits, printer);
  if (said === undefined) return [problemNote("error", { code: "command-not-over-mqtt", command }), ...notes];
  if (typeof said !== "string") return [problemNote("error", said), ...notes];
  if (said === "")
    return [{ level: "info", text: text(asked && way === "mqtt" ? "note.fromModel" : "note.asks") }, ...notes];
  notes.unshift({ level: "info", text: text(way === "api" ? "note.requests" : "note.publishes", { said }) });
  if (way === "mqtt") notes.push({ level: "info", text: text("note.silent") });
  return notes;
}

/** Stand-ins for what has to be given, and comes from the msg. */
function requiredOf({ parameters, example }: CommandRow): Record<string, unknown> {
  const given: Readonly<Record<string, unknown>> = example.parameters;
  return Object.fromEntries((parameters.required ?? []).map((name) => [name, given[name]]));
}

type Limits = ReturnType<typeof commandWays>["limits"];

function sayApi(row: CommandRow, parameters: Record<string, unknown>, limits: Limits): string | AnyProblem | undefined {
  const plan = row.api?.plan(parameters, exampleFacts(row, limits));
  if (plan === undefined || "waitFor" in plan) return undefined;
  if (!plan.ok) return shown(plan.problem);
  return plan.requests
    .map(({ method, path, body }) => `${method} ${path}${body === undefined ? "" : ` ${JSON.stringify(body)}`}`)
    .join(" · ");
}

function sayMqtt(
  row: CommandRow,
  parameters: Record<string, unknown>,
  limits: Limits,
  printer: string,
): string | AnyProblem | undefined {
  const plan = row.mqtt?.plan(parameters, exampleFacts(row, limits));
  if (plan === undefined || "waitFor" in plan) return undefined;
  if (!plan.ok) return shown(plan.problem);
  const scheme = chosenPrinter(printer)?.scheme;
  const said = plan.requests.map(({ control, payload }) => {
    const filled = scheme?.fill({ kind: "other", name: `hassControl/${control}`, printer: "{printer}" });
    return `${filled?.ok ? filled.topic : `hassControl/${control}`} ${payload}`;
  });
  return said.join(" · ");
}

/** What only the real printer can tell is no mistake in the dialog. */
function shown(problem: AnyProblem): string | AnyProblem {
  return ["heater-missing", "preset-unknown"].includes(problem.code) ? "" : problem;
}

/** What the open dialog shows and holds. */
class ControlDialog {
  readonly #node: EditorNode;
  readonly #rows: ParameterRows;
  /** As the dialog reads them before anything is changed. */
  readonly #parametersBefore: TypedParameters;

  constructor(node: EditorNode) {
    this.#node = node;
    const select = input("command").empty();
    for (const name of ["msg", ...commandNames])
      $("<option>")
        .val(name)
        .text(text(`command.${name}`))
        .appendTo(select);
    select.val(storedCommand(node));
    this.#rows = new ParameterRows($("#octoprint-control-parameters"), storedParameters(node.parameters), () =>
      this.showNotes(),
    );
    input("printerName").typedInput({
      types: [
        { value: "str", label: text("type.str"), icon: "fa fa-pencil" },
        "msg",
        "flow",
        "global",
        "env",
        "jsonata",
      ],
      typeField: "#node-input-printerNameType",
      default: "str",
    });
    this.#fillAllowed(storedFields(node).list("allowed"));
    this.showCommand();
    this.#parametersBefore = this.parameters;
    select.on("change", () => this.showCommand());
    for (const field of ["printer", "printerName"]) input(field).on("change keyup", () => this.showNotes());
  }

  #fillAllowed(allowed: readonly string[]): void {
    const list = $("#octoprint-control-allowed").empty();
    for (const name of commandNames) {
      const marked = commands[name].marked === true;
      const tick = $("<input>").attr({ type: "checkbox", value: name }).prop("checked", allowed.includes(name));
      const words = $("<span>").text(`${text(`command.${name}`)}${marked ? "\u00a0!" : ""}`);
      $("<label>")
        .attr("title", marked ? text(`why.${name}`) : "")
        .append(tick, words)
        .appendTo(list);
    }
  }

  /** Writes into the node what differs: the editor takes another order of the same for a change. */
  save(): void {
    const { allowed, parameters } = this;
    const stored = storedFields(this.#node);
    const before = stored.list("allowed");
    if (allowed.length !== before.length || !allowed.every((name) => before.includes(name)))
      this.#node.allowed = allowed;
    const sameCommand = stored.text("command") === entryOf(input("command"));
    if (!sameCommand || !isSame(parameters, this.#parametersBefore)) this.#node.parameters = parameters;
  }

  get allowed(): readonly string[] {
    const ticked = $("#octoprint-control-allowed input:checked");
    return ticked.toArray().map((tick) => String($(tick).val()));
  }

  get parameters(): TypedParameters {
    return this.#rows.read();
  }

  showCommand(): void {
    const command = commandOf(entryOf(input("command")));
    // For an upload: whether msg.print may start it.
    $("#octoprint-control-row-allowed").toggle(command === undefined || command === "upload");
    this.#rows.show(command);
    this.showNotes();
  }

  showNotes(): void {
    const fields = currentFields(this.#node, "node-input");
    const chosen = chosenPrinter(fields.text("printer"));
    const named = fields.text("printerName") !== "";
    $("#octoprint-control-row-printerName").toggle(
      chosen?.scheme?.farm === true || (chosen?.scheme === undefined && named),
    );
    showNotes($("#octoprint-control-notes"), notesOn(fields, this.parameters));
  }
}

function isSame(one: TypedParameters, other: TypedParameters): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

let dialog: ControlDialog | undefined;

function label(node: EditorNode): string {
  const fields = storedFields(node);
  if (fields.text("name") !== "") return fields.text("name");
  const chosen = chosenPrinter(fields.text("printer"));
  const command = text(`command.${storedCommand(node)}`);
  if (chosen === undefined) return text("label.unnamed");
  const ofFarm =
    chosen.scheme?.farm === true && fields.text("printerNameType") === "str" ? fields.text("printerName") : "";
  return `${command} · ${ofFarm || chosen.label}`;
}

function validate(node: EditorNode, field: string, value: unknown): boolean | string {
  const fields = currentFields(node, "node-input");
  const entered = String(value ?? "");
  switch (field) {
    case "timeout":
      return value === undefined || isEnvironment(entered) || isTimeout(entered) || text("note.timeoutInvalid");
    case "maxAge":
      return value === undefined || isEnvironment(entered) || isMaxAge(entered) || text("note.timeoutInvalid");
    case "command":
      return (
        value === undefined ||
        entered === "msg" ||
        isCommand(entered) ||
        verdict({ code: "command-unknown", command: entered })
      );
    case "parameters": {
      const command = commandOf(fields.text("command"));
      return command === undefined || (wrongLiteral(command, storedParameters(value)) ?? true);
    }
    default: {
      const farm = chosenPrinter(fields.text("printer"))?.scheme?.farm === true;
      if (!farm || entered === "" || fields.text("printerNameType") !== "str") return true;
      return verdict(checkName("printer", entered)?.problem);
    }
  }
}

const control = {
  defaults: controlDefaults,
  label,
  validate,
  prepare: (node: EditorNode): void => {
    dialogOpened(node);
    fillMissing(node, "node-input", { wait: controlDefaults.wait, timeout: controlDefaults.timeout });
    dialog = new ControlDialog(node);
  },
  save: (node: EditorNode): void => {
    dialog?.save();
    control.cancel(node);
  },
  cancel: (node: EditorNode): void => {
    dialog = undefined;
    dialogClosed(node);
  },
};

window.OctoPrintMqtt = { ...window.OctoPrintMqtt, control };
