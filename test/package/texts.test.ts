import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { languages, nodeSets, readCatalog, readHelp, shownWords } from "../support/catalogs.ts";
import { packageDir } from "../support/node-red.ts";

// What a person reads in the dialogs, in the status and in the help.

/** The label's column is 150 px wide, its icon included. */
const labelColumn = 18;

for (const language of languages) {
  test(`labels in ${language} fit into their column`, () => {
    for (const set of nodeSets) {
      const inColumn = labelsInColumn(set);
      for (const [key, text] of readCatalog(set, language)) {
        if (inColumn.test(key)) assert.ok(widthOf(text) <= labelColumn, `${set} ${key}: ${text}`);
      }
    }
  });

  test(`a status in ${language} has room in its 40 characters for what is filled in`, () => {
    for (const [key, text] of statusTexts(language)) {
      const fixed = text.replace(/\{?__\w+__\}?/g, "");
      const room = fixed === text ? 0 : 4;
      assert.ok(fixed.length + room <= 40, `${key}: ${text}`);
    }
  });

  test(`texts in ${language} have its quotes, and name options by the words of the dialog`, () => {
    const shown = shownWords(language);
    for (const set of nodeSets) {
      for (const [key, text] of readCatalog(set, language)) {
        assert.doesNotMatch(text, /"/, `${set} ${key}`);
        // French ones have a no-break space inside.
        assert.doesNotMatch(text, /« | »/, `${set} ${key}`);
        if (key.startsWith("problem.command-") && !nodeSets.includes("octoprint-control")) continue;
        for (const words of quoted(text, language)) {
          const known = words.includes("__") || ofOthers.has(words) || shown(words);
          assert.ok(known, `${set} ${key}: “${words}” is not in a dialog`);
        }
      }
    }
  });

  test(`problems in ${language} call the printer's settings what its dialog calls them`, () => {
    const labels = readCatalog("octoprint-printer", language);
    for (const [key, text] of readCatalog("octoprint-broker", language)) {
      if (key.startsWith("field.")) assert.equal(text, labels.get(key.replace("field.", "label.")), key);
    }
  });

  for (const set of nodeSets) {
    test(`the help of ${set} in ${language} names options by the words of the dialog`, () => {
      const labels = new Set([...readCatalog(set, language)].flatMap(([key, text]) => (isLabel(key) ? [text] : [])));
      const shown = shownWords(language);
      for (const line of readHelp(set, language).split("\n")) {
        for (const name of settingsOf(line)) assert.ok(labels.has(name), `${name}: ${line}`);
        // In a line that begins with ":", an emphasised property is one that may be missing.
        const prose = line.replace(/^: .*? : /, "").replace(/`[^`]*`/g, "");
        for (const words of [...emphasised(prose), ...quoted(prose, language)]) {
          assert.ok(shown(words) || ofOctoPrint.has(words), `“${words}” is not in a dialog: ${line}`);
        }
      }
    });
  }
}

/** Words of OctoPrint's own pages, which exist in English and German, and of its plugins, which do not. */
const ofOctoPrint = new Set(["Broker", "Topics", "printer data", "Settings", "Einstellungen", "Application Keys"]);

/** What messages and commands say themselves, and words of OctoPrint and Node-RED. */
const ofOthers = new Set(["connected", "disconnected", "force", "stop", "overwrite", "Status", "Server", "Fertig"]);

const isLabel = (key: string): boolean => key.startsWith("label.");

/** The names at the beginning of a list's entry: `- Username, Password: …`; not those of a list of links. */
function settingsOf(line: string): string[] {
  const [, names] = /^- (?!\[)(.+?)(?: :|:|：)/.exec(line) ?? [];
  return names?.split(/, |、/) ?? [];
}

function emphasised(markdown: string): string[] {
  return [...markdown.matchAll(/\*([^*]+)\*/g)].map(([, words = ""]) => words);
}

function quoted(text: string, language: string): string[] {
  const quotes: Readonly<Record<string, RegExp>> = {
    de: /„([^“]*)“/g,
    fr: /«\u00a0(.*?)\u00a0»/g,
    "es-ES": /«(.*?)»/g,
    ja: /「(.*?)」/g,
  };
  return [...text.matchAll(quotes[language] ?? /“(.*?)”/g)].map(([, words = ""]) => words);
}

/** The labels beside a field, as opposed to those of boxes to tick and of what can be opened. */
function labelsInColumn(set: string): RegExp {
  const page = readFileSync(join(packageDir, "nodes", set, `${set}.html`), "utf8");
  const keys = [...page.matchAll(/<label[^>]*><i [^>]*><\/i> <span data-i18n="(label\.[\w-]+)">/g)].map(
    ([, key = ""]) => key,
  );
  return new RegExp(`^(${[...keys, "label\\.select-\\w+", "label\\.target-\\w+"].join("|")})$`);
}

/** In Latin characters: a full-width one takes the room of more than two. */
function widthOf(text: string): number {
  return [...text].reduce((width, character) => width + (/[\u3000-\u9fff\uff00-\uffef]/.test(character) ? 2.25 : 1), 0);
}

function statusTexts(language: string): [string, string][] {
  const broker = readCatalog("octoprint-broker", language);
  const short = [...broker].filter(([key]) => key.startsWith("status."));
  const receiver = [...readCatalog("octoprint-in", language)].filter(([key]) => /^(status|availability)\./.test(key));
  return [...short, ...receiver];
}
