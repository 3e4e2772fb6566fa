/** The members of a JSON object; of anything else, none. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of a value; none where it is not an object. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/** A member that should be text; `undefined`: it is not. */
export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
