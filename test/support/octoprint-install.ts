import { findPythonTool, type Tool } from "./python-tool.ts";

/** The newest release of each line: what most people run, and what they will. */
export const octoPrintVersions = ["1.11.8", "2.0.0rc7"] as const;
export type OctoPrintVersion = (typeof octoPrintVersions)[number];

/** OctoPrint from PyPI, installed once into a virtual environment in `.tools/`. */
export function findOctoPrint(version: OctoPrintVersion): Tool {
  return findPythonTool(`octoprint-${version}`, `OctoPrint==${version}`, "octoprint");
}
