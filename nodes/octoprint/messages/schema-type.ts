/**
 * The TypeScript type that a JSON Schema describes (only the keywords that we use). These are our own few lines,
 * because a type made with a development dependency becomes `any` for the users of this package.
 */
export type TypeOf<S> = S extends { readonly enum: readonly (infer E)[] }
  ? E
  : S extends { readonly type: infer T }
    ? T extends "object"
      ? ObjectOf<S>
      : T extends keyof Simple
        ? Simple[T]
        : T extends readonly (infer U extends keyof Simple)[]
          ? Simple[U]
          : never
    : unknown;

interface Simple {
  string: string;
  number: number;
  integer: number;
  boolean: boolean;
  null: null;
  object: Record<string, unknown>;
  array: unknown[];
}

type PropertiesOf<S> = S extends { readonly properties: infer P } ? P : Record<never, never>;
type RequiredOf<S> = S extends { readonly required: readonly (infer K)[] } ? K : never;

/** Fields that a version adds are kept, hence the index signature. */
type ObjectOf<S> = {
  -readonly [K in keyof PropertiesOf<S> as K extends RequiredOf<S> ? K : never]: TypeOf<PropertiesOf<S>[K]>;
} & {
  -readonly [K in keyof PropertiesOf<S> as K extends RequiredOf<S> ? never : K]?: TypeOf<PropertiesOf<S>[K]>;
} & { [field: string]: unknown };
