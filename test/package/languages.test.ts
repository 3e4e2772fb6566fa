import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { english, languages, nodeSets } from "../support/catalogs.ts";
import { packageDir } from "../support/node-red.ts";

for (const set of nodeSets) {
  const folder = join(packageDir, "nodes", set, "locales");
  const read = (language: string, ending: string): string =>
    readFileSync(join(folder, language, `${set}.${ending}`), "utf8");

  test(`${set} speaks every language`, () => {
    assert.deepEqual(readdirSync(folder).sort(), languages);
  });

  for (const language of languages.filter((name) => name !== english)) {
    test(`${set} in ${language} has the texts of English, each with the same placeholders`, () => {
      assert.deepEqual(placeholdersByKey(read(language, "json")), placeholdersByKey(read(english, "json")));
    });

    test(`the help of ${set} in ${language} is built like that in English`, () => {
      assert.deepEqual(skeleton(read(language, "html")), skeleton(read(english, "html")));
    });
  }
}

/** `["text.progress: __path__ __progress__", …]`: the keys in their order, with what must be kept in a translation. */
function placeholdersByKey(catalog: string): string[] {
  const leaves = (value: unknown, path: string): string[] => {
    if (typeof value === "object" && value !== null) {
      return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
    }
    assert.equal(typeof value, "string", path);
    // Also {printer} and the like, the placeholders of topics: the editor's fields understand no translation of them.
    const kept = String(value).match(/__\w+?__|\{\w+\}/g) ?? [];
    return [`${path}: ${kept.sort().join(" ")}`];
  };
  return leaves(JSON.parse(catalog), "");
}

/** What translations of a help page share: whose help it is, the headings' levels, the properties, the sizes of lists and tables. */
function skeleton(page: string): { helpOf: string | undefined; lines: string[] } {
  const [, helpOf, markdown = ""] =
    /^<script type="text\/markdown" data-help-name="([^"]+)">\n(.*)<\/script>\n$/s.exec(page) ?? [];
  assert.doesNotMatch(markdown, /^[ \t]+\S/m, "white space at the beginning of a line: markdown takes it for code");
  return { helpOf, lines: markdown.split("\n").map(kindOfLine) };
}

function kindOfLine(line: string): string {
  const [property] = /^: .+? \([^)]+\) : (?=\S)/.exec(line) ?? [];
  const [mark] = /^(?:#+|-|:|\||>|\d+\.) ?/.exec(line) ?? [];
  return property ?? mark ?? (line === "" ? "" : "text");
}
