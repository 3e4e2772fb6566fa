import type { CommandRow, Facts } from "./command-row.ts";
import { nothingObserved } from "./observed.ts";

/** A printer in which the row's example can be carried out: for the docs, and for the preview in the dialog. */
export function exampleFacts({ example }: CommandRow, limits: Facts["limits"]): Facts {
  const now = { ...nothingObserved, phase: "ready", text: "Operational", ...example.facts?.now } as const;
  return { limits, content: new Uint8Array(1), ...example.facts, now };
}
