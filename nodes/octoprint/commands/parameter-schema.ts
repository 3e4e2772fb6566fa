/** The units that parameters have. */
export type Unit = "°C" | "mm" | "mm/min" | "%" | "Bd";

/** One parameter: JSON Schema, with its unit and, for the docs, what OctoPrint takes where it is left out. */
export interface ParameterSchema {
  readonly type?: ParameterType | readonly ParameterType[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly enum?: readonly string[];
  readonly items?: ParameterSchema;
  readonly uniqueItems?: boolean;
  readonly unit?: Unit;
  readonly default?: string | number | boolean;
  /** Rarely needed: the dialog shows it only where it is set. */
  readonly rare?: true;
}

/** The JSON types that parameters have. */
export type ParameterType = "string" | "number" | "integer" | "boolean" | "array" | "object";

/** All parameters of a command. */
export interface ParametersSchema {
  readonly type: "object";
  readonly properties: { readonly [name: string]: ParameterSchema };
  readonly required?: readonly string[];
  readonly additionalProperties: false;
}

/** The types that a parameter may have. */
export function typesOf({ type }: ParameterSchema): readonly ParameterType[] {
  if (type === undefined) return [];
  return typeof type === "string" ? [type] : type;
}
