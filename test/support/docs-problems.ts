import { readFileSync } from "node:fs";
import { join } from "node:path";
import { english, readCatalog } from "./catalogs.ts";
import { packageDir } from "./node-red.ts";

/** The tables of problems, and what each is about. */
export const problemTables: readonly { readonly file: string; readonly heading: string }[] = [
  { file: "nodes/octoprint/problem.ts", heading: "Messages, settings and commands" },
  { file: "nodes/mqtt/problem.ts", heading: "The broker" },
  { file: "nodes/server/problem.ts", heading: "OctoPrint" },
  { file: "nodes/network/network-problem.ts", heading: "The network, for both" },
];

export function problemsPage(): string {
  return `# Problems

If something goes wrong, the node's status says it in short, and the error says it in full. A Catch node gets the error: \`msg.error.message\` is the
text below, and \`msg.error.code\` the code, on which a flow can decide. Words in braces are filled in.

The text says what to do. The last column says when it happens, and what else helps.

This page is made from the tables in the code and the English texts: \`node --import tsx test/support/write-docs.ts\`.

${problemTables.map(({ file, heading }) => `## ${heading}\n\n${tableOf(file)}`).join("\n\n")}
`;
}

function tableOf(file: string): string {
  const texts = readCatalog("octoprint-broker", english);
  const rows = causesIn(file).map(({ code, cause }) => {
    const text = texts.get(`problem.${code}`) ?? "";
    return `| \`${code}\` | ${cell(text)} | ${cell(cause)} |`;
  });
  return ["| Code | Text | When it happens |", "| --- | --- | --- |", ...rows].join("\n");
}

function cell(text: string): string {
  return text
    .replace(/__(\w+?)__/g, "{$1}")
    .replaceAll("{{", "{")
    .replaceAll("}}", "}")
    .replaceAll("|", "\\|");
}

/** The codes of a table with what the comment above each says. */
export function causesIn(file: string): { readonly code: string; readonly cause: string }[] {
  const source = readFileSync(join(packageDir, file), "utf8");
  const [table = ""] = /^export const \w*[pP]roblems = \{\n[\s\S]*?^\}/m.exec(source) ?? [];
  return [...table.matchAll(/(?: {2}\/\*\*([\s\S]*?)\*\/\n)? {2}"?([a-z0-9-]+)"?: \[/g)].map(
    ([, comment = "", code = ""]) => ({
      code,
      cause: comment.replace(/\s*\n\s*\*\s?/g, " ").trim(),
    }),
  );
}
