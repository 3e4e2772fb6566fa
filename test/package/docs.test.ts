import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { english, shownWords } from "../support/catalogs.ts";
import { generatedDocs } from "../support/docs.ts";
import { causesIn, problemTables } from "../support/docs-problems.ts";
import { packageDir } from "../support/node-red.ts";

const guides = ["README.md", ...filesIn("docs", ".md")].sort();
const pages = [...guides, "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"];
const read = (file: string): string => readFileSync(join(packageDir, file), "utf8");

test("the README has at most 1,500 words", () => {
  const words = read("README.md").trim().split(/\s+/);
  assert.ok(words.length <= 1500, `${words.length} words: what is more belongs in docs/`);
});

for (const page of pages) {
  test(`the links of ${page} lead somewhere`, () => {
    for (const [link, target = ""] of read(page).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue;
      const [path, anchor] = target.split("#");
      const file = path ? join(dirname(page), path) : page;
      assert.ok(existsSync(join(packageDir, file)), link);
      if (anchor) assert.ok(anchorsOf(read(file)).includes(anchor), link);
    }
  });
}

test("the README links to every page of docs/", () => {
  const links = [...read("README.md").matchAll(/\]\((docs\/[^)#]+\.md)/g)].map(([, page]) => page);
  assert.deepEqual(
    [...new Set(links)].sort(),
    guides.filter((page) => page.startsWith("docs/")),
  );
});

test("every file that ARCHITECTURE.md names is there", () => {
  const named = [...read("ARCHITECTURE.md").matchAll(/(?<![\w/.-])[\w-]+(?:\/[\w-]+)*\.(?:ts|html|json|md)\b/g)].map(
    ([path]) => path,
  );
  assert.ok(named.length > 30);
  const sources = filesIn("nodes", "");
  for (const path of named) {
    const known = existsSync(join(packageDir, path)) || sources.some((source) => source.endsWith(`/${path}`));
    assert.ok(known, path);
  }
});

for (const [file, make] of Object.entries(generatedDocs)) {
  test(`docs/${file} is what the tables make: node --import tsx test/support/write-docs.ts`, () => {
    assert.equal(read(`docs/${file}`), make());
  });
}

for (const { file } of problemTables) {
  test(`each problem of ${file} has a comment that says when it happens`, () => {
    const silent = causesIn(file).filter(({ cause }) => cause === "");
    assert.deepEqual(silent, []);
  });
}

// The convention: *emphasis* is for words that a person finds in a dialog, in a menu, or in the plugin's settings.
for (const page of guides) {
  test(`${page} names options by the words of the dialog`, () => namesWhatIsShown(read(page)));
}

for (const example of filesIn("examples", ".json")) {
  test(`${example} names options by the words of the dialog`, () => {
    const nodes: { info?: string }[] = JSON.parse(read(example));
    for (const { info } of nodes) namesWhatIsShown(info ?? "");
  });
}

const shown = shownWords(english);
const examples = filesIn("examples", ".json").flatMap((path) => {
  const [, folder = "", name = ""] = /^examples\/(.+)\/([^/]+)\.json$/.exec(path) ?? [];
  return [folder, name, `${folder}/${name}`];
});

/** Words of Node-RED, of OctoPrint's plugins, and of what others call these things. */
const ofOthers = new Set([
  ...["Manage palette", "Install", "Import", "Examples", "Add", "Done", "Deploy", "+", "debug"],
  ...["mqtt in", "mqtt out", "mqtt-broker"],
  ...["Modified nodes", "Modified flows", "octoprint broker", "octoprint printer", "OctoPrint-MQTT", "printer data"],
  ...["Add new octoprint-printer", "Add new octoprint-broker", "HomeAssistant Discovery", "subscription identifiers"],
]);

function namesWhatIsShown(markdown: string): void {
  const prose = markdown.replace(/^(```|~~~)[\s\S]*?^\1|^ {4}.*$|`[^`\n]*`/gm, "");
  for (const [, words = ""] of prose.matchAll(/(?<![*\w])\*([^*\n|]+(?:\n[^*\n|]+)?)\*(?![*\w])/g)) {
    const name = words.replace(/\s+/g, " ");
    assert.ok(ofOthers.has(name) || examples.includes(name) || shown(name), `*${name}* is not in a dialog`);
  }
}

function filesIn(folder: string, ending: string): string[] {
  const entries = readdirSync(join(packageDir, folder), { recursive: true, encoding: "utf8" });
  return entries.filter((name) => name.endsWith(ending)).map((name) => join(folder, name));
}

/** As GitHub makes them of headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
