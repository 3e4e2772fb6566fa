import { type Failure, failure } from "../../octoprint/problem.ts";
import { type PluginConfig, readPluginConfig } from "../../octoprint/setup/plugin-config.ts";
import { mqttParts, type Part } from "./config-parts.ts";
import { parseAsWritten } from "./yaml-as-written.ts";

type Result = { readonly ok: true; readonly config: PluginConfig } | Failure;

/** The most characters to paste, and to parse: the plugin's settings have two thousand at most. */
const longest = 1_000_000;
const longestPart = 100_000;

/**
 * Reads what was pasted: OctoPrint's `config.yaml` or a part of it. Only the plugin's part is parsed; nothing in it is
 * executed, and tags make only text.
 */
export function readConfigYaml(text: string): Result {
  if (text.length > longest) return failure("config-too-long", { limit: longest });
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\r|\n/);
  const found = firstUnderstood(mqttParts(lines));
  if (found.ok || found.problem.code !== "config-without-mqtt") return found;
  return firstUnderstood([lines, withFirstLineIndented(lines)].map((some) => ({ from: 0, lines: some })));
}

/** Else the first that was not understood and yet is the plugin's. */
function firstUnderstood(parts: readonly Part[]): Result {
  let result: Result = failure("config-without-mqtt");
  for (const part of parts) {
    const found = readPart(part);
    if (found.ok) return found;
    if (result.problem.code === "config-without-mqtt") result = found;
  }
  return result;
}

function readPart({ from, lines }: Part): Result {
  // Comments may be long, and hold anything. Their lines stay, for a problem is told with its line.
  const bare = lines.map((line) => (/^\s*#/.test(line) ? "" : line));
  const text = bare.join("\n");
  if (text.length > longestPart) return failure("config-without-mqtt");
  if (nestsDeeply(bare)) return failure("config-too-complex");
  const parsed = parseAsWritten(text);
  if (parsed.ok) return readPluginConfig(parsed.value);
  return parsed.line === undefined
    ? failure("config-too-complex")
    : failure("config-not-yaml", { line: from + parsed.line });
}

/**
 * Endless nesting overflows the parser's stack, and where that happens within a regular expression the process ends.
 */
function nestsDeeply(lines: readonly string[]): boolean {
  const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
  const [brackets, indicators] = [/[[{]/g, /[?-](?=\s)/g];
  const text = lines.join("\n");
  if (count(text, brackets) > 100 || count(text, indicators) > 200) return true;
  return lines.some((line) => count(line, indicators) > 5);
}

/** If somebody selects from `broker:` on, the spaces before it are missing, but not those of the lines below. */
function withFirstLineIndented(lines: readonly string[]): readonly string[] {
  const [first = "", ...rest] = lines;
  const depths = rest.slice(0, 1_000).flatMap((line) => (/^\s*(#|$)/.test(line) ? [] : [line.search(/\S/)]));
  const least = Math.min(...depths);
  return Number.isFinite(least) ? [" ".repeat(least) + first.trimStart(), ...rest] : lines;
}
