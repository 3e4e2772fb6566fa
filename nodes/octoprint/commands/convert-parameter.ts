import { parseJson } from "../messages/json.ts";
import { type ParameterSchema, typesOf } from "./parameter-schema.ts";

/**
 * Fields of a dialog, the environment and messengers give text: a decimal number is one, and "x, y" are two axes. Nothing
 * else is guessed: an empty text is no 0, and `true` is no 1.
 *
 * @example convertParameter({ type: "number" }, "210") // 210
 */
export function convertParameter(schema: ParameterSchema | undefined, value: unknown): unknown {
  if (schema === undefined) return value;
  if (typeof value === "boolean" && schema.enum?.includes("on")) return value ? "on" : "off";
  return typeof value === "string" ? convertText(schema, value) : value;
}

function convertText(schema: ParameterSchema, value: string): unknown {
  const types = typesOf(schema);
  const text = value.trim();
  const number = types.includes("number") || types.includes("integer");
  if (number && /^-?\d{1,9}(?:\.\d{1,9})?$/.test(text)) return Number(text);
  if (types.includes("boolean") && /^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (schema.enum !== undefined) return schema.enum.find((word) => word.toLowerCase() === text.toLowerCase()) ?? value;
  if (types.includes("object")) return parsed(text) ?? value;
  // Where text alone will do, it is left as it is: a list of G-code is one text with line ends.
  const listOnly = types.includes("array") && !types.includes("string");
  return listOnly ? text.split(/[\s,;]+/).filter((word) => word !== "") : value;
}

/** An object or a list, from its JSON; `undefined`: it is none. */
function parsed(text: string): unknown {
  const result = /^[{[]/.test(text) ? parseJson(text) : undefined;
  return result?.ok === true ? result.value : undefined;
}
