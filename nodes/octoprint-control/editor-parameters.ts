import { catalogOf, isEnvironment } from "../node-red/editor-dialog.ts";
import type { Typed, TypedInput } from "../node-red/typed-value.ts";
import { typedInputs } from "../node-red/typed-value.ts";
import { type CommandName, commands } from "../octoprint/commands/commands-table.ts";
import { convertParameter } from "../octoprint/commands/convert-parameter.ts";
import { type ParameterSchema, typesOf } from "../octoprint/commands/parameter-schema.ts";

const text = catalogOf("octoprint-control");

/** The typed inputs of a node, by parameter. */
export type TypedParameters = Readonly<Record<string, Typed>>;

/** Typed in, and the same for each msg. */
function isLiteral(type: TypedInput): boolean {
  return type === "str" || type === "num" || type === "bool";
}

/** The values that are known while the flow is edited. */
export function literalsOf(command: CommandName, parameters: TypedParameters): Record<string, unknown> {
  const { properties } = commands[command].parameters;
  const literals = Object.entries(parameters).flatMap(([name, { value, type }]) => {
    const known = isLiteral(type) && value !== "" && !isEnvironment(value) && Object.hasOwn(properties, name);
    return known ? [[name, convertParameter(properties[name], value)]] : [];
  });
  return Object.fromEntries(literals);
}

/** A literal that the command does not take, in words; `undefined`: there is none. */
export function wrongLiteral(command: CommandName, parameters: TypedParameters): string | undefined {
  const { properties } = commands[command].parameters;
  for (const [name, value] of Object.entries(literalsOf(command, parameters))) {
    const schema = properties[name];
    if (schema !== undefined && !fits(schema, value)) {
      return text("note.parameterInvalid", { parameter: name, range: rangeOf(schema) });
    }
  }
  return undefined;
}

function fits(schema: ParameterSchema, value: unknown): boolean {
  const types = typesOf(schema);
  if (schema.enum !== undefined) return typeof value === "string" && schema.enum.includes(value);
  if (Array.isArray(value)) return value.every((entry) => schema.items?.enum?.includes(entry) ?? true);
  if (!types.includes("number") && !types.includes("integer")) return true;
  if (typeof value !== "number" || (!types.includes("number") && !Number.isInteger(value))) return false;
  return value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value);
}

/** @example rangeOf({ type: "integer", minimum: 10, maximum: 300, unit: "%" }) // "10 … 300 %" */
export function rangeOf({ minimum, maximum, unit, enum: choices, items }: ParameterSchema): string {
  const names = choices ?? items?.enum;
  if (names !== undefined) return names.join(", ");
  if (minimum === undefined) return unit ?? "";
  return `${maximum === undefined ? `≥ ${minimum}` : `${minimum} … ${maximum}`} ${unit ?? ""}`.trim();
}

/** The rows for the parameters of one command: a typed input each. */
export class ParameterRows {
  readonly #container: JQuery;
  readonly #changed: () => void;
  #values: Record<string, Typed>;
  #command: CommandName | undefined;

  constructor(container: JQuery, values: TypedParameters, changed: () => void) {
    this.#container = container;
    this.#values = { ...values };
    this.#changed = changed;
  }

  /** The entered values. Another command with the same parameter keeps the value. */
  read(): TypedParameters {
    const found: Record<string, Typed> = {};
    for (const name of this.#names) {
      const input = $(`#${idOf(name)}`);
      const type = typedInputs.find((known) => known === input.typedInput("type"));
      const value = input.typedInput("value");
      if (type !== undefined && value !== "") found[name] = this.#asStored(name, { value, type });
    }
    return found;
  }

  /** A number that was stored as text stays so until it is changed: looking at a node is no change. */
  #asStored(name: string, entered: Typed): Typed {
    const stored = this.#values[name];
    const same = stored !== undefined && stored.value === entered.value;
    return same && isLiteral(stored.type) && isLiteral(entered.type) ? stored : entered;
  }

  show(command: CommandName | undefined): void {
    if (command === this.#command) return;
    this.#values = { ...this.#values, ...this.read() };
    this.#container.empty();
    this.#command = command;
    for (const name of this.#names) this.#add(name);
  }

  get #names(): readonly string[] {
    if (this.#command === undefined) return [];
    const { properties } = commands[this.#command].parameters;
    return Object.entries(properties).flatMap(([name, { rare }]) =>
      rare === true && this.#values[name] === undefined ? [] : [name],
    );
  }

  #add(name: string): void {
    if (this.#command === undefined) return;
    const { parameters, fromMsg } = commands[this.#command];
    const schema = parameters.properties[name] ?? {};
    const id = idOf(name);
    const source = fromMsg === true ? `msg.${name}` : `msg.payload.${name}`;
    const label = $("<label>")
      .attr("for", id)
      .append($("<i>").addClass("fa fa-sliders"), " ", $("<span>").text(labelOf(name, schema)));
    const input = $("<input>").attr({ type: "text", id });
    $("<div>").addClass("form-row").attr("title", rangeOf(schema)).append(label, input).appendTo(this.#container);
    const literal = literalType(schema);
    const { value, type } = this.#values[name] ?? { value: "", type: literal.value };
    input.typedInput({ types: [literal.definition, "msg", "flow", "global", "env", "jsonata"] });
    input.typedInput("type", isLiteral(type) ? literal.value : type);
    input.typedInput("value", value);
    input
      .next(".red-ui-typedInput-container")
      .find(".red-ui-typedInput-input")
      .attr({ placeholder: text("placeholder.parameter", { source }), "aria-label": labelOf(name, schema) });
    // While it is typed, not only when the field is left.
    input.next(".red-ui-typedInput-container").on("keyup", () => this.#changed());
    input.on("change", () => this.#changed());
  }
}

function idOf(name: string): string {
  return `octoprint-control-parameter-${name}`;
}

function labelOf(name: string, { unit }: ParameterSchema): string {
  return unit === undefined ? name : `${name} (${unit})`;
}

/** The first choice of the typed input: what is typed in. */
function literalType(schema: ParameterSchema): {
  readonly value: TypedInput;
  readonly definition: EditorTypedInputType | string;
} {
  const types = typesOf(schema);
  const isBoolean = types.includes("boolean");
  const choices = schema.enum ?? (isBoolean ? ["true", "false"] : undefined);
  if (choices !== undefined) {
    const value = isBoolean ? "bool" : "str";
    const options = ["", ...choices].map((choice) => ({ value: choice, label: choice || text("option.fromMsg") }));
    return { value, definition: { value, label: text("type.choice"), icon: "fa fa-list", options } };
  }
  // Our own definition, for numbers too: what is empty is left to the msg, and is no 0.
  const value = types.includes("number") || types.includes("integer") ? "num" : "str";
  return { value, definition: { value, label: text("type.str"), icon: "fa fa-pencil" } };
}
