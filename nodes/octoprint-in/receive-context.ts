import type { Node, NodeAPI } from "node-red";
import type { Problem } from "../mqtt/problem.ts";
import type { Reporter } from "../node-red/report.ts";
import type { StatusLine } from "../node-red/status-line.ts";
import type { ShowHint } from "../octoprint-printer/hints.ts";
import type { PrinterNode } from "../octoprint-printer/printer-node.ts";
import type { InSettings } from "./settings.ts";

/** What the three ways to receive share: messages, jobs, states. */
export interface ReceiveContext {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly settings: InSettings;
  readonly printer: PrinterNode;
  readonly status: StatusLine;
  readonly reporter: Reporter;
  /** The broker does not let us read a filter. */
  readonly refused: (problem: Problem) => void;
  readonly showHint: ShowHint;
}
