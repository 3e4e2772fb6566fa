import { parse } from "yaml";
import { type Failure, failure } from "../../octoprint/problem.ts";
import { type PluginConfig, readPluginConfig } from "../../octoprint/setup/plugin-config.ts";

type Result = { readonly ok: true; readonly config: PluginConfig } | Failure;

/** Some of the pasted lines. */
interface Part {
  /** The index of its first line. */
  readonly from: number;
  readonly lines: readonly string[];
}

/** Characters of what is pasted, and of what of it is parsed: the plugin's settings are two thousand at the most. */
const longest = 1_000_000;
const longestPart = 10_000;
/** Aliases may make gigabytes of a few lines. */
const mostAliases = 100;

/**
 * Reads what was pasted: OctoPrint's `config.yaml` or a part of it. Only the plugin's part is parsed; nothing in it is
 * executed, and a tag makes nothing but text.
 */
export function readConfigYaml(text: string): Result {
  if (text.length > longest) return failure("config-too-long", { limit: longest });
  const lines = text.split(/\r\n|\r|\n/);
  let result: Result = failure("config-without-mqtt");
  for (const part of [...mqttParts(lines), { from: 0, lines }, { from: 0, lines: withFirstLineIndented(lines) }]) {
    const found = readPart(part);
    if (found.ok) return found;
    if (result.problem.code === "config-without-mqtt") result = found;
  }
  return result;
}

function readPart({ from, lines }: Part): Result {
  const text = lines.join("\n");
  if (text.length > longestPart) return failure("config-without-mqtt");
  if (nestsDeeply(lines)) return failure("config-too-complex");
  try {
    return readPluginConfig(parse(text, { schema: "core", logLevel: "error", maxAliasCount: mostAliases }));
  } catch (error) {
    return failure("config-not-yaml", { line: from + lineOf(error) });
  }
}

/** Endless nesting overflows the parser's stack, and where that happens within a regular expression the process ends. */
function nestsDeeply(lines: readonly string[]): boolean {
  const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const [brackets, indicators] = [/[[{]/g, /[?-](?=\s)/g];
  const text = lines.join("\n");
  if (count(text, brackets) > 100 || count(text, indicators) > 200) return true;
  return lines.some((line) => count(line, indicators) > 5);
}

/** The parser's message quotes the text, and there may be a password in it. */
function lineOf(error: unknown): number {
  const positions = error instanceof Error && "linePos" in error && Array.isArray(error.linePos) ? error.linePos : [];
  const [first]: unknown[] = positions;
  return typeof first === "object" && first !== null && "line" in first ? Number(first.line) : 1;
}

/** What stands below a line `mqtt:`, the plugin's own first: others may have a key of that name. */
function mqttParts(lines: readonly string[]): Part[] {
  const starts = lines.flatMap((line, index) => (/^\s*mqtt:\s*(#.*)?$/.test(line) ? [index] : []));
  const parts = starts.slice(0, 20).map((from): Part => {
    const depth = indentationOf(lines[from] ?? "");
    const inner = Math.max(indentationOf(lines[from + 1] ?? ""), depth + 1);
    const end = lines.findIndex((line, index) => index > from && line.trim() !== "" && indentationOf(line) < inner);
    return { from, lines: lines.slice(from, end < 0 ? lines.length : end) };
  });
  const isOurs = (part: Part): boolean => part.lines.some((line) => /^\s+(broker|publish|client):/.test(line));
  return parts.sort((a, b) => Number(isOurs(b)) - Number(isOurs(a)));
}

/** Whoever selects from `broker:` on leaves out the spaces before it, but copies those of the lines below. */
function withFirstLineIndented(lines: readonly string[]): readonly string[] {
  const [first = "", ...rest] = lines;
  const least = Math.min(...rest.slice(0, 1_000).flatMap((line) => (line.trim() === "" ? [] : [indentationOf(line)])));
  return Number.isFinite(least) ? [" ".repeat(least) + first.trimStart(), ...rest] : lines;
}

function indentationOf(line: string): number {
  return line.length - line.trimStart().length;
}
