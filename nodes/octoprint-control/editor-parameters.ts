import { catalogOf } from "../node-red/editor-dialog.ts";
import type { Typed, TypedInput } from "../node-red/typed-value.ts";
import { typedInputs } from "../node-red/typed-value.ts";
import { type CommandName, commands } from "../octoprint/commands/commands-table.ts";
import { convertParameter } from "../octoprint/commands/convert-parameter.ts";
import { type ParameterSchema, typesOf } from "../octoprint/commands/parameter-schema.ts";

const text = catalogOf("octoprint-control");

/** The typed inputs of a node, by parameter. */
export type TypedParameters = Readonly<Record<string, Typed>>;

/** The values that are known while the flow is edited. */
export function literalsOf(command: CommandName, parameters: TypedParameters): Record<string, unknown> {
  const { properties } = commands[command].parameters;
  const literals = Object.entries(parameters).flatMap(([name, { value, type }]) => {
    const literal = type === "str" || type === "num" || type === "bool";
    const known = literal && value !== "" && Object.hasOwn(properties, name);
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
      if (type !== undefined && value !== "") found[name] = { value, type };
    }
    return found;
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
    input.typedInput("type", type);
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
  const choices = schema.enum ?? (typesOf(schema).includes("boolean") ? ["true", "false"] : undefined);
  if (choices !== undefined) {
    const options = ["", ...choices].map((choice) => ({ value: choice, label: choice || text("option.fromMsg") }));
    return { value: "str", definition: { value: "str", label: text("type.choice"), icon: "fa fa-list", options } };
  }
  // Text, even for numbers: an empty one is none, where an empty number would be 0.
  return { value: "str", definition: { value: "str", label: text("type.str"), icon: "fa fa-pencil" } };
}
