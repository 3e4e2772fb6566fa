import { isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";

type Parsed =
  | { readonly ok: true; readonly value: unknown }
  /** `undefined`: it is too much, for aliases make gigabytes of a few lines. */
  | { readonly ok: false; readonly line: number | undefined };

/** At most this many values, with each alias expanded. */
const most = 10_000;
/** An alias may contain itself, so the depth is limited. */
const deepest = 100;

/**
 * Parses YAML into objects, lists and texts as they are written: what is `84e9`, `0123` or `yes` is for the reader to say,
 * who knows what is meant. Only null is no text. As PyYAML does, the last of two equal keys counts, and `<<` merges.
 *
 * @example parseAsWritten("user: 84e9\npassword: ~") // { ok: true, value: { user: "84e9", password: null } }
 */
export function parseAsWritten(text: string): Parsed {
  const document = parseDocument(text, { schema: "failsafe", uniqueKeys: false, logLevel: "silent" });
  const [error] = document.errors;
  // Its message quotes the text, and there may be a password in it.
  if (error !== undefined) return { ok: false, line: error.linePos?.[0].line ?? 1 };
  let count = 0;
  const read = (node: unknown, depth = 0): unknown => {
    if (++count > most || depth > deepest) throw new TooMuch();
    const inner = (child: unknown): unknown => read(child, depth + 1);
    if (isAlias(node)) return inner(node.resolve(document));
    if (isScalar(node)) return isNull(node) ? null : String(node.value);
    if (isSeq(node)) return node.items.map(inner);
    if (!isMap(node)) return null;
    const merged: [string, unknown][] = [];
    const own: [string, unknown][] = [];
    for (const { key, value } of node.items) {
      const name = inner(key);
      if (name === "<<") merged.push(...entriesOf(inner(value)));
      else if (typeof name === "string") own.push([name, inner(value)]);
    }
    return Object.fromEntries([...merged, ...own]);
  };
  try {
    return { ok: true, value: read(document.contents) };
  } catch (error) {
    if (error instanceof TooMuch) return { ok: false, line: undefined };
    throw error;
  }
}

class TooMuch extends Error {}

function isNull({ value, type, tag }: { value: unknown; type?: string; tag?: string }): boolean {
  return type === "PLAIN" && tag === undefined && /^(?:~|null|Null|NULL|)$/.test(String(value));
}

function entriesOf(value: unknown): [string, unknown][] {
  if (Array.isArray(value)) return value.flatMap(entriesOf);
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
