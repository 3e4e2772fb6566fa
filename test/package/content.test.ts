import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "node:test";
import { packageDir } from "../support/node-red.ts";
import { packedFiles } from "../support/packed.ts";

const packed = packedFiles();
const sources = filesIn("nodes");
const isEditor = (source: string): boolean => /^[a-z-]+\/(dialogs\/)?editor[^/]*\.ts$/.test(source);

test("what ships is what was written, built, and nothing else", () => {
  const built = sources.flatMap((source) => {
    if (source.endsWith(".d.ts") || source.startsWith("tsconfig") || isEditor(source)) return [];
    if (!source.endsWith(".ts")) return [`dist/${source}`];
    return [".js", ".d.ts"].map((ending) => `dist/${source.replace(/\.ts$/, ending)}`);
  });
  const icons = filesIn("icons").map((icon) => `dist/octoprint-broker/icons/${icon}`);
  const examples = filesIn("examples").map((example) => `examples/${example}`);
  const expected = [...built, ...icons, ...examples, "CHANGELOG.md", "LICENSE", "README.md", "package.json"].sort();
  assert.deepEqual(
    packed.filter((file) => !file.startsWith("resources/")),
    expected,
  );
});

test("the editor's scripts ship with what they import, all of it from our sources", () => {
  const scripts = packed.filter((file) => file.startsWith("resources/"));
  for (const editor of sources.filter((source) => isEditor(source))) {
    assert.ok(scripts.includes(`resources/${editor.replace(/\.ts$/, ".js")}`), editor);
  }
  for (const script of scripts) {
    const source = script.replace(/^resources\//, "nodes/").replace(/\.js$/, ".ts");
    assert.ok(existsSync(join(packageDir, source)), `${script} comes from ${source}`);
  }
});

test("the editor's scripts import by relative paths alone: a browser finds nothing by a package's name", () => {
  const imported = new Set(packed.filter((file) => isEditor(file.replace(/^resources\/(.*)\.js$/, "$1.ts"))));
  assert.ok(imported.size > 0);
  // A set takes what is added while it is walked through: in the end, all that a browser loads.
  for (const script of imported) {
    const text = readFileSync(join(packageDir, script), "utf8");
    for (const [, path = ""] of text.matchAll(/^(?:import|export)\b(?:[^;"'=]*\bfrom)?\s*["']([^"']+)["'];?$/gm)) {
      assert.match(path, /^\.\.?\//, script);
      imported.add(join(dirname(script), path));
    }
  }
});

function filesIn(folder: string): string[] {
  return readdirSync(join(packageDir, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(join(packageDir, folder).length + 1));
}
