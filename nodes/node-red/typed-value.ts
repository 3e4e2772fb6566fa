/** Where the value of a typed setting comes from. */
export const typedInputs = ["str", "num", "bool", "msg", "flow", "global", "env", "jsonata"] as const;
/** The types of a typed setting that these nodes offer. */
export type TypedInput = (typeof typedInputs)[number];

/** The value of a setting that may come from the msg, a context store, the environment or a JSONata expression. */
export interface Typed {
  readonly value: string;
  readonly type: TypedInput;
}
