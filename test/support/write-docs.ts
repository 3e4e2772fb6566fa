import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { generatedDocs } from "./docs.ts";

for (const [file, make] of Object.entries(generatedDocs)) {
  writeFileSync(join(__dirname, "../../docs", file), make());
}
