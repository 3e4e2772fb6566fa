import type { Node, NodeAPI, NodeDef } from "node-red";
import { problemStatus } from "../node-red/report.ts";
import { StatusLine } from "../node-red/status-line.ts";
import { isPrinter } from "../octoprint-printer/printer-node.ts";
import { Controller } from "./controller.ts";
import { type ControlSettings, readSettings } from "./settings.ts";

export default (RED: NodeAPI): void => {
  function OctoPrintControlNode(this: Node, definition: NodeDef & Partial<ControlSettings>): void {
    RED.nodes.createNode(this, definition);
    const settings = readSettings(definition);
    const printer = RED.nodes.getNode(settings.printer);
    const status = new StatusLine(
      (shown) => this.status(shown),
      (problem) => problemStatus(RED, problem),
    );
    const controller = new Controller(RED, this, settings, isPrinter(printer) ? printer : undefined, status);
    this.on("input", (msg, send, done) => controller.input(msg, send, done));
    this.on("close", (done: () => void) => {
      controller.close();
      done();
    });
  }
  RED.nodes.registerType("octoprint-control", OctoPrintControlNode);
};
