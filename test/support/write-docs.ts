import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedDocs } from "./docs.ts";
import { controlHelp, withCommandRows } from "./docs-commands.ts";

for (const [file, make] of Object.entries(generatedDocs)) {
  writeFileSync(join(__dirname, "../../docs", file), make());
}

for (const file of controlHelp) {
  const path = join(__dirname, "../..", file);
  writeFileSync(path, withCommandRows(readFileSync(path, "utf8")));
}
