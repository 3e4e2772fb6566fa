import { type Failure, failure } from "../problem.ts";

const mostLines = 500;
/** Characters of a line. */
const longestLine = 200;
/** OctoPrint answers a body of more than 100 KB with a cut connection. */
const mostBytes = 90_000;

/**
 * The lines to send, one command each: OctoPrint checks none of them, and would send a text with a line end as one.
 *
 * @example linesOf("G28\nM117 Hello") // { ok: true, lines: ["G28", "M117 Hello"] }
 */
export function linesOf(given: unknown): { readonly ok: true; readonly lines: readonly string[] } | Failure {
  const texts = Array.isArray(given) ? given : [given];
  const lines: string[] = [];
  for (const text of texts) {
    if (typeof text !== "string") return failure("gcode-not-text", { found: typeof text });
    for (const line of text.split(/\r\n|\r|\n/)) {
      const trimmed = line.trim();
      if (trimmed !== "") lines.push(trimmed);
    }
  }
  return wrongLines(lines) ?? { ok: true, lines };
}

function wrongLines(lines: readonly string[]): Failure | undefined {
  if (lines.length === 0) return failure("parameter-missing", { parameter: "lines" });
  if (lines.length > mostLines) return failure("gcode-too-many", { found: lines.length, limit: mostLines });
  const long = lines.findIndex((line) => line.length > longestLine);
  if (long >= 0) return failure("gcode-too-long", { line: long + 1, limit: longestLine });
  const broken = lines.findIndex((line) => /\p{Cc}/u.test(line) || !line.isWellFormed());
  if (broken >= 0) return failure("gcode-character", { line: broken + 1 });
  // After an M112 the rest cannot be sent any more.
  if (lines.length > 1 && lines.some((line) => /^M112(?!\d)/i.test(line))) return failure("gcode-emergency");
  const bytes = new TextEncoder().encode(JSON.stringify(lines)).length;
  return bytes > mostBytes ? failure("gcode-too-large", { size: bytes, limit: mostBytes }) : undefined;
}
