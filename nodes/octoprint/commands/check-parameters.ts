import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import { isRecord } from "../messages/json.ts";
import { type Failure, failure } from "../problem.ts";
import { type CommandName, commandNames, commands } from "./commands-table.ts";
import { convertParameter } from "./convert-parameter.ts";
import { typesOf } from "./parameter-schema.ts";

/** The parameters of a command, by name. */
export type Parameters = Readonly<Record<string, unknown>>;
/** The parameters of a command as the table states them, or what is wrong with them. */
export type Checked = { readonly ok: true; readonly parameters: Parameters } | Failure;

const ajv = new Ajv({ allowUnionTypes: true, strictTypes: false });
ajv.addVocabulary(["unit", "rare"]);
const validators = new Map<CommandName, ValidateFunction>(
  commandNames.map((name) => [name, ajv.compile(commands[name].parameters)]),
);

/**
 * Checks what OctoPrint does not: it answers bad input with 500, or does it.
 *
 * @example checkParameters("heat", { tool0: "210" }) // { ok: true, parameters: { tool0: 210 } }
 */
export function checkParameters(command: CommandName, given: Parameters): Checked {
  const { properties } = commands[command].parameters;
  const parameters: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(properties, name)) {
      return failure("parameter-unknown", {
        parameter: printed(name),
        known: Object.keys(properties).join(", ") || "–",
      });
    }
    if (value === undefined || value === null || value === "") continue;
    const converted = convertParameter(properties[name], value);
    // Own fields only: `__proto__` must not become the prototype.
    Object.defineProperty(parameters, name, { value: converted, enumerable: true });
  }
  const validate = validators.get(command);
  if (validate === undefined || validate(parameters)) return { ok: true, parameters };
  return problemOf(command, validate.errors?.[0], parameters);
}

function problemOf(command: CommandName, error: ErrorObject | undefined, parameters: Parameters): Failure {
  if (error === undefined) return failure("schema", { path: command, rule: "" });
  if (error.keyword === "required")
    return failure("parameter-missing", { parameter: String(error.params.missingProperty) });
  const [name = "", inner] = error.instancePath.slice(1).split("/");
  const value = parameters[name];
  const found = printed(inner !== undefined && Array.isArray(value) ? value[Number(inner)] : value);
  const schema = commands[command].parameters.properties[name];
  const choices = schema?.enum ?? schema?.items?.enum;
  if (choices !== undefined)
    return failure("parameter-choice", { parameter: name, found, choices: choices.join(", ") });
  if (error.keyword === "minimum" || error.keyword === "maximum") {
    const { minimum, maximum, unit = "" } = schema ?? {};
    return failure("parameter-range", { parameter: name, found, minimum: minimum ?? "", maximum: maximum ?? "", unit });
  }
  const expected = schema === undefined ? "" : typesOf(schema).join(", ");
  return failure("parameter-type", { parameter: name, expected, found });
}

/** What was given, short enough for a sentence. */
function printed(value: unknown): string {
  if (typeof value === "string") return cut(`“${value}”`);
  if (Array.isArray(value)) return "[…]";
  if (isRecord(value)) return "{…}";
  return cut(String(value));
}

function cut(text: string): string {
  const shown = text.toWellFormed();
  return shown.length > 40 ? `${shown.slice(0, 39)}…` : shown;
}
