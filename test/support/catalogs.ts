import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageDir } from "./node-red.ts";
import { readManifest } from "./packed.ts";

export const english = "en-US";
export const languages = ["de", english, "es-ES", "fr", "ja", "zh-CN"];

/** The sets of nodes that have catalogs and help, such as `octoprint-in`. */
export const nodeSets = Object.keys(readManifest()["node-red"].nodes);

/** The texts of a catalog by their dotted keys: `{ "label.name": "Name", … }`. */
export type Texts = ReadonlyMap<string, string>;

export function readCatalog(set: string, language: string): Texts {
  const texts = new Map<string, string>();
  const collect = (value: object, path: string): void => {
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === "string") texts.set(`${path}${key}`, inner);
      else collect(inner, `${path}${key}.`);
    }
  };
  collect(JSON.parse(localized(set, language, "json")), "");
  return texts;
}

/** The text of a help page, as markdown. */
export function readHelp(set: string, language: string): string {
  return localized(set, language, "html").replace(/^<script[^>]*>\n|<\/script>\n$/g, "");
}

function localized(set: string, language: string, ending: "json" | "html"): string {
  return readFileSync(join(packageDir, "nodes", set, "locales", language, `${set}.${ending}`), "utf8");
}

/** Whether words are a text of the editor, or a status; `__name__` in a status stands for anything. */
export function shownWords(language: string): (words: string) => boolean {
  const texts = nodeSets.flatMap((set) => [...readCatalog(set, language)]);
  const shown = new Set(texts.map(([, text]) => text));
  const statuses = texts.filter(([key]) => key.startsWith("status.")).map(([, text]) => patternOf(text));
  return (words) => shown.has(words) || statuses.some((pattern) => pattern.test(words));
}

function patternOf(text: string): RegExp {
  const parts = text.split(/__\w+__/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".+")}$`);
}
