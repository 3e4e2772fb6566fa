/** Some of the pasted lines. */
export interface Part {
  /** The index of its first line. */
  readonly from: number;
  readonly lines: readonly string[];
}

const mostParts = 20;

/**
 * What belongs to a key `mqtt`, in block or in flow style, the plugin's own first: others may have a key of that name.
 *
 * @example mqttParts(["plugins:", "    mqtt:", "        broker:", "            url: x", "    other: 1"])
 * // [{ from: 1, lines: ["    mqtt:", "        broker:", "            url: x"] }]
 */
export function mqttParts(lines: readonly string[]): Part[] {
  const parts: Part[] = [];
  for (let from = 0; from < lines.length && parts.length < mostParts; from++) {
    const part = blockPart(lines, from) ?? flowPart(lines, from);
    if (part !== undefined) parts.push(part);
  }
  const isOurs = ({ lines: own }: Part): boolean =>
    own.some((line) => /[\s{,](broker|publish|client)["']?\s*:/.test(line));
  return parts.sort((a, b) => Number(isOurs(b)) - Number(isOurs(a)));
}

/** What is deeper than its key belongs to it, and comments do, wherever they begin. */
function blockPart(lines: readonly string[], from: number): Part | undefined {
  const [, indentation] = /^(\s*)(?:mqtt|"mqtt"|'mqtt')\s*:\s*(?:[&!]\S*\s*)*(?:#.*)?$/.exec(lines[from] ?? "") ?? [];
  if (indentation === undefined) return undefined;
  let end = from + 1;
  for (let at = end; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (/^\s*(#|$)/.test(line)) continue;
    if (line.search(/\S/) <= indentation.length) break;
    end = at + 1;
  }
  return { from, lines: lines.slice(from, end) };
}

/** `mqtt: {…}`, over as many lines as it takes to close the braces. */
function flowPart(lines: readonly string[], from: number): Part | undefined {
  const start = /(?:^|[\s{,])(?:mqtt|"mqtt"|'mqtt')\s*:\s*(?=\{)/.exec(lines[from] ?? "");
  if (start === null) return undefined;
  const part: string[] = [];
  let depth = 0;
  let quote = "";
  for (let at = from; at < lines.length; at++) {
    const line = at === from ? `mqtt: ${lines[at]?.slice(start.index + start[0].length) ?? ""}` : (lines[at] ?? "");
    for (let index = 0; index < line.length; index++) {
      const character = line.charAt(index);
      if (quote !== "") {
        if (character === "\\" && quote === '"') index++;
        else if (character === quote) quote = "";
      } else if (character === "#" && /\s/.test(line.charAt(index - 1) || " ")) break;
      else if (character === "{") depth++;
      else if (character === "}") {
        if (--depth === 0) return { from, lines: [...part, line.slice(0, index + 1)] };
      } else if (/["']/.test(character) && /[\s{[,:]/.test(line.charAt(index - 1) || " ")) quote = character;
    }
    part.push(line);
  }
  return { from, lines: part };
}
